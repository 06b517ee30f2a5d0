package main

import (
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// The environment variables that say which server commands work with.
const (
	envServer = "ROSTER_SERVER"
	envToken  = "ROSTER_TOKEN"
)

// target is what a command works on: a database itself, or a server.
type target struct {
	program *program
	db      database
	server  string
	token   string
	ca      string
	makes   bool // a database file that is missing is made
}

// flags gives a command the flags.
func (t *target) flags(p *program, c *cobra.Command) {
	t.program = p
	t.db.flag(p, c)
	c.Flags().StringVar(&t.server, "server", "", "`URL` of a running server to work with instead of a database: http://..., https://... or unix:///PATH; also "+envServer+
		". It is signed in to with "+envClientID+" and "+envClientSecret+", or with "+envToken)
	c.Flags().StringVar(&t.token, "token", "", "access `token` for the server; better said in "+envToken+", which other people on this machine do not see")
	c.Flags().StringVar(&t.ca, "ca", "", "`file` with certificates to trust beside the system's, for the server")
	complete(c, "server")
	complete(c, "token")
}

// with calls do with a client of what the command works on.
func (t *target) with(c *cobra.Command, do func(*api.Client) error) error {
	url, err := t.url(c)
	if err != nil {
		return err
	}
	if url != "" {
		client, err := t.dial(url)
		if err != nil {
			return err
		}
		defer client.Close()
		return commandError(do(client), t.program)
	}
	if err := t.db.check(); err != nil {
		return err
	}
	if missing := t.db.mustExist(); missing != nil {
		if !t.makes {
			return fmt.Errorf("%w, or a server with --server", missing)
		}
		defer t.tellMade()
	}
	return withStore(c.Context(), t.db.name, func(st store.Store) error { return t.onStore(st, do) })
}

// url is the server's; empty where the command works on a database. What the command line says goes before the
// environment, in which a server goes before a database.
func (t *target) url(c *cobra.Command) (string, error) {
	db, server := c.Flags().Changed("db"), c.Flags().Changed("server")
	switch {
	case db && server:
		return "", usagef("--db and --server exclude each other: say which one to work with")
	case server && t.server == "":
		return "", usagef("--server names no server")
	case server:
		return t.server, nil
	case !db && t.program.env(envServer) != "":
		return t.program.env(envServer), nil
	}
	for _, name := range []string{"token", "ca"} {
		if c.Flags().Changed(name) {
			return "", usagef("--%s is for a server: name it with --server", name)
		}
	}
	return "", nil
}

// dial is a client of a server.
func (t *target) dial(url string) (*api.Client, error) {
	env := t.program.env
	opts := api.Options{Server: url, CA: t.ca, Token: t.token, ClientID: env(envClientID), ClientSecret: env(envClientSecret), Agent: "roster"}
	if opts.Token == "" {
		opts.Token = env(envToken)
	}
	if opts.Token == "" && (opts.ClientID == "") != (opts.ClientSecret == "") {
		return nil, usagef("%s and %s must be set together, or neither", envClientID, envClientSecret)
	}
	client, err := api.New(opts)
	if err != nil {
		return nil, usagef("cannot work with the server %q: %v", url, err)
	}
	return client, nil
}

// onStore calls do with a client of the API on a store.
func (t *target) onStore(st store.Store, do func(*api.Client) error) error {
	cause := new(failure)
	actor := "cli"
	if user := t.program.env("USER"); user != "" {
		actor += ":" + user
	}
	client := api.InProcess(httpadapter.New(roster.New(st, roster.Options{}), httpadapter.Options{
		Authenticator: everything(actor),
		Logger:        cause.logger(),
	}))
	return cause.explain(commandError(do(client), t.program))
}

// everything lets whoever can open the database do everything, and the change log say who it was.
func everything(actor string) httpadapter.Authenticator {
	return httpadapter.AuthenticatorFunc(func(*http.Request) (httpadapter.Identity, error) {
		return httpadapter.Identity{Subject: actor, Scopes: membership.ScopeAll}, nil
	})
}

// tellMade says that there is a database now.
func (t *target) tellMade() {
	if _, err := os.Stat(t.db.name); err == nil {
		fmt.Fprintf(t.program.stderr, "made %s\n", t.db.name)
	}
}

package rows

import (
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// target is what a command works on: a database itself, or a server.
type target struct {
	program *command.Program
	db      database.Flag
	server  string
	token   string
	ca      string
	makes   bool // a database file that is missing is made
}

// flags gives a command the flags.
func (t *target) flags(p *command.Program, c *cobra.Command) {
	t.program = p
	t.db.AddTo(p, c)
	c.Flags().StringVar(&t.server, "server", "", "`URL` of a running server to work with instead of a database: http://..., https://... or unix:///PATH; also "+command.EnvServer+
		". It is signed in to with "+command.EnvClientID+" and "+command.EnvClientSecret+", or with "+command.EnvToken)
	c.Flags().StringVar(&t.token, "token", "", "access `token` for the server; better said in "+command.EnvToken+", which other people on this machine do not see")
	c.Flags().StringVar(&t.ca, "ca", "", "`file` with certificates to trust beside the system's, for the server")
	command.Complete(c, "server")
	command.Complete(c, "token")
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
		return explained(do(client), t.program)
	}
	if err := t.db.Check(); err != nil {
		return err
	}
	if missing := t.db.Missing(); missing != nil {
		if !t.makes {
			return fmt.Errorf("%w, or a server with --server", missing)
		}
		defer t.db.TellMade(t.program)
	}
	return database.With(c.Context(), t.db.Name, func(st store.Store) error { return t.onStore(st, do) })
}

// url is the server's; empty where the command works on a database. What the command line says goes before the
// environment, in which a server goes before a database.
func (t *target) url(c *cobra.Command) (string, error) {
	db, server := c.Flags().Changed("db"), c.Flags().Changed("server")
	switch {
	case db && server:
		return "", exit.Usagef("--db and --server exclude each other: say which one to work with")
	case server && t.server == "":
		return "", exit.Usagef("--server names no server")
	case server:
		return t.server, nil
	case !db && t.program.Env(command.EnvServer) != "":
		return t.program.Env(command.EnvServer), nil
	}
	for _, name := range []string{"token", "ca"} {
		if c.Flags().Changed(name) {
			return "", exit.Usagef("--%s is for a server: name it with --server", name)
		}
	}
	return "", nil
}

// dial is a client of a server.
func (t *target) dial(url string) (*api.Client, error) {
	env := t.program.Env
	opts := api.Options{Server: url, CA: t.ca, Token: t.token, ClientID: env(command.EnvClientID), ClientSecret: env(command.EnvClientSecret), Agent: "roster"}
	if opts.Token == "" {
		opts.Token = env(command.EnvToken)
	}
	if opts.Token == "" && (opts.ClientID == "") != (opts.ClientSecret == "") {
		return nil, exit.Usagef("%s and %s must be set together, or neither", command.EnvClientID, command.EnvClientSecret)
	}
	client, err := api.New(opts)
	if err != nil {
		return nil, exit.Usagef("cannot work with the server %q: %v", url, err)
	}
	return client, nil
}

// onStore calls do with a client of the API on a store.
func (t *target) onStore(st store.Store, do func(*api.Client) error) error {
	cause := new(failure)
	client := api.InProcess(httpadapter.New(roster.New(st, roster.Options{}), httpadapter.Options{
		Authenticator: everything(database.Actor(t.program)),
		Logger:        cause.logger(),
	}))
	return cause.explain(explained(do(client), t.program))
}

// everything lets whoever can open the database do everything, and the change log say who it was.
func everything(actor string) httpadapter.Authenticator {
	return httpadapter.AuthenticatorFunc(func(*http.Request) (httpadapter.Identity, error) {
		return httpadapter.Identity{Subject: actor, Scopes: membership.ScopeAll}, nil
	})
}

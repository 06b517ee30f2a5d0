package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const credentialsHelp = `roster credentials manages who may sign in over HTTP. It works while a server runs on the same database.

Usage:
  roster credentials create [--db file] [--scope list]   make a client id and a secret, and print them once
  roster credentials list [--db file]                    list client ids, and never a secret
  roster credentials revoke [--db file] ID               make a client id and its tokens worthless at once

Flags:
  --db file      database (default roster.db), which create makes when it is missing, or URL of a PostgreSQL database
  --scope list   what the credentials may do: read, write or read,write (default read,write)
`

// credentialsCommand is what `roster credentials` was told.
type credentialsCommand struct {
	verb     string
	db       string
	scopes   membership.Scopes
	clientID string
}

// parseCredentials reads the command line. It answers errHelp, or a usageError.
func parseCredentials(args []string) (credentialsCommand, error) {
	const verbs = "create, list and revoke"
	if len(args) == 0 {
		return credentialsCommand{}, usagef("credentials: a command is missing: there are %s", verbs)
	}
	c := credentialsCommand{verb: args[0], scopes: membership.ScopeAll}
	fs := flag.NewFlagSet("credentials", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.StringVar(&c.db, "db", "roster.db", "")
	names := 0
	switch c.verb {
	case "create":
		fs.Func("scope", "", func(s string) (err error) {
			if c.scopes, err = membership.ParseScopes(s); err != nil {
				return errors.New(membership.Faults(err)[0].Detail)
			}
			return nil
		})
	case "list":
	case "revoke":
		names = 1
	case "-h", "-help", "--help", "help":
		return c, errHelp
	default:
		return c, usagef("credentials: unknown command %q: there are %s", c.verb, verbs)
	}
	given, err := parseMixed(fs, args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		return c, errHelp
	case err != nil:
		return c, usagef("%v; roster credentials -h lists the flags", err)
	case len(given) < names:
		return c, usagef("credentials revoke: a client id is missing; roster credentials list shows them")
	case len(given) > names:
		return c, usagef("unexpected argument %q; roster credentials -h says what there is", given[names])
	case c.db == "":
		return c, usagef("--db names no file")
	case names == 1:
		c.clientID = given[0]
	}
	return c, nil
}

// parseMixed parses flags that stand before, between and behind other arguments, which it returns.
func parseMixed(fs *flag.FlagSet, args []string) (others []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, err
		}
		if fs.NArg() == 0 {
			return others, nil
		}
		others, args = append(others, fs.Arg(0)), fs.Args()[1:]
	}
}

// runCredentials is `roster credentials`.
func runCredentials(ctx context.Context, args []string, stdout io.Writer) error {
	c, err := parseCredentials(args)
	if errors.Is(err, errHelp) {
		fmt.Fprint(stdout, credentialsHelp)
		return nil
	}
	if err != nil {
		return err
	}
	if c.verb != "create" {
		if err := mustExist(c.db); err != nil {
			return err
		}
	}
	return withService(ctx, c.db, func(svc *roster.Service) error {
		switch c.verb {
		case "create":
			return c.create(ctx, svc, stdout)
		case "list":
			return c.list(ctx, svc, stdout)
		default:
			return c.revoke(ctx, svc, stdout)
		}
	})
}

func (c credentialsCommand) create(ctx context.Context, svc *roster.Service, stdout io.Writer) error {
	made, secret, err := svc.CreateCredential(ctx, c.scopes)
	if err != nil {
		return fmt.Errorf("cannot make credentials: %w", err)
	}
	intro := "These credentials may " + strings.ReplaceAll(c.scopes.String(), ",", " and ") + "."
	return printCredentials(ctx, svc, stdout, intro, made, secret, "http://"+defaultAddr)
}

func (c credentialsCommand) list(ctx context.Context, svc *roster.Service, stdout io.Writer) error {
	all, err := svc.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the credentials: %w", err)
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "CLIENT ID\tSCOPES\tCREATED AT")
	for _, one := range all {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", one.ClientID, one.Scopes, one.CreatedAt.Format(time.RFC3339))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("cannot write to standard output: %w", err)
	}
	return nil
}

func (c credentialsCommand) revoke(ctx context.Context, svc *roster.Service, stdout io.Writer) error {
	err := svc.RevokeCredential(ctx, c.clientID)
	if errors.Is(err, membership.ErrCredentialNotFound) {
		return fmt.Errorf("no credentials in %s have the client id %q; roster credentials list shows those that there are", shown(c.db), c.clientID)
	}
	if err != nil {
		return fmt.Errorf("cannot revoke the credentials: %w", err)
	}
	fmt.Fprintf(stdout, "revoked %s\n", c.clientID)
	return nil
}

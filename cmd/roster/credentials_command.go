package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/membership"
)

// credentialsCommand is `roster credentials`.
func (p *program) credentialsCommand() *cobra.Command {
	g := group("credentials", "Create, list and revoke what clients sign in with",
		p.createCredentialsCommand(), p.listCredentialsCommand(), p.revokeCredentialsCommand())
	g.Long = "roster credentials manages who may sign in over HTTP. It works on the database itself, also while a server runs on it."
	return g
}

func (p *program) createCredentialsCommand() *cobra.Command {
	scopes := scopesFlag(membership.ScopeAll)
	var db database
	var o output
	c := &cobra.Command{
		Use:     "create",
		Short:   "Make a client id and a secret, and print them once",
		Example: "  roster credentials create\n  roster credentials create --scope read --db roster.db\n  roster credentials create -o json > credentials.json",
		Args:    arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return db.withService(c.Context(), func(svc *roster.Service) error { return p.createCredentials(c.Context(), svc, scopes, o) })
		},
	}
	db.flag(p, c)
	o.flags(c, nil)
	c.Flags().Var(&scopes, "scope", "`list` of what the credentials may do: read, write or read,write")
	complete(c, "scope", "read", "write", "read,write")
	return c
}

// scopesFlag is the value of a flag.
type scopesFlag membership.Scopes

// String implements pflag.Value.
func (f *scopesFlag) String() string { return membership.Scopes(*f).String() }

// Type implements pflag.Value.
func (f *scopesFlag) Type() string { return "list" }

// Set implements pflag.Value.
func (f *scopesFlag) Set(s string) error {
	scopes, err := membership.ParseScopes(s)
	if err != nil {
		return errors.New(membership.Faults(err)[0].Detail)
	}
	*f = scopesFlag(scopes)
	return nil
}

func (p *program) createCredentials(ctx context.Context, svc *roster.Service, scopes scopesFlag, o output) error {
	made, secret, err := svc.CreateCredential(ctx, membership.Scopes(scopes))
	if err != nil {
		return fmt.Errorf("cannot make credentials: %w", err)
	}
	if o.format == formatTable {
		intro := "These credentials may " + strings.ReplaceAll(scopes.String(), ",", " and ") + "."
		return printCredentials(ctx, svc, p.stdout, intro, made, secret, "http://"+defaultAddr)
	}
	columns := slices.Insert(credentialColumns(), 1, at("client_secret"))
	err = o.one(p.stdout, columns, credentialRow(made).With("client_secret", secret, "client_id"))
	if err != nil {
		// Nobody saw them, and nobody ever will.
		_ = svc.RevokeCredential(context.WithoutCancel(ctx), made.ClientID)
	}
	return err
}

// credentialColumns are what a list shows of credentials.
func credentialColumns() []column {
	return []column{at("client_id"), at("scopes"), at("created_at")}
}

// credentialRow is what is shown of credentials.
func credentialRow(c membership.Credential) api.Row {
	return api.Row{}.With("client_id", c.ClientID, "").With("scopes", c.Scopes.String(), "").
		With("created_at", c.CreatedAt.Format(time.RFC3339), "")
}

func (p *program) listCredentialsCommand() *cobra.Command {
	var db database
	var o output
	c := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List client ids, and never a secret",
		Example: "  roster credentials list --db roster.db\n  roster credentials list -o json",
		Args:    arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return db.withExisting(c.Context(), func(svc *roster.Service) error { return p.listCredentials(c.Context(), svc, o) })
		},
	}
	db.flag(p, c)
	o.flags(c, credentialColumns())
	return c
}

func (p *program) listCredentials(ctx context.Context, svc *roster.Service, o output) error {
	all, err := svc.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the credentials: %w", err)
	}
	w, err := o.rows(p.stdout, p.env, credentialColumns())
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := w.row(credentialRow(one)); err != nil {
			return err
		}
	}
	return w.end()
}

func (p *program) revokeCredentialsCommand() *cobra.Command {
	var db database
	c := &cobra.Command{
		Use:     "revoke CLIENT_ID",
		Aliases: []string{"delete", "rm"},
		Short:   "Make a client id and its tokens worthless at once",
		Example: "  roster credentials revoke 3f0c1a52b7d94e68",
		Args:    arguments("a client id, which roster credentials list shows,"),
		RunE: func(c *cobra.Command, args []string) error {
			return db.withExisting(c.Context(), func(svc *roster.Service) error {
				return p.revokeCredentials(c.Context(), svc, db, args[0])
			})
		},
	}
	db.flag(p, c)
	return c
}

func (p *program) revokeCredentials(ctx context.Context, svc *roster.Service, db database, clientID string) error {
	err := svc.RevokeCredential(ctx, clientID)
	if errors.Is(err, membership.ErrCredentialNotFound) {
		return refusedf("no credentials in %s have the client id %q; roster credentials list shows those that there are", shown(db.name), clientID)
	}
	if err != nil {
		return fmt.Errorf("cannot revoke the credentials: %w", err)
	}
	_, err = fmt.Fprintf(p.stdout, "revoked %s\n", clientID)
	return outputError(err)
}

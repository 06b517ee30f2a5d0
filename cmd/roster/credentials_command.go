package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
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
	c := &cobra.Command{
		Use:     "create",
		Short:   "Make a client id and a secret, and print them once",
		Example: "  roster credentials create\n  roster credentials create --scope read --db roster.db",
		Args:    arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			return db.withService(c.Context(), func(svc *roster.Service) error { return p.createCredentials(c.Context(), svc, scopes) })
		},
	}
	db.flag(p, c)
	c.Flags().Var(&scopes, "scope", "what the credentials may do: read, write or read,write (`list`)")
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

func (p *program) createCredentials(ctx context.Context, svc *roster.Service, scopes scopesFlag) error {
	made, secret, err := svc.CreateCredential(ctx, membership.Scopes(scopes))
	if err != nil {
		return fmt.Errorf("cannot make credentials: %w", err)
	}
	intro := "These credentials may " + strings.ReplaceAll(scopes.String(), ",", " and ") + "."
	return printCredentials(ctx, svc, p.stdout, intro, made, secret, "http://"+defaultAddr)
}

func (p *program) listCredentialsCommand() *cobra.Command {
	var db database
	c := &cobra.Command{
		Use:   "list",
		Short: "List client ids, and never a secret",
		Args:  arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			return db.withExisting(c.Context(), func(svc *roster.Service) error { return p.listCredentials(c.Context(), svc) })
		},
	}
	db.flag(p, c)
	return c
}

func (p *program) listCredentials(ctx context.Context, svc *roster.Service) error {
	all, err := svc.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the credentials: %w", err)
	}
	table := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "CLIENT ID\tSCOPES\tCREATED AT")
	for _, one := range all {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", one.ClientID, one.Scopes, one.CreatedAt.Format(time.RFC3339))
	}
	return outputError(table.Flush())
}

func (p *program) revokeCredentialsCommand() *cobra.Command {
	var db database
	c := &cobra.Command{
		Use:     "revoke CLIENT_ID",
		Aliases: []string{"delete"},
		Short:   "Make a client id and its tokens worthless at once",
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

// Package credentials is `roster credentials`, and the first credentials that `roster serve` makes.
package credentials

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
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// Command is `roster credentials`.
func Command(p *command.Program) *cobra.Command {
	g := command.Group("credentials", "Create, list and revoke what clients sign in with",
		createCommand(p), listCommand(p), revokeCommand(p))
	g.Long = "roster credentials manages who may sign in over HTTP. It works on the database itself, also while a server runs on it."
	return g
}

func createCommand(p *command.Program) *cobra.Command {
	scopes := scopesFlag(membership.ScopeAll)
	var db database.Flag
	var o output.Flags
	c := &cobra.Command{
		Use:     "create",
		Short:   "Make a client id and a secret, and print them once",
		Example: "  roster credentials create\n  roster credentials create --scope read --db roster.db\n  roster credentials create -o json > credentials.json",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return err
			}
			return db.WithService(c.Context(), func(svc *roster.Service) error { return create(c.Context(), p, svc, scopes, o) })
		},
	}
	db.AddTo(p, c)
	o.AddTo(c, nil)
	c.Flags().Var(&scopes, "scope", "`list` of what the credentials may do: read, write or read,write")
	command.Complete(c, "scope", "read", "write", "read,write")
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

func create(ctx context.Context, p *command.Program, svc *roster.Service, scopes scopesFlag, o output.Flags) error {
	made, secret, err := svc.CreateCredential(ctx, membership.Scopes(scopes))
	if err != nil {
		return fmt.Errorf("cannot make credentials: %w", err)
	}
	if o.Format == output.Table {
		intro := "These credentials may " + strings.ReplaceAll(scopes.String(), ",", " and ") + "."
		return printNew(ctx, svc, p.Stdout, intro, made, secret, "http://"+command.DefaultAddr)
	}
	columns := slices.Insert(allColumns(), 1, output.At("client_secret"))
	err = o.One(p.Stdout, columns, rowOf(made).With("client_secret", secret, "client_id"))
	if err != nil {
		// Nobody saw them, and nobody ever will.
		_ = svc.RevokeCredential(context.WithoutCancel(ctx), made.ClientID)
	}
	return err
}

// allColumns are what a list shows of credentials.
func allColumns() []output.Column {
	return []output.Column{output.At("client_id"), output.At("scopes"), output.At("created_at")}
}

// rowOf is what is shown of credentials.
func rowOf(c membership.Credential) api.Row {
	return api.Row{}.With("client_id", c.ClientID, "").With("scopes", c.Scopes.String(), "").
		With("created_at", c.CreatedAt.Format(time.RFC3339), "")
}

func listCommand(p *command.Program) *cobra.Command {
	var db database.Flag
	var o output.Flags
	c := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List client ids, and never a secret",
		Example: "  roster credentials list --db roster.db\n  roster credentials list -o json",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return err
			}
			return db.WithExisting(c.Context(), func(svc *roster.Service) error { return list(c.Context(), p, svc, o) })
		},
	}
	db.AddTo(p, c)
	o.AddTo(c, allColumns())
	return c
}

func list(ctx context.Context, p *command.Program, svc *roster.Service, o output.Flags) error {
	all, err := svc.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the credentials: %w", err)
	}
	w, err := o.Rows(p.Stdout, p.Env, allColumns())
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := w.Row(rowOf(one)); err != nil {
			return err
		}
	}
	return w.End()
}

func revokeCommand(p *command.Program) *cobra.Command {
	var db database.Flag
	c := &cobra.Command{
		Use:     "revoke CLIENT_ID",
		Aliases: []string{"delete", "rm"},
		Short:   "Make a client id and its tokens worthless at once",
		Example: "  roster credentials revoke 3f0c1a52b7d94e68",
		Args:    command.Arguments("a client id, which roster credentials list shows,"),
		RunE: func(c *cobra.Command, args []string) error {
			return db.WithExisting(c.Context(), func(svc *roster.Service) error {
				return revoke(c.Context(), p, svc, db, args[0])
			})
		},
	}
	db.AddTo(p, c)
	return c
}

func revoke(ctx context.Context, p *command.Program, svc *roster.Service, db database.Flag, clientID string) error {
	err := svc.RevokeCredential(ctx, clientID)
	if errors.Is(err, membership.ErrCredentialNotFound) {
		return exit.Refusedf("no credentials in %s have the client id %q; roster credentials list shows those that there are", database.Shown(db.Name), clientID)
	}
	if err != nil {
		return fmt.Errorf("cannot revoke the credentials: %w", err)
	}
	_, err = fmt.Fprintf(p.Stdout, "revoked %s\n", clientID)
	return exit.OutputError(err)
}

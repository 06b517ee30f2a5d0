package credentials

import (
	"context"
	"fmt"
	"io"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/membership"
)

// MakeFirst makes credentials for a store that has none, and prints them: the one time that they can be seen.
func MakeFirst(ctx context.Context, svc *roster.Service, baseURL string, stdout io.Writer) error {
	var made membership.Credential
	var secret string
	err := svc.Update(ctx, func(svc *roster.Service) error {
		made, secret = membership.Credential{}, ""
		existing, err := svc.Credentials(ctx)
		if err != nil || len(existing) > 0 {
			return err
		}
		made, secret, err = svc.CreateCredential(ctx, membership.ScopeAll)
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot make the first credentials: %w", err)
	}
	if secret == "" {
		return nil
	}
	return printNew(ctx, svc, stdout, "These credentials were made for you.", made, secret, baseURL)
}

// printNew prints new credentials, or takes them back.
func printNew(ctx context.Context, svc *roster.Service, stdout io.Writer, intro string, c membership.Credential, secret, baseURL string) error {
	_, err := fmt.Fprintf(stdout, newText, intro, command.EnvClientID, c.ClientID, command.EnvClientSecret, secret,
		baseURL, c.ClientID, secret)
	if err != nil {
		// Nobody saw them, and nobody ever will.
		_ = svc.RevokeCredential(context.WithoutCancel(ctx), c.ClientID)
		return fmt.Errorf("cannot print the credentials: %w", err)
	}
	return nil
}

const newText = `
%s They are not shown again:

  export %s=%s
  export %s=%s

This gets an access token with them:

  curl -s %s/oauth/access_token -d grant_type=client_credentials -d client_id=%s -d client_secret=%s

`

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const readAndWrite = membership.ScopeRead | membership.ScopeWrite

// firstCredentials makes credentials for a store that has none, and prints them: the one time that they can be seen.
func firstCredentials(ctx context.Context, svc *roster.Service, baseURL string, stdout io.Writer) error {
	var made membership.Credential
	var secret string
	err := svc.Update(ctx, func(svc *roster.Service) error {
		made, secret = membership.Credential{}, ""
		existing, err := svc.Credentials(ctx)
		if err != nil || len(existing) > 0 {
			return err
		}
		made, secret, err = svc.CreateCredential(ctx, readAndWrite)
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot make the first credentials: %w", err)
	}
	if secret == "" {
		return nil
	}
	_, err = fmt.Fprintf(stdout, firstCredentialsText, envClientID, made.ClientID, envClientSecret, secret,
		baseURL, made.ClientID, secret)
	if err != nil {
		// Nobody saw them, and nobody ever will: the next start makes others.
		_ = svc.RevokeCredential(ctx, made.ClientID)
		return fmt.Errorf("cannot print the first credentials: %w", err)
	}
	return nil
}

const firstCredentialsText = `
These credentials were made for you. They are not shown again:

  export %s=%s
  export %s=%s

This gets an access token with them:

  curl -s %s/oauth/access_token -d grant_type=client_credentials -d client_id=%s -d client_secret=%s

`

package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

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
		made, secret, err = svc.CreateCredential(ctx, membership.ScopeAll)
		return err
	})
	if err != nil {
		return fmt.Errorf("cannot make the first credentials: %w", err)
	}
	if secret == "" {
		return nil
	}
	return printCredentials(ctx, svc, stdout, "These credentials were made for you.", made, secret, baseURL)
}

// printCredentials prints new credentials, or takes them back.
func printCredentials(ctx context.Context, svc *roster.Service, stdout io.Writer, intro string, c membership.Credential, secret, baseURL string) error {
	_, err := fmt.Fprintf(stdout, newCredentialsText, intro, envClientID, c.ClientID, envClientSecret, secret,
		baseURL, c.ClientID, secret)
	if err != nil {
		// Nobody saw them, and nobody ever will.
		_ = svc.RevokeCredential(context.WithoutCancel(ctx), c.ClientID)
		return fmt.Errorf("cannot print the credentials: %w", err)
	}
	return nil
}

const newCredentialsText = `
%s They are not shown again:

  export %s=%s
  export %s=%s

This gets an access token with them:

  curl -s %s/oauth/access_token -d grant_type=client_credentials -d client_id=%s -d client_secret=%s

`

// needCredentials refuses to serve other machines from a store for which nobody made credentials.
func (c config) needCredentials(ctx context.Context, svc *roster.Service) error {
	existing, err := svc.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("cannot read the credentials: %w", err)
	}
	if len(existing) == 0 {
		return c.exposed()
	}
	return nil
}

// clients has the client of the environment's credentials, unless there are none or the store knows them: there, its
// scopes count, and revoking them helps.
func (c config) clients(ctx context.Context, svc *roster.Service) ([]httpadapter.Client, error) {
	if c.clientID == "" {
		return nil, nil
	}
	_, err := svc.Credential(ctx, c.clientID)
	if errors.Is(err, membership.ErrCredentialNotFound) {
		return []httpadapter.Client{{ID: c.clientID, Secret: c.clientSecret, Scopes: membership.ScopeAll}}, nil
	}
	if err == nil {
		_, err = svc.CheckCredential(ctx, c.clientID, c.clientSecret)
	}
	if errors.Is(err, membership.ErrCredentialNotFound) {
		return nil, usagef("%s names credentials in %s, but %s is not their secret", envClientID, c.storeName(), envClientSecret)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the credentials: %w", err)
	}
	return nil, nil
}

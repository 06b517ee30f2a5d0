package serve

import (
	"context"
	"errors"
	"fmt"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

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
		return nil, exit.Usagef("%s names credentials in %s, but %s is not their secret", command.EnvClientID, c.storeName(), command.EnvClientSecret)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the credentials: %w", err)
	}
	return nil, nil
}

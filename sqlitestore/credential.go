package sqlitestore

import (
	"context"
	"database/sql"
	"time"

	"github.com/roster-go/roster/membership"
)

const credentialColumns = `client_id, secret_hash, scopes, created_at`

func scanCredential(c *membership.Credential) []sql.Scanner {
	return []sql.Scanner{scanText(&c.ClientID), scanHash(&c.SecretHash), scanScopes(&c.Scopes), scanTime(&c.CreatedAt)}
}

const selectCredential = `SELECT ` + credentialColumns + ` FROM roster_credentials WHERE client_id = ?`

// Credential implements [store.CredentialReader].
func (r reader) Credential(ctx context.Context, clientID string) (membership.Credential, error) {
	return one(ctx, r, selectCredential, scanCredential, membership.ErrCredentialNotFound, clientID)
}

const selectCredentials = `SELECT ` + credentialColumns + ` FROM roster_credentials ORDER BY created_at, client_id`

// Credentials implements [store.CredentialReader].
func (r reader) Credentials(ctx context.Context) ([]membership.Credential, error) {
	return collect(ctx, r, selectCredentials, scanCredential)
}

const selectToken = `SELECT hash, client_id, scopes, expires_at FROM roster_tokens WHERE hash = ?`

// Token implements [store.CredentialReader].
func (r reader) Token(ctx context.Context, hash membership.SecretHash) (membership.Token, error) {
	var t membership.Token
	dest := []sql.Scanner{scanHash(&t.Hash), scanText(&t.ClientID), scanScopes(&t.Scopes), scanTime(&t.ExpiresAt)}
	found, err := r.row(ctx, selectToken, dest, hash[:])
	if err == nil && !found {
		err = membership.ErrTokenNotFound
	}
	return t, err
}

const insertCredential = `INSERT INTO roster_credentials (client_id, secret_hash, scopes, created_at) VALUES (?, ?, ?, ?)`

// InsertCredential implements [store.CredentialWriter].
func (w writer) InsertCredential(ctx context.Context, c membership.Credential) error {
	return w.change(ctx, duplicate, nil, insertCredential, c.ClientID, c.SecretHash[:], int64(c.Scopes), c.CreatedAt.UnixMilli())
}

const (
	deleteCredential   = `DELETE FROM roster_credentials WHERE client_id = ?`
	deleteClientTokens = `DELETE FROM roster_tokens WHERE client_id = ?`
)

// DeleteCredential implements [store.CredentialWriter].
func (w writer) DeleteCredential(ctx context.Context, clientID string) error {
	missing := func() error { return membership.ErrCredentialNotFound }
	if err := w.change(ctx, nil, missing, deleteCredential, clientID); err != nil {
		return err
	}
	// Why without ctx: between the two there is no way back, unless the whole transaction goes.
	return w.change(context.WithoutCancel(ctx), nil, nil, deleteClientTokens, clientID)
}

const insertToken = `INSERT INTO roster_tokens (hash, client_id, scopes, expires_at) VALUES (?, ?, ?, ?)`

// InsertToken implements [store.CredentialWriter].
func (w writer) InsertToken(ctx context.Context, t membership.Token) error {
	return w.change(ctx, duplicate, nil, insertToken, t.Hash[:], t.ClientID, int64(t.Scopes), t.ExpiresAt.UnixMilli())
}

const deleteToken = `DELETE FROM roster_tokens WHERE hash = ?`

// DeleteToken implements [store.CredentialWriter].
func (w writer) DeleteToken(ctx context.Context, hash membership.SecretHash) error {
	missing := func() error { return membership.ErrTokenNotFound }
	return w.change(ctx, nil, missing, deleteToken, hash[:])
}

const deleteTokens = `DELETE FROM roster_tokens WHERE expires_at <= ?`

// DeleteTokens implements [store.CredentialWriter].
func (w writer) DeleteTokens(ctx context.Context, expired time.Time) error {
	return w.change(ctx, nil, nil, deleteTokens, expired.UnixMilli())
}

// duplicate is why an insert was refused where the id is the only constraint that can be broken.
func duplicate() error { return membership.ErrDuplicateID }

package pgstore

import (
	"context"
	"time"

	"github.com/roster-go/roster/membership"
)

const credentialColumns = `client_id, secret_hash, scopes, created_at`

func scanCredential(c *membership.Credential) []column {
	return []column{scanText(&c.ClientID), scanHash(&c.SecretHash), scanScopes(&c.Scopes), scanTime(&c.CreatedAt)}
}

const selectCredential = `SELECT ` + credentialColumns + ` FROM roster_credentials WHERE client_id = $1`

// Credential implements [store.CredentialReader].
func (r reader) Credential(ctx context.Context, clientID string) (membership.Credential, error) {
	if !storable(clientID) {
		return membership.Credential{}, membership.ErrCredentialNotFound
	}
	return one(ctx, r, selectCredential, scanCredential, membership.ErrCredentialNotFound, clientID)
}

const selectCredentials = `SELECT ` + credentialColumns + ` FROM roster_credentials ORDER BY created_at, client_id`

// Credentials implements [store.CredentialReader].
func (r reader) Credentials(ctx context.Context) ([]membership.Credential, error) {
	return collect(ctx, r, selectCredentials, scanCredential)
}

const selectToken = `SELECT hash, client_id, scopes, expires_at FROM roster_tokens WHERE hash = $1`

// Token implements [store.CredentialReader].
func (r reader) Token(ctx context.Context, hash membership.SecretHash) (membership.Token, error) {
	scan := func(t *membership.Token) []column {
		return []column{scanHash(&t.Hash), scanText(&t.ClientID), scanScopes(&t.Scopes), scanTime(&t.ExpiresAt)}
	}
	return one(ctx, r, selectToken, scan, membership.ErrTokenNotFound, hash[:])
}

const insertCredential = `INSERT INTO roster_credentials (client_id, secret_hash, scopes, created_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT DO NOTHING`

// InsertCredential implements [store.CredentialWriter].
func (w writer) InsertCredential(ctx context.Context, c membership.Credential) error {
	return w.add(ctx, duplicate, insertCredential, c.ClientID, c.SecretHash[:], int16(c.Scopes), c.CreatedAt)
}

// The tokens go in the same statement, so that they stay where there is no credential, or it is refused. What it returns is
// what it has removed of credentials.
const deleteCredential = `WITH gone AS (DELETE FROM roster_credentials WHERE client_id = $1 RETURNING client_id),
	tokens AS (DELETE FROM roster_tokens WHERE client_id IN (SELECT client_id FROM gone))
	SELECT 1 FROM gone`

// DeleteCredential implements [store.CredentialWriter].
func (w writer) DeleteCredential(ctx context.Context, clientID string) error {
	if !storable(clientID) {
		return membership.ErrCredentialNotFound
	}
	missing := func() error { return membership.ErrCredentialNotFound }
	return w.change(ctx, nil, missing, deleteCredential, clientID)
}

const insertToken = `INSERT INTO roster_tokens (hash, client_id, scopes, expires_at) VALUES ($1, $2, $3, $4)
	ON CONFLICT DO NOTHING`

// InsertToken implements [store.CredentialWriter].
func (w writer) InsertToken(ctx context.Context, t membership.Token) error {
	return w.add(ctx, duplicate, insertToken, t.Hash[:], t.ClientID, int16(t.Scopes), t.ExpiresAt)
}

const deleteToken = `DELETE FROM roster_tokens WHERE hash = $1`

// DeleteToken implements [store.CredentialWriter].
func (w writer) DeleteToken(ctx context.Context, hash membership.SecretHash) error {
	missing := func() error { return membership.ErrTokenNotFound }
	return w.change(ctx, nil, missing, deleteToken, hash[:])
}

const deleteTokens = `DELETE FROM roster_tokens WHERE expires_at <= $1`

// DeleteTokens implements [store.CredentialWriter].
func (w writer) DeleteTokens(ctx context.Context, expired time.Time) error {
	_, err := w.exec(ctx, deleteTokens, expired)
	return err
}

// duplicate is why an insert was refused where the id is the only constraint that can be broken.
func duplicate() error { return membership.ErrDuplicateID }

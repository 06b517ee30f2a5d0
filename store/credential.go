package store

import (
	"context"
	"time"

	"github.com/roster-go/roster/membership"
)

// CredentialReader reads what clients of the HTTP API sign in with.
type CredentialReader interface {
	// Credential looks one up, or answers [membership.ErrCredentialNotFound].
	Credential(ctx context.Context, clientID string) (membership.Credential, error)

	// Credentials are all of them, the oldest first; of the same age, by client id.
	Credentials(ctx context.Context) ([]membership.Credential, error)

	// Token looks a token up, expired or not, or answers [membership.ErrTokenNotFound].
	Token(ctx context.Context, hash membership.SecretHash) (membership.Token, error)
}

// CredentialWriter writes what clients of the HTTP API sign in with.
type CredentialWriter interface {
	// InsertCredential adds a credential, or answers [membership.ErrDuplicateID].
	InsertCredential(ctx context.Context, c membership.Credential) error

	// DeleteCredential removes a credential and its client's tokens, or answers
	// [membership.ErrCredentialNotFound].
	DeleteCredential(ctx context.Context, clientID string) error

	// InsertToken adds a token, or answers [membership.ErrDuplicateID]. Its client needs no credential here: a
	// program may know clients of its own.
	InsertToken(ctx context.Context, t membership.Token) error

	// DeleteToken removes a token, or answers [membership.ErrTokenNotFound].
	DeleteToken(ctx context.Context, hash membership.SecretHash) error

	// DeleteTokens removes every token that expired at the given time or before.
	DeleteTokens(ctx context.Context, expired time.Time) error
}

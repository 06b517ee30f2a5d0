package memstore

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/roster-go/roster/membership"
)

// Credential implements [store.CredentialReader].
func (s *Store) Credential(ctx context.Context, clientID string) (membership.Credential, error) {
	return read(ctx, s, func(r *reader) (membership.Credential, error) { return r.Credential(ctx, clientID) })
}

// Credentials implements [store.CredentialReader].
func (s *Store) Credentials(ctx context.Context) ([]membership.Credential, error) {
	return read(ctx, s, func(r *reader) ([]membership.Credential, error) { return r.Credentials(ctx) })
}

// Token implements [store.CredentialReader].
func (s *Store) Token(ctx context.Context, hash membership.SecretHash) (membership.Token, error) {
	return read(ctx, s, func(r *reader) (membership.Token, error) { return r.Token(ctx, hash) })
}

func (r *reader) Credential(ctx context.Context, clientID string) (membership.Credential, error) {
	if err := r.check(ctx); err != nil {
		return membership.Credential{}, err
	}
	c, ok := r.tables.credentials[clientID]
	if !ok {
		return membership.Credential{}, membership.ErrCredentialNotFound
	}
	return c, nil
}

func (r *reader) Credentials(ctx context.Context) ([]membership.Credential, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(r.tables.credentials), func(a, b membership.Credential) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ClientID, b.ClientID))
	}), nil
}

func (r *reader) Token(ctx context.Context, hash membership.SecretHash) (membership.Token, error) {
	if err := r.check(ctx); err != nil {
		return membership.Token{}, err
	}
	t, ok := r.tables.tokens[hash]
	if !ok {
		return membership.Token{}, membership.ErrTokenNotFound
	}
	return t, nil
}

func (t *tx) InsertCredential(ctx context.Context, c membership.Credential) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	return insert(t, t.tables.credentials, c.ClientID, c)
}

func (t *tx) DeleteCredential(ctx context.Context, clientID string) error {
	if _, err := t.Credential(ctx, clientID); err != nil {
		return err
	}
	remove(t, t.tables.credentials, clientID)
	t.deleteTokens(func(token membership.Token) bool { return token.ClientID == clientID })
	return nil
}

func (t *tx) InsertToken(ctx context.Context, token membership.Token) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	return insert(t, t.tables.tokens, token.Hash, token)
}

func (t *tx) DeleteToken(ctx context.Context, hash membership.SecretHash) error {
	if _, err := t.Token(ctx, hash); err != nil {
		return err
	}
	remove(t, t.tables.tokens, hash)
	return nil
}

func (t *tx) DeleteTokens(ctx context.Context, expired time.Time) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	t.deleteTokens(func(token membership.Token) bool { return token.Expired(expired) })
	return nil
}

func (t *tx) deleteTokens(which func(membership.Token) bool) {
	for hash, token := range t.tables.tokens {
		if which(token) {
			remove(t, t.tables.tokens, hash)
		}
	}
}

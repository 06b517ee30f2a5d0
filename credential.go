package roster

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// CreateCredential makes a client id and a secret for the HTTP API. The secret is returned here and kept
// nowhere. It answers [membership.ErrInvalidField] for scopes that are none.
func (s *Service) CreateCredential(ctx context.Context, scopes membership.Scopes) (c membership.Credential, secret string, err error) {
	secret = newSecret()
	c = membership.Credential{
		ClientID:   newID().String(),
		SecretHash: membership.HashSecret(secret),
		Scopes:     scopes,
		CreatedAt:  s.now(),
	}
	if err := cmp.Or(c.Validate(), membership.CheckClock(c.CreatedAt)); err != nil {
		return membership.Credential{}, "", err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error { return tx.InsertCredential(ctx, c) })
	if err != nil {
		return membership.Credential{}, "", err
	}
	return c, secret, nil
}

// Credential looks up a credential, or answers [membership.ErrCredentialNotFound].
func (s *Service) Credential(ctx context.Context, clientID string) (membership.Credential, error) {
	return s.store.Credential(ctx, clientID)
}

// Credentials are all credentials, the oldest first.
func (s *Service) Credentials(ctx context.Context) ([]membership.Credential, error) {
	return s.store.Credentials(ctx)
}

// CheckCredential returns the credential that has the client id and the secret, or answers
// [membership.ErrCredentialNotFound] without saying which of the two was wrong.
func (s *Service) CheckCredential(ctx context.Context, clientID, secret string) (membership.Credential, error) {
	c, err := s.store.Credential(ctx, clientID)
	// Why also for a client that is unknown: how long an answer takes must not tell which of the two was wrong.
	same := c.SecretHash.Equal(membership.HashSecret(secret))
	if err == nil && !same {
		err = membership.ErrCredentialNotFound
	}
	return orZero(c, err)
}

// RevokeCredential removes a credential and, in the same transaction, its client's tokens. It answers
// [membership.ErrCredentialNotFound].
func (s *Service) RevokeCredential(ctx context.Context, clientID string) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.DeleteCredential(ctx, clientID) })
}

// IssueToken makes an access token for a client whose identity the caller has checked. The token is returned here
// and kept nowhere. Tokens that have expired are removed on the way.
func (s *Service) IssueToken(ctx context.Context, clientID string, scopes membership.Scopes, life time.Duration) (t membership.Token, token string, err error) {
	token = newSecret()
	if err := membership.CheckClientID(clientID); err != nil {
		return membership.Token{}, "", err
	}
	now := s.now()
	t = membership.Token{Hash: membership.HashSecret(token), ClientID: clientID, Scopes: scopes, ExpiresAt: membership.Timestamp(now.Add(life))}
	if err := membership.CheckClock(now); err != nil {
		return membership.Token{}, "", err
	}
	err = s.store.Update(ctx, func(tx store.Tx) error {
		if err := tx.DeleteTokens(ctx, now); err != nil {
			return err
		}
		return tx.InsertToken(ctx, t)
	})
	if err != nil {
		return membership.Token{}, "", err
	}
	return t, token, nil
}

// RevokeToken makes an access token worthless at once, wherever it is known. It answers [membership.ErrTokenNotFound] when
// it was unknown or had been removed since it expired.
func (s *Service) RevokeToken(ctx context.Context, token string) error {
	return s.store.Update(ctx, func(tx store.Tx) error { return tx.DeleteToken(ctx, membership.HashSecret(token)) })
}

// CheckToken returns what is known of an access token, or answers [membership.ErrTokenNotFound] when it is unknown or
// has expired.
func (s *Service) CheckToken(ctx context.Context, token string) (membership.Token, error) {
	t, err := s.store.Token(ctx, membership.HashSecret(token))
	if err == nil && t.Expired(s.now()) {
		err = membership.ErrTokenNotFound
	}
	return orZero(t, err)
}

// newSecret makes 256 random bits, as 64 characters that need no quotes anywhere: URL-safe Base64 has a - and a _, and a text that
// begins with - is a flag to a program and a formula to a spreadsheet.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return hex.EncodeToString(b[:])
}

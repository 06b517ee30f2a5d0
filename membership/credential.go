package membership

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"
	"time"
)

// Scopes are the rights of a credential and of the tokens issued for it. The zero value gives none.
type Scopes uint8

// The scopes; a credential has any combination.
const (
	ScopeRead  Scopes = 1 << iota // look at everything
	ScopeWrite                    // change everything

	ScopeAll = ScopeRead | ScopeWrite
)

var scopeNames = []struct {
	scope Scopes
	name  string
}{
	{ScopeRead, "read"},
	{ScopeWrite, "write"},
}

// ParseScopes reads scopes as [Scopes.String] spells them, in any order. Its error is [ErrInvalidField].
func ParseScopes(s string) (Scopes, error) {
	var scopes Scopes
names:
	for name := range strings.SplitSeq(s, ",") {
		for _, known := range scopeNames {
			if known.name == strings.TrimSpace(name) {
				scopes |= known.scope
				continue names
			}
		}
		return 0, invalid("scopes", "must be read, write or read,write")
	}
	return scopes, nil
}

// String spells the scopes: "read", "write", "read,write", or nothing.
func (s Scopes) String() string {
	var names []string
	for _, known := range scopeNames {
		if s.Has(known.scope) {
			names = append(names, known.name)
		}
	}
	return strings.Join(names, ",")
}

// Has reports whether every one of the wanted scopes is given.
func (s Scopes) Has(want Scopes) bool { return s&want == want }

// SecretHash is the SHA-256 of a secret. A plain hash is enough because every secret that is stored this way is 256
// random bits that roster made: there is no dictionary to try.
type SecretHash [sha256.Size]byte

// HashSecret hashes a secret or a token.
func HashSecret(secret string) SecretHash { return sha256.Sum256([]byte(secret)) }

// Equal compares in constant time.
func (h SecretHash) Equal(other SecretHash) bool {
	return subtle.ConstantTimeCompare(h[:], other[:]) == 1
}

// Credential is what a client of the HTTP API signs in with. The secret itself is kept nowhere.
type Credential struct {
	ClientID   string
	SecretHash SecretHash
	Scopes     Scopes
	CreatedAt  time.Time
}

// Validate checks the scopes: at least one, and none that does not exist.
func (c Credential) Validate() error {
	if c.Scopes == 0 || c.Scopes&^ScopeAll != 0 {
		return invalid("scopes", "must be read, write or read,write")
	}
	return nil
}

// CheckClientID checks that an id could be a client's. Its error is [ErrInvalidField].
func CheckClientID(id string) error { return required("client_id", id) }

// Token is an access token that was issued for a client. The token itself is kept nowhere.
type Token struct {
	Hash      SecretHash
	ClientID  string
	Scopes    Scopes
	ExpiresAt time.Time
}

// Expired reports whether the token is no longer good at a time.
func (t Token) Expired(now time.Time) bool { return !now.Before(t.ExpiresAt) }

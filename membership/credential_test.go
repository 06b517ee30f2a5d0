package membership_test

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestScopesGiveWhatTheyName(t *testing.T) {
	t.Parallel()
	const none, read, write, both = membership.Scopes(0), membership.ScopeRead, membership.ScopeWrite,
		membership.ScopeRead | membership.ScopeWrite
	tests := []struct {
		given, wanted membership.Scopes
		want          bool
	}{
		{none, none, true},
		{none, read, false},
		{none, write, false},
		{none, both, false},
		{read, none, true},
		{read, read, true},
		{read, write, false},
		{read, both, false},
		{write, none, true},
		{write, read, false},
		{write, write, true},
		{write, both, false},
		{both, none, true},
		{both, read, true},
		{both, write, true},
		{both, both, true},
	}
	for _, test := range tests {
		if got := test.given.Has(test.wanted); got != test.want {
			t.Errorf("%02b.Has(%02b) is %t", test.given, test.wanted, got)
		}
	}
}

func TestASecretIsKeptAsItsSHA256(t *testing.T) {
	t.Parallel()
	hash := membership.HashSecret("secret")
	const sha256OfSecret = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
	if got := hex.EncodeToString(hash[:]); got != sha256OfSecret {
		t.Errorf("got %s", got)
	}
	if !hash.Equal(membership.HashSecret("secret")) {
		t.Error("a hash does not equal itself")
	}
	for _, other := range []string{"", "Secret", "secret "} {
		if hash.Equal(membership.HashSecret(other)) {
			t.Errorf("the hash of %q equals that of another secret", other)
		}
	}
}

func TestATokenIsGoodUntilItExpires(t *testing.T) {
	t.Parallel()
	end := at("2021-02-23T09:40:33.882Z")
	token := membership.Token{ExpiresAt: end}
	tests := []struct {
		name string
		now  time.Time
		want bool
	}{
		{"long before", end.Add(-time.Hour), false},
		{"just before", end.Add(-time.Nanosecond), false},
		{"at the end", end, true},
		{"at the end in another zone", end.In(time.FixedZone("", 3600)), true},
		{"after", end.Add(time.Millisecond), true},
	}
	for _, test := range tests {
		if got := token.Expired(test.now); got != test.want {
			t.Errorf("%s: expired is %t", test.name, got)
		}
	}
}

func TestScopesAreReadAsTheyAreSpelt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]membership.Scopes{
		"read": membership.ScopeRead, "write": membership.ScopeWrite, "read,write": membership.ScopeAll,
		"write, read": membership.ScopeAll, "read,read": membership.ScopeRead,
	} {
		got, err := membership.ParseScopes(text)
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
		if again, err := membership.ParseScopes(got.String()); err != nil || again != got {
			t.Errorf("%q is spelt %q, which is read as %v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "READ", "admin", "read,", "read;write"} {
		if got, err := membership.ParseScopes(text); !errors.Is(err, membership.ErrInvalidField) || got != 0 {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
}

func TestACredentialHasScopesThatExist(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[membership.Scopes]error{
		0: membership.ErrInvalidField, membership.ScopeRead: nil, membership.ScopeAll: nil, 4: membership.ErrInvalidField, 0xF3: membership.ErrInvalidField,
	} {
		if err := (membership.Credential{Scopes: scopes}).Validate(); !errors.Is(err, want) {
			t.Errorf("%d: got %v, want %v", scopes, err, want)
		}
	}
}

package membership_test

import (
	"encoding/hex"
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

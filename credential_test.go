package roster_test

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

const both = membership.ScopeRead | membership.ScopeWrite

func TestACredentialIsCheckedByItsSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, secret, err := w.CreateCredential(t.Context(), both)
	must(t, err)
	equal(t, "created", c, membership.Credential{
		ClientID: c.ClientID, SecretHash: membership.HashSecret(secret), Scopes: both, CreatedAt: cutMorning,
	})
	if c.ClientID == "" {
		t.Error("it has no client id")
	}
	stored, err := w.Credential(t.Context(), c.ClientID)
	must(t, err)
	equal(t, "stored", stored, c)
	checked, err := w.CheckCredential(t.Context(), c.ClientID, secret)
	must(t, err)
	equal(t, "checked", checked, c)

	_, other, err := w.CreateCredential(t.Context(), both)
	must(t, err)
	for name, wrong := range map[string][2]string{
		"another's secret":  {c.ClientID, other},
		"no secret":         {c.ClientID, ""},
		"half a secret":     {c.ClientID, secret[:len(secret)/2]},
		"the hash":          {c.ClientID, fmt.Sprintf("%x", c.SecretHash)},
		"an unknown client": {"nobody", secret},
		"no client":         {"", secret},
	} {
		checked, err := w.CheckCredential(t.Context(), wrong[0], wrong[1])
		wantError(t, name, err, membership.ErrCredentialNotFound)
		equal(t, name, err.Error(), membership.ErrCredentialNotFound.Error()) // it does not say which
		equal(t, name, checked, membership.Credential{})
	}
	_, err = w.Credential(t.Context(), "nobody")
	wantError(t, "looking up nobody", err, membership.ErrCredentialNotFound)
}

// Letters and digits only: one that begins with - was a formula to a table's reader, and a flag to a command.
func TestSecretsAre256RandomBitsInLettersAndDigits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var secrets []string
	for range 20 {
		_, secret, err := w.CreateCredential(t.Context(), both)
		must(t, err)
		_, token, err := w.IssueToken(t.Context(), "client", both, time.Hour)
		must(t, err)
		secrets = append(secrets, secret, token)
	}
	for _, secret := range secrets {
		bits, err := hex.DecodeString(secret)
		if err != nil || len(bits) != 32 {
			t.Errorf("%q: %d bytes, %v", secret, len(bits), err)
		}
	}
	slices.Sort(secrets)
	equal(t, "different ones", len(slices.Compact(secrets)), 40)
}

func TestCredentialsAreListedTheOldestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	none, err := w.Credentials(t.Context())
	must(t, err)
	equal(t, "at first", len(none), 0)
	var want []string
	for range 5 {
		c, _, err := w.CreateCredential(t.Context(), membership.ScopeRead)
		must(t, err)
		want = append(want, c.ClientID)
		w.clock.Advance(time.Second)
	}
	all, err := w.Credentials(t.Context())
	must(t, err)
	var got []string
	for _, c := range all {
		got = append(got, c.ClientID)
	}
	equal(t, "client ids", strings.Join(got, " "), strings.Join(want, " "))
}

func TestATokenIsGoodUntilItExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issued, token, err := w.IssueToken(t.Context(), "client", membership.ScopeRead, time.Hour)
	must(t, err)
	equal(t, "issued", issued, membership.Token{
		Hash: membership.HashSecret(token), ClientID: "client", Scopes: membership.ScopeRead, ExpiresAt: cutMorning.Add(time.Hour),
	})
	_, err = w.CheckToken(t.Context(), "another")
	wantError(t, "another", err, membership.ErrTokenNotFound)
	for _, step := range []struct {
		advance time.Duration
		want    error
	}{
		{0, nil},
		{time.Hour - time.Millisecond, nil},
		{time.Millisecond, membership.ErrTokenNotFound},
		{time.Hour, membership.ErrTokenNotFound},
	} {
		w.clock.Advance(step.advance)
		checked, err := w.CheckToken(t.Context(), token)
		wantError(t, fmt.Sprintf("after another %v", step.advance), err, step.want)
		if step.want == nil {
			equal(t, "checked", checked, issued)
		} else {
			equal(t, "what comes with an error", checked, membership.Token{})
		}
	}
}

func TestATokenOfNoLifeIsNeverGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, life := range []time.Duration{0, -time.Hour} {
		_, token, err := w.IssueToken(t.Context(), "client", both, life)
		must(t, err)
		_, err = w.CheckToken(t.Context(), token)
		wantError(t, life.String(), err, membership.ErrTokenNotFound)
	}
}

func TestIssuingATokenRemovesThoseThatHaveExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	short, _, err := w.IssueToken(t.Context(), "client", both, time.Minute)
	must(t, err)
	long, _, err := w.IssueToken(t.Context(), "client", both, time.Hour)
	must(t, err)
	w.clock.Advance(time.Minute)
	_, err = w.store.Token(t.Context(), short.Hash)
	wantError(t, "the expired one, before", err, nil)
	_, _, err = w.IssueToken(t.Context(), "another", both, time.Minute)
	must(t, err)
	_, err = w.store.Token(t.Context(), short.Hash)
	wantError(t, "the expired one, after", err, membership.ErrTokenNotFound)
	_, err = w.store.Token(t.Context(), long.Hash)
	wantError(t, "the other", err, nil)
}

func TestRevokingACredentialEndsItsTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, mySecret, err := w.CreateCredential(t.Context(), both)
	must(t, err)
	theirs, theirSecret, err := w.CreateCredential(t.Context(), both)
	must(t, err)
	_, myToken, err := w.IssueToken(t.Context(), mine.ClientID, both, time.Hour)
	must(t, err)
	_, theirToken, err := w.IssueToken(t.Context(), theirs.ClientID, both, time.Hour)
	must(t, err)

	must(t, w.RevokeCredential(t.Context(), mine.ClientID))
	_, err = w.CheckCredential(t.Context(), mine.ClientID, mySecret)
	wantError(t, "my secret", err, membership.ErrCredentialNotFound)
	_, err = w.CheckToken(t.Context(), myToken)
	wantError(t, "my token", err, membership.ErrTokenNotFound)
	_, err = w.CheckCredential(t.Context(), theirs.ClientID, theirSecret)
	wantError(t, "their secret", err, nil)
	_, err = w.CheckToken(t.Context(), theirToken)
	wantError(t, "their token", err, nil)
	wantError(t, "again", w.RevokeCredential(t.Context(), mine.ClientID), membership.ErrCredentialNotFound)
}

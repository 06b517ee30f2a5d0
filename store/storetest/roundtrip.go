package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// nasty is text that a careless store would change: quotes, wildcards, other scripts, the longest allowed.
var nasty = []string{
	`O'Brien "the" \ % _ [a-z] * ? ;--`,
	"  spaces around\t\r\n ",
	"Ünïcödé ß ſ K 日本語 🤝 \u200d e\u0301",
	"null", "NULL", "true", "0", "1e9", "{}", "x'41'",
	strings.Repeat("\U0001F9D1", membership.MaxTextLength),
}

func roundTripAccount(t *testing.T, st store.Store) {
	for n, text := range nasty {
		a := account(n)
		a.Name, a.LegalName, a.ExternalRef = text, text, text
		a.RegistrationID = string([]rune(text)[:min(len([]rune(text)), membership.MaxRegistrationIDLength)])
		a.UpdatedAt = at(n + 1000)
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, a) })
		got, err := st.Account(t.Context(), a.ID)
		must(t, "Account", err)
		equal(t, "an inserted account", got, a)

		changed := membership.Account{ID: a.ID, Name: fmt.Sprint("new ", n), LegalName: "legal", RegistrationID: fmt.Sprint("R", n),
			ExternalRef: "ref", CreatedAt: at(n + 1), UpdatedAt: at(n + 2)}
		cleared := membership.Account{ID: a.ID, Name: "cleared", CreatedAt: at(n), UpdatedAt: at(n + 3)}
		for _, want := range []membership.Account{changed, cleared} {
			write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, want) })
			got, err = st.Account(t.Context(), a.ID)
			must(t, "Account", err)
			equal(t, "an updated account", got, want)
			inUTC(t, got.CreatedAt, got.UpdatedAt)
		}
	}
}

func roundTripMember(t *testing.T, st store.Store) {
	for n, text := range nasty {
		m := member(n)
		m.Name, m.Email, m.GivenName, m.MiddleName, m.FamilyName = text, text, text, text, text
		m.UpdatedAt = at(n + 1000)
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertMember(ctx, m) })
		got, err := st.Member(t.Context(), m.ID)
		must(t, "Member", err)
		equal(t, "an inserted member", got, m)

		changed := membership.Member{ID: m.ID, Name: fmt.Sprint("new ", n), Email: "new@example.com", GivenName: "g", MiddleName: "m",
			FamilyName: "f", CreatedAt: at(n + 1), UpdatedAt: at(n + 2)}
		cleared := membership.Member{ID: m.ID, Name: "cleared", CreatedAt: at(n), UpdatedAt: at(n + 3)}
		for _, want := range []membership.Member{changed, cleared} {
			write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, want) })
			got, err = st.Member(t.Context(), m.ID)
			must(t, "Member", err)
			equal(t, "an updated member", got, want)
			inUTC(t, got.CreatedAt, got.UpdatedAt)
		}
	}
}

func roundTripMembership(t *testing.T, st store.Store) {
	populate(t, st, 2, 2)
	m := joining(7, accountID(1), memberID(0))
	m.UpdatedAt = at(9)
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertMembership(ctx, m) })

	read := func(what string) {
		t.Helper()
		got, err := st.Membership(t.Context(), m.AccountID, m.ID)
		must(t, "Membership", err)
		equal(t, what, got, m)
		got, err = st.MembershipByPair(t.Context(), m.AccountID, m.MemberID)
		must(t, "MembershipByPair", err)
		equal(t, what+", by pair", got, m)
		inUTC(t, got.CreatedAt, got.UpdatedAt)
	}
	read("an inserted membership")

	changed := m
	changed.UpdatedAt = at(100)
	changed.CreatedAt = at(50)
	changed.MemberID = memberID(1)
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMembership(ctx, changed) })
	m.UpdatedAt = changed.UpdatedAt // Why: the only thing that can change
	read("an updated membership")

	for _, pair := range []struct{ a, m int }{{0, 0}, {0, 1}, {1, 1}, {5, 0}, {1, 5}} {
		is, err := st.IsMember(t.Context(), accountID(pair.a), memberID(pair.m))
		must(t, "IsMember", err)
		equal(t, "IsMember of a pair without a membership", is, false)
	}
	is, err := st.IsMember(t.Context(), m.AccountID, m.MemberID)
	must(t, "IsMember", err)
	equal(t, "IsMember of a pair with a membership", is, true)
}

func roundTripSettings(t *testing.T, st store.Store) {
	got, err := st.Settings(t.Context())
	must(t, "Settings", err)
	equal(t, "the settings of a new store", got, membership.DefaultSettings())

	for _, want := range []membership.Settings{
		{MembershipLimit: 1, SelfManagement: membership.SelfManagementUpdateOnly, TokenTimeout: time.Second},
		{MembershipLimit: 2, SelfManagement: membership.SelfManagementDisabled, TokenTimeout: time.Hour, SelfSignup: true},
		{MembershipLimit: membership.MaxMembershipLimit, SelfManagement: membership.SelfManagementDisabled,
			TokenTimeout: 99 * 365 * 24 * time.Hour, AutoCreateAccounts: true},
	} {
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateSettings(ctx, want) })
		got, err = st.Settings(t.Context())
		must(t, "Settings", err)
		equal(t, "updated settings", got, want)
	}
}

func credential(n int) membership.Credential {
	name := id(0, n).String()
	return membership.Credential{ClientID: name, SecretHash: membership.HashSecret(name),
		Scopes: membership.Scopes(n % 4), CreatedAt: at(n)}
}

func roundTripCredential(t *testing.T, st store.Store) {
	all, err := st.Credentials(t.Context())
	must(t, "Credentials", err)
	equal(t, "credentials of a new store", len(all), 0)

	want := []membership.Credential{credential(1), credential(2), credential(3), credential(4)}
	want[2].CreatedAt = want[1].CreatedAt // a tie, broken by client id
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, n := range []int{3, 1, 0, 2} {
			if err := tx.InsertCredential(ctx, want[n]); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range want {
		got, err := st.Credential(t.Context(), c.ClientID)
		must(t, "Credential", err)
		equal(t, "an inserted credential", got, c)
	}
	all, err = st.Credentials(t.Context())
	must(t, "Credentials", err)
	if len(all) != len(want) {
		t.Fatalf("Credentials: got %d, want %d", len(all), len(want))
	}
	for n := range want {
		equal(t, "credentials in order", all[n], want[n])
	}
}

func token(n int, client string) membership.Token {
	return membership.Token{Hash: membership.HashSecret(at(n).String()), ClientID: client,
		Scopes: membership.ScopeRead | membership.ScopeWrite, ExpiresAt: at(n)}
}

func roundTripToken(t *testing.T, st store.Store) {
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for n := range 3 {
			if err := tx.InsertToken(ctx, token(n, "a client of the program's own")); err != nil {
				return err
			}
		}
		return nil
	})
	for n := range 3 {
		want := token(n, "a client of the program's own")
		got, err := st.Token(t.Context(), want.Hash)
		must(t, "Token", err)
		equal(t, "an inserted token", got, want)
	}
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteTokens(ctx, at(1)) })
	for n, want := range []error{membership.ErrTokenNotFound, membership.ErrTokenNotFound, nil} {
		_, err := st.Token(t.Context(), token(n, "").Hash)
		wantErr(t, "Token after those were deleted that had expired", err, want)
	}
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.InsertToken(ctx, token(3, "client")), tx.DeleteToken(ctx, token(2, "").Hash))
	})
	for n, want := range map[int]error{2: membership.ErrTokenNotFound, 3: nil} {
		_, err := st.Token(t.Context(), token(n, "").Hash)
		wantErr(t, "Token after one was deleted", err, want)
	}
}

func manyByID(t *testing.T, st store.Store) {
	populate(t, st, 3, 1500)
	accounts, err := st.AccountsByID(t.Context(), []membership.AccountID{accountID(2), accountID(9), accountID(0), accountID(2)})
	must(t, "AccountsByID", err)
	found := map[membership.Account]int{}
	for _, a := range accounts {
		found[a]++
	}
	if len(accounts) != 2 || found[account(0)] != 1 || found[account(2)] != 1 {
		t.Errorf("AccountsByID of 2, 9, 0, 2: got %v, want 0 and 2 once each", accounts)
	}

	// More than an engine's usual bound on parameters would allow.
	var ids []membership.MemberID
	for n := range 40_000 {
		ids = append(ids, memberID(n))
	}
	members, err := st.MembersByID(t.Context(), ids)
	must(t, "MembersByID", err)
	equal(t, "members found among 40,000 ids", len(members), 1500)

	none, err := st.MembersByID(t.Context(), nil)
	must(t, "MembersByID of none", err)
	equal(t, "members found among no ids", len(none), 0)
}

func noAliasing(t *testing.T, st store.Store) {
	populate(t, st, 1, 3)
	join(t, st, 0, 0, 0, 1, 2)

	first, err := st.ListMembers(t.Context(), membership.Query{})
	must(t, "ListMembers", err)
	first.Items[0].Name = "changed by the caller"
	second, err := st.ListMembers(t.Context(), membership.Query{})
	must(t, "ListMembers", err)
	equal(t, "a row after the caller changed its copy", second.Items[0], member(2))

	operands := []membership.Value{membership.IDValue(memberID(0).UUID)}
	q := membership.Query{Filter: membership.Filter{{{Attr: membership.AttrMemberID, Op: membership.OpIn, Operands: operands}}}}
	scope := membership.Scope{Account: accountID(0)}
	page, err := st.ListMemberships(t.Context(), scope, q)
	must(t, "ListMemberships", err)
	equal(t, "memberships of member 0", page.Total, 1)
	operands[0] = membership.IDValue(memberID(9).UUID)
	page, err = st.ListMemberships(t.Context(), scope, q)
	must(t, "ListMemberships", err)
	equal(t, "memberships after the caller changed its filter", page.Total, 0)
}

func inUTC(t testing.TB, times ...time.Time) {
	t.Helper()
	for _, tm := range times {
		equal(t, "the location of a time", tm.Location(), time.UTC)
	}
}

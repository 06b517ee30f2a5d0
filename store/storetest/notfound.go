package storetest

import (
	"context"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func notFoundAccounts(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	_, err := st.Account(t.Context(), accountID(9))
	wantErr(t, "Account", err, membership.ErrAccountNotFound)
	_, err = st.Account(t.Context(), membership.AccountID{})
	wantErr(t, "Account with the zero id", err, membership.ErrAccountNotFound)
	_, err = st.Account(t.Context(), membership.AccountID{UUID: memberID(0).UUID})
	wantErr(t, "Account with a member's id", err, membership.ErrAccountNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, account(9)) })
	wantErr(t, "UpdateAccount", err, membership.ErrAccountNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccount(ctx, accountID(9), at(0)) })
	wantErr(t, "DeleteAccount", err, membership.ErrAccountNotFound)
}

func notFoundMembers(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	_, err := st.Member(t.Context(), memberID(9))
	wantErr(t, "Member", err, membership.ErrMemberNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, member(9)) })
	wantErr(t, "UpdateMember", err, membership.ErrMemberNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteMember(ctx, memberID(9)) })
	wantErr(t, "DeleteMember", err, membership.ErrMemberNotFound)
}

func notFoundMemberships(t *testing.T, st store.Store) {
	populate(t, st, 2, 2)
	join(t, st, 0, 0, 0)
	for _, c := range []struct {
		name           string
		account, joins int
		want           error
	}{
		{"unknown", 0, 9, membership.ErrMembershipNotFound},
		{"of another account", 1, 0, membership.ErrMembershipNotFound},
		{"of an unknown account", 9, 0, membership.ErrAccountNotFound},
	} {
		_, err := st.Membership(t.Context(), accountID(c.account), membershipID(c.joins))
		wantErr(t, "Membership "+c.name, err, c.want)
		err = attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			return tx.UpdateMembership(ctx, joining(c.joins, accountID(c.account), memberID(0)))
		})
		wantErr(t, "UpdateMembership "+c.name, err, c.want)
		err = attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			return tx.DeleteMembership(ctx, accountID(c.account), membershipID(c.joins))
		})
		wantErr(t, "DeleteMembership "+c.name, err, c.want)
	}
	for _, pair := range []struct{ a, m int }{{0, 1}, {1, 0}, {9, 0}, {0, 9}} {
		_, err := st.MembershipByPair(t.Context(), accountID(pair.a), memberID(pair.m))
		wantErr(t, "MembershipByPair", err, membership.ErrMembershipNotFound)
	}
	equal(t, "memberships that are left", total(t, st, membership.Scope{All: true}), 1)
}

// notFoundUnstorable looks for texts that nothing may be called. An engine that takes none to compare with must not ask it.
func notFoundUnstorable(t *testing.T, st store.Store) {
	appendAll(t, st, change(0))
	for _, text := range []string{"\x00", "a\x00", "\xff", "a\xc3", "\xed\xa0\x80"} {
		_, err := st.Credential(t.Context(), text)
		wantErr(t, "Credential", err, membership.ErrCredentialNotFound)
		position, err := st.ConsumerPosition(t.Context(), text)
		must(t, "ConsumerPosition", err)
		equal(t, "position", position, 0)
		page := changesOf(t, st, membership.ChangeQuery{Types: []membership.ChangeType{membership.ChangeType(text)}})
		equal(t, "changes of that type", len(page.Changes), 0)
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			wantErr(t, "DeleteCredential", tx.DeleteCredential(ctx, text), membership.ErrCredentialNotFound)
			return tx.DeleteConsumer(ctx, text)
		})
	}
}

func notFoundCredentials(t *testing.T, st store.Store) {
	_, err := st.Credential(t.Context(), "nobody")
	wantErr(t, "Credential", err, membership.ErrCredentialNotFound)
	_, err = st.Token(t.Context(), membership.HashSecret("nothing"))
	wantErr(t, "Token", err, membership.ErrTokenNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteCredential(ctx, "nobody") })
	wantErr(t, "DeleteCredential", err, membership.ErrCredentialNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error {
		return tx.DeleteToken(ctx, membership.HashSecret("nothing"))
	})
	wantErr(t, "DeleteToken", err, membership.ErrTokenNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteTokens(ctx, at(0)) })
	must(t, "DeleteTokens where there are none", err)
}

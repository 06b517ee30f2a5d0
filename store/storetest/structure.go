package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func duplicateIDs(t *testing.T, st store.Store) {
	populate(t, st, 1, 2)
	join(t, st, 0, 0, 0)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.InsertCredential(ctx, credential(0)), tx.InsertToken(ctx, token(0, "client")),
			tx.InsertPasswordProfile(ctx, profile(0)))
	})
	for name, insert := range map[string]func(ctx context.Context, tx store.Tx) error{
		"InsertAccount":    func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, account(0)) },
		"InsertMember":     func(ctx context.Context, tx store.Tx) error { return tx.InsertMember(ctx, member(0)) },
		"InsertCredential": func(ctx context.Context, tx store.Tx) error { return tx.InsertCredential(ctx, credential(0)) },
		"InsertPasswordProfile": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertPasswordProfile(ctx, profile(0))
		},
		"InsertToken": func(ctx context.Context, tx store.Tx) error { return tx.InsertToken(ctx, token(0, "other")) },
		"InsertMembership": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertMembership(ctx, joining(0, accountID(0), memberID(1)))
		},
	} {
		wantErr(t, name+" with an id that is taken", attempt(t, st, insert), membership.ErrDuplicateID)
	}
	is, err := st.IsMember(t.Context(), accountID(0), memberID(1))
	must(t, "IsMember", err)
	equal(t, "IsMember after a refused insert", is, false)
}

func registrationIDs(t *testing.T, st store.Store) {
	registered := func(n int, registration string) membership.Account {
		a := account(n)
		a.RegistrationID = registration
		return a
	}
	insert := func(a membership.Account) error {
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, a) })
	}
	update := func(a membership.Account) error {
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, a) })
	}
	must(t, "an account with a registration id", insert(registered(0, "R-1")))
	must(t, "one that differs in case", insert(registered(1, "r-1")))
	must(t, "one without", insert(registered(2, "")))
	must(t, "another without", insert(registered(3, "")))
	wantErr(t, "one that is taken", insert(registered(4, "R-1")), membership.ErrRegistrationIDTaken)
	wantErr(t, "one that is taken, on update", update(registered(2, "R-1")), membership.ErrRegistrationIDTaken)
	must(t, "its own, on update", update(registered(0, "R-1")))
	must(t, "another, on update", update(registered(0, "R-2")))
	must(t, "the one that became free", update(registered(2, "R-1")))
	must(t, "deleting", attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccount(ctx, accountID(2), at(0)) }))
	must(t, "the one that became free by deletion", insert(registered(4, "R-1")))

	failed := errors.New("changed its mind")
	wantErr(t, "Update", attempt(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.DeleteAccount(ctx, accountID(4), at(0)), tx.UpdateAccount(ctx, registered(0, "R-1")), failed)
	}), failed)
	wantErr(t, "one whose change was undone", insert(registered(5, "R-1")), membership.ErrRegistrationIDTaken)
	wantErr(t, "another one whose change was undone", insert(registered(5, "R-2")), membership.ErrRegistrationIDTaken)
}

func duplicatePairs(t *testing.T, st store.Store) {
	populate(t, st, 2, 2)
	join(t, st, 0, 0, 0)
	err := attempt(t, st, func(ctx context.Context, tx store.Tx) error {
		return tx.InsertMembership(ctx, joining(1, accountID(0), memberID(0)))
	})
	wantErr(t, "InsertMembership of a pair that exists", err, membership.ErrAlreadyMember)
	if refusal, ok := errors.AsType[*membership.Error](err); !ok || refusal.Existing != joining(0, accountID(0), memberID(0)) {
		t.Errorf("the refusal of a pair that exists carries %+v, want the existing membership", refusal)
	}
	join(t, st, 2, 0, 1)
	join(t, st, 3, 1, 0)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(
			tx.DeleteMembership(ctx, accountID(0), membershipID(0)),
			tx.InsertMembership(ctx, joining(4, accountID(0), memberID(0))))
	})
	equal(t, "memberships", total(t, st, membership.Scope{All: true}), 3)
}

func danglingReferences(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	insert := func(a, m int) error {
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			return tx.InsertMembership(ctx, joining(0, accountID(a), memberID(m)))
		})
	}
	wantErr(t, "InsertMembership into no account", insert(9, 0), membership.ErrAccountNotFound)
	wantErr(t, "InsertMembership of no member", insert(0, 9), membership.ErrMemberNotFound)
	equal(t, "memberships", total(t, st, membership.Scope{All: true}), 0)
}

func orderOfRefusals(t *testing.T, st store.Store) {
	populate(t, st, 2, 2)
	join(t, st, 0, 0, 0)
	insert := func(n, a, m int) error {
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			return tx.InsertMembership(ctx, joining(n, accountID(a), memberID(m)))
		})
	}
	wantErr(t, "no account, no member, id taken", insert(0, 9, 9), membership.ErrAccountNotFound)
	wantErr(t, "no member, id taken", insert(0, 0, 9), membership.ErrMemberNotFound)
	wantErr(t, "id taken, pair exists", insert(0, 0, 0), membership.ErrDuplicateID)
	wantErr(t, "pair exists", insert(1, 0, 0), membership.ErrAlreadyMember)

	taken := account(0)
	taken.RegistrationID = "R"
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, taken) })
	err := attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, taken) })
	wantErr(t, "account id and registration id taken", err, membership.ErrDuplicateID)
	taken.ParentID = accountID(9)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, taken) })
	wantErr(t, "no parent, account id and registration id taken", err, membership.ErrAccountNotFound)
	if refusal, ok := errors.AsType[*membership.Error](err); !ok || refusal.Field != "parent_id" {
		t.Errorf("the refusal of an unknown parent is %+v, want it to name the field", err)
	}
}

func refusedWriteGoesOn(t *testing.T, st store.Store) {
	populate(t, st, 2, 1)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		must(t, "the first write", tx.InsertMembership(ctx, joining(0, accountID(0), memberID(0))))
		wantErr(t, "a refused write", tx.InsertMembership(ctx, joining(1, accountID(0), memberID(0))), membership.ErrAlreadyMember)
		wantErr(t, "another", tx.InsertMembership(ctx, joining(1, accountID(9), memberID(0))), membership.ErrAccountNotFound)
		wantErr(t, "another", tx.InsertAccount(ctx, account(1)), membership.ErrDuplicateID)
		return tx.InsertMembership(ctx, joining(1, accountID(1), memberID(0)))
	})
	equal(t, "memberships", total(t, st, membership.Scope{Member: memberID(0)}), 2)
}

func cascadeAccount(t *testing.T, st store.Store) {
	populate(t, st, 2, 3)
	join(t, st, 0, 0, 0, 1, 2)
	join(t, st, 3, 1, 0, 1)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		must(t, "DeleteAccount", tx.DeleteAccount(ctx, accountID(0), at(0)))
		is, err := tx.IsMember(ctx, accountID(0), memberID(0))
		equal(t, "IsMember within the transaction", is, false)
		return err
	})
	equal(t, "memberships that are left", total(t, st, membership.Scope{All: true}), 2)
	equal(t, "those of member 2", total(t, st, membership.Scope{Member: memberID(2)}), 0)
	checkFacts(t, st, 1, 0, membership.JoinFacts{AccountExists: true, MemberExists: true,
		Existing: joining(3, accountID(1), memberID(0)), AccountUsed: 2, MemberUsed: 1})
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, account(0)) })
	equal(t, "memberships of an account that came back", total(t, st, membership.Scope{Account: accountID(0)}), 0)
}

func cascadeMember(t *testing.T, st store.Store) {
	populate(t, st, 2, 2)
	join(t, st, 0, 0, 0, 1)
	join(t, st, 2, 1, 0)
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteMember(ctx, memberID(0)) })
	equal(t, "memberships that are left", total(t, st, membership.Scope{All: true}), 1)
	equal(t, "those of account 1", total(t, st, membership.Scope{Account: accountID(1)}), 0)
	checkFacts(t, st, 0, 1, membership.JoinFacts{AccountExists: true, MemberExists: true,
		Existing: joining(1, accountID(0), memberID(1)), AccountUsed: 1, MemberUsed: 1})
}

func cascadeCredential(t *testing.T, st store.Store) {
	kept, gone := credential(0), credential(1)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.InsertCredential(ctx, kept), tx.InsertCredential(ctx, gone),
			tx.InsertToken(ctx, token(0, kept.ClientID)), tx.InsertToken(ctx, token(1, gone.ClientID)))
	})
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteCredential(ctx, gone.ClientID) })
	_, err := st.Token(t.Context(), token(0, "").Hash)
	must(t, "the token of a credential that was kept", err)
	_, err = st.Token(t.Context(), token(1, "").Hash)
	wantErr(t, "the token of a credential that was deleted", err, membership.ErrTokenNotFound)
}

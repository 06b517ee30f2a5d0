package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// below is the account number n, below another one.
func below(n, parent int) membership.Account {
	a := account(n)
	a.ParentID = accountID(parent)
	return a
}

// chain is how deep the suite's hierarchy goes.
const chain = 50

func hierarchy(t *testing.T, st store.Store) {
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		must(t, "InsertAccount", tx.InsertAccount(ctx, account(0)))
		for n := 1; n <= chain; n++ {
			must(t, "InsertAccount", tx.InsertAccount(ctx, below(n, n-1)))
		}
		return tx.InsertAccount(ctx, below(100, 1))
	})
	wantErr(t, "below an unknown account", attempt(t, st, func(ctx context.Context, tx store.Tx) error {
		return tx.InsertAccount(ctx, below(200, 999))
	}), membership.ErrAccountNotFound)
	wantErr(t, "below itself", attempt(t, st, func(ctx context.Context, tx store.Tx) error {
		return tx.InsertAccount(ctx, below(200, 200))
	}), membership.ErrAccountNotFound)

	got, err := st.Account(t.Context(), accountID(chain))
	must(t, "Account", err)
	equal(t, "an account with a parent", got, below(chain, chain-1))

	var ids []membership.AccountID
	for n := range chain + 1 {
		ids = append(ids, accountID(n))
	}
	relations, err := st.AccountRelations(t.Context(), append(ids, accountID(100), accountID(999)))
	must(t, "AccountRelations", err)
	equal(t, "accounts with relations", len(relations), chain+1) // all but the root and the unknown one
	for n := range chain + 1 {
		same(t, "ancestors from the root down", append([]membership.AccountID{}, relations[accountID(n)].Ancestors...), ids[:n])
	}
	same(t, "ancestors beside the chain", relations[accountID(100)].Ancestors, ids[:2])

	moved := below(2, 0)
	moved.Name = "moved"
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, moved) })
	got, err = st.Account(t.Context(), accountID(2))
	must(t, "Account", err)
	equal(t, "the parent after an update that names another", got.ParentID, accountID(1))
	equal(t, "the name after it", got.Name, "moved")
}

func childrenBecomeRoots(t *testing.T, st store.Store) {
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		later := below(4, 0)
		later.UpdatedAt = at(900)
		return errors.Join(tx.InsertAccount(ctx, account(0)), tx.InsertAccount(ctx, below(1, 0)), tx.InsertAccount(ctx, below(2, 0)),
			tx.InsertAccount(ctx, below(3, 1)), tx.InsertAccount(ctx, later))
	})
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccount(ctx, accountID(0), at(500)) })
	for n := 1; n <= 4; n++ {
		want := account(n)
		switch n {
		case 3:
			want.ParentID = accountID(1)
		case 4:
			want.UpdatedAt = at(900) // never backwards
		default:
			want.UpdatedAt = at(500)
		}
		got, err := st.Account(t.Context(), accountID(n))
		must(t, "Account", err)
		equal(t, "an account below one that was deleted", got, want)
	}
	relations, err := st.AccountRelations(t.Context(), []membership.AccountID{accountID(1), accountID(3)})
	must(t, "AccountRelations", err)
	same(t, "relations", relations, map[membership.AccountID]membership.Relations{
		accountID(3): {Ancestors: []membership.AccountID{accountID(1)}},
	})
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, account(0)) })
	got, err := st.Account(t.Context(), accountID(1))
	must(t, "Account", err)
	equal(t, "the parent after the deleted account came back", got.ParentID, membership.AccountID{})
}

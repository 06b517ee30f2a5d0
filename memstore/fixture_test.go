package memstore_test

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// at is a time that is so many milliseconds after the first one.
func at(n int) time.Time {
	return time.Date(2021, 2, 23, 9, 40, 33, 882_000_000, time.UTC).Add(time.Duration(n) * time.Millisecond)
}

// numbered is the id number n of its noun.
func numbered(n int) uuid.UUID {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[8:], uint64(n)+1)
	return id
}

func accountID(n int) membership.AccountID       { return membership.AccountID{UUID: numbered(n)} }
func memberID(n int) membership.MemberID         { return membership.MemberID{UUID: numbered(n)} }
func membershipID(n int) membership.MembershipID { return membership.MembershipID{UUID: numbered(n)} }

func account(n int) membership.Account {
	return membership.Account{ID: accountID(n), Name: fmt.Sprint("Account ", n), CreatedAt: at(n), UpdatedAt: at(n)}
}

func member(n int) membership.Member {
	return membership.Member{ID: memberID(n), Name: fmt.Sprint("Member ", n), CreatedAt: at(n), UpdatedAt: at(n)}
}

// joining is the membership number n.
func joining(n, account, member int) membership.Membership {
	return membership.Membership{ID: membershipID(n), AccountID: accountID(account), MemberID: memberID(member), CreatedAt: at(n), UpdatedAt: at(n)}
}

// fill adds accounts and members, numbered from 0, and memberships.
func fill(t testing.TB, st store.Store, accounts, members int, rows ...membership.Membership) {
	t.Helper()
	ctx := t.Context()
	must(t, st.Update(ctx, func(tx store.Tx) error {
		for n := range accounts {
			must(t, tx.InsertAccount(ctx, account(n)))
		}
		for n := range members {
			must(t, tx.InsertMember(ctx, member(n)))
		}
		for _, row := range rows {
			must(t, tx.InsertMembership(ctx, row))
		}
		return nil
	}))
}

// must ends the test on an error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

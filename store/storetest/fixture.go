package storetest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// epoch is the time of row 0; row n is n milliseconds later.
var epoch = time.Date(2021, 2, 23, 9, 40, 33, 882_000_000, time.UTC)

func at(n int) time.Time { return epoch.Add(time.Duration(n) * time.Millisecond) }

// The kinds of ids, so that ids of different nouns differ.
const (
	accountKind byte = iota + 1
	memberKind
	membershipKind
	tagKind
	profileKind
	loginKind
	flowKind
	fieldKind
)

func id(kind byte, n int) uuid.UUID {
	var u uuid.UUID
	u[0] = kind
	binary.BigEndian.PutUint64(u[8:], uint64(n))
	return u
}

func accountID(n int) membership.AccountID { return membership.AccountID{UUID: id(accountKind, n)} }
func memberID(n int) membership.MemberID   { return membership.MemberID{UUID: id(memberKind, n)} }
func membershipID(n int) membership.MembershipID {
	return membership.MembershipID{UUID: id(membershipKind, n)}
}

func tagID(n int) membership.TagID { return membership.TagID{UUID: id(tagKind, n)} }
func profileID(n int) membership.PasswordProfileID {
	return membership.PasswordProfileID{UUID: id(profileKind, n)}
}
func loginID(n int) membership.LoginID { return membership.LoginID{UUID: id(loginKind, n)} }

func flowID(n int) membership.FlowID   { return membership.FlowID{UUID: id(flowKind, n)} }
func fieldID(n int) membership.FieldID { return membership.FieldID{UUID: id(fieldKind, n)} }

// account is the account number n.
func account(n int) membership.Account {
	return membership.Account{ID: accountID(n), Name: fmt.Sprintf("Account %d", n), CreatedAt: at(n), UpdatedAt: at(n)}
}

// member is the member number n.
func member(n int) membership.Member {
	return membership.Member{ID: memberID(n), Name: fmt.Sprintf("Member %d", n),
		Email: fmt.Sprintf("member%d@example.com", n), CreatedAt: at(n), UpdatedAt: at(n)}
}

// joining is the membership number n.
func joining(n int, a membership.AccountID, m membership.MemberID) membership.Membership {
	return membership.Membership{ID: membershipID(n), AccountID: a, MemberID: m, CreatedAt: at(n), UpdatedAt: at(n)}
}

// tag is the tag number n.
func tag(n int) membership.Tag {
	return membership.Tag{ID: tagID(n), Name: fmt.Sprintf("Tag %d", n), Description: "about it", CreatedAt: at(n), UpdatedAt: at(n)}
}

// profile is the password profile number n.
func profile(n int) membership.PasswordProfile {
	return membership.PasswordProfile{ID: profileID(n), Name: fmt.Sprintf("Profile %d", n),
		UsernameFormat: membership.UsernameAny, CreatedAt: at(n), UpdatedAt: at(n)}
}

// login is the login number n, of a member in a profile.
func login(n, member, profile int) membership.Login {
	return membership.Login{ID: loginID(n), MemberID: memberID(member), ProfileID: profileID(profile),
		Username: fmt.Sprintf("user%d", n), PasswordHash: "hash", CreatedAt: at(n), UpdatedAt: at(n)}
}

// flow is the flow of a resource.
func flow(r membership.Resource) membership.Flow {
	n := slices.Index(membership.FlowResources(), r)
	f := membership.NewFlow(r)
	f.ID, f.Description, f.CreatedAt, f.UpdatedAt = flowID(n), "about it", at(n), at(n)
	return f
}

// field is the field number n, a string called "fn".
func field(n int, r membership.Resource) membership.Field {
	return membership.Field{ID: fieldID(n), Resource: r, Slug: fmt.Sprintf("f%d", n), Name: fmt.Sprintf("Field %d", n),
		Type: membership.TypeString, Order: n, CreatedAt: at(n), UpdatedAt: at(n)}
}

// define adds fields, and the flows that they need.
func define(t testing.TB, st store.Store, fields ...membership.Field) {
	t.Helper()
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for _, f := range fields {
			if s, err := tx.Schema(ctx, f.Resource); err != nil || s.Flow.ID.IsZero() {
				must(t, "InsertFlow", errors.Join(err, tx.InsertFlow(ctx, flow(f.Resource))))
			}
			if err := tx.InsertField(ctx, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// text is one custom field's text.
func text(slug, s string) membership.Fields {
	return membership.NewFields(membership.FieldValue{Slug: slug, Value: membership.StringValue(s)})
}

// write commits what fn does.
func write(t testing.TB, st store.Store, fn func(ctx context.Context, tx store.Tx) error) {
	t.Helper()
	ctx := t.Context()
	if err := st.Update(ctx, func(tx store.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// attempt returns the error of a single write, which changes nothing when it is refused.
func attempt(t testing.TB, st store.Store, fn func(ctx context.Context, tx store.Tx) error) error {
	t.Helper()
	ctx := t.Context()
	return st.Update(ctx, func(tx store.Tx) error { return fn(ctx, tx) })
}

// populate adds so many accounts and members, numbered from 0, without memberships.
func populate(t testing.TB, st store.Store, accounts, members int) {
	t.Helper()
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for n := range accounts {
			if err := tx.InsertAccount(ctx, account(n)); err != nil {
				return err
			}
		}
		for n := range members {
			if err := tx.InsertMember(ctx, member(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

// join adds memberships, numbered from first, of the members to the account.
func join(t testing.TB, st store.Store, first, account int, members ...int) {
	t.Helper()
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		for i, m := range members {
			if err := tx.InsertMembership(ctx, joining(first+i, accountID(account), memberID(m))); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantErr checks that an error is, in the sense of errors.Is, another.
func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// must ends the test on an error.
func must(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// equal checks a value that a store returned.
func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

// total reads how many memberships a scope has.
func total(t testing.TB, st store.Store, scope membership.Scope) int {
	t.Helper()
	page, err := st.ListMemberships(t.Context(), scope, membership.Query{Limit: -1})
	must(t, "ListMemberships", err)
	return page.Total
}

// same checks a value that a store returned and that has slices in it.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

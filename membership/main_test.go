package membership_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"github.com/roster-go/roster/membership"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// numbered is an id that is easy to tell from others: its last byte is the number.
func numbered(n byte) uuid.UUID { return uuid.UUID{6: 0x70, 8: 0x80, 15: n} }

func accountID(n byte) membership.AccountID { return membership.AccountID{UUID: numbered(n)} }
func memberID(n byte) membership.MemberID   { return membership.MemberID{UUID: numbered(n)} }
func membershipID(n byte) membership.MembershipID {
	return membership.MembershipID{UUID: numbered(n)}
}
func tagID(n byte) membership.TagID { return membership.TagID{UUID: numbered(n)} }
func profileID(n byte) membership.PasswordProfileID {
	return membership.PasswordProfileID{UUID: numbered(n)}
}
func loginID(n byte) membership.LoginID { return membership.LoginID{UUID: numbered(n)} }
func flowID(n byte) membership.FlowID   { return membership.FlowID{UUID: numbered(n)} }
func fieldID(n byte) membership.FieldID { return membership.FieldID{UUID: numbered(n)} }

// at is a time, spelt as RFC 3339.
func at(spelt string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, spelt)
	if err != nil {
		panic(err)
	}
	return t
}

// row are values by their slugs, for [fieldsOf].
type row = map[string]membership.Value

func fieldsOf(values row) membership.Fields {
	var all []membership.FieldValue
	for slug, v := range values {
		all = append(all, membership.FieldValue{Slug: slug, Value: v})
	}
	return membership.NewFields(all...)
}

// dated is a date, spelt as a field takes it.
func dated(spelt string) membership.Value {
	v, ok := membership.ParseDate(spelt)
	if !ok {
		panic(spelt + " is no date")
	}
	return v
}

// number is a float, spelt as JSON does.
func number(spelt string) membership.Value {
	v, err := membership.Field{Type: membership.TypeFloat}.Check(membership.NumberValue(spelt))
	if err != nil {
		panic(err)
	}
	return v
}

// factsOf is the Error within err, which must be there.
func factsOf(t *testing.T, err error) *membership.Error {
	t.Helper()
	facts, ok := errors.AsType[*membership.Error](err)
	if !ok {
		t.Fatalf("%v carries no facts", err)
	}
	return facts
}

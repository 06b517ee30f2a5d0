package membership_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

func TestAnAccountIsValidWhenEachFieldIs(t *testing.T) {
	t.Parallel()
	const (
		blank   = "is required and must not be blank"
		tooLong = "must have at most 2048 characters, has 2049"
	)
	tests := []struct {
		name    string
		account membership.Account
		want    []fault
	}{
		{"name alone", membership.Account{Name: "Acme"}, nil},
		{"everything", acme, nil},
		{"one character", membership.Account{Name: "A"}, nil},
		{"blanks around the name", membership.Account{Name: " Acme "}, nil},
		{"blank options", membership.Account{Name: "Acme", LegalName: " ", RegistrationID: " ", ExternalRef: "\n"}, nil},
		{"one character among those of no width", membership.Account{Name: "\u200bA\u200b"}, nil},
		{"lines and tabs", membership.Account{Name: "Acme\n\tLtd"}, nil},
		{"the longest name", membership.Account{Name: strings.Repeat("a", 2048)}, nil},
		{"the longest name in characters, not bytes", membership.Account{Name: strings.Repeat("ü", 2048)}, nil},
		{"the longest of four bytes each", membership.Account{Name: strings.Repeat("😀", 2048)}, nil},
		{"the longest registration id", membership.Account{Name: "Acme", RegistrationID: strings.Repeat("ü", 63)}, nil},
		{
			"the longest options",
			membership.Account{Name: "Acme", LegalName: strings.Repeat("ß", 2048), ExternalRef: strings.Repeat("ß", 2048)}, nil,
		},

		{"nothing", membership.Account{}, []fault{{"name", blank}}},
		{"blank name", membership.Account{Name: " \t\r\n"}, []fault{{"name", blank}}},
		{"a name of Unicode blanks", membership.Account{Name: "\u00a0\u2003\u3000"}, []fault{{"name", blank}}},
		{"a name of no width", membership.Account{Name: "\u200b\u2060\ufeff"}, []fault{{"name", blank}}},
		{"a name of controls", membership.Account{Name: "\x01\x1b\x7f"}, []fault{{"name", blank}}},
		{"name too long", membership.Account{Name: strings.Repeat("a", 2049)}, []fault{{"name", tooLong}}},
		{"name too long in characters", membership.Account{Name: strings.Repeat("ü", 2049)}, []fault{{"name", tooLong}}},
		{"legal name too long", membership.Account{Name: "Acme", LegalName: strings.Repeat("a", 2049)}, []fault{{"legal_name", tooLong}}},
		{
			"external reference too long",
			membership.Account{Name: "Acme", ExternalRef: strings.Repeat("a", 2049)},
			[]fault{{"external_ref", tooLong}},
		},
		{
			"registration id too long",
			membership.Account{Name: "Acme", RegistrationID: strings.Repeat("ü", 64)},
			[]fault{{"registration_id", "must have at most 63 characters, has 64"}},
		},
		{"NUL", membership.Account{Name: "Ac\x00me"}, []fault{{"name", "must not contain a NUL character"}}},
		{"invalid UTF-8", membership.Account{Name: "Ac\xffme"}, []fault{{"name", "must be valid UTF-8"}}},
		{"half a character", membership.Account{Name: "Acm\xc3"}, []fault{{"name", "must be valid UTF-8"}}},
		{"a surrogate", membership.Account{Name: "\xed\xa0\x80"}, []fault{{"name", "must be valid UTF-8"}}},
		{"NUL in an option", membership.Account{Name: "Acme", LegalName: "\x00"}, []fault{{"legal_name", "must not contain a NUL character"}}},
		{
			"several faults, in the order of the fields",
			membership.Account{
				Name: "", LegalName: "\xff", RegistrationID: strings.Repeat("1", 100), ExternalRef: "\x00",
			},
			[]fault{
				{"name", blank},
				{"legal_name", "must be valid UTF-8"},
				{"registration_id", "must have at most 63 characters, has 100"},
				{"external_ref", "must not contain a NUL character"},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, test.account.Validate(), test.want...)
		})
	}
}

func TestAnAccountUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	renamed := acme
	renamed.Name = "Initech"
	changed := membership.Account{
		ID: acme.ID, ParentID: acme.ParentID, Name: "N", LegalName: "", RegistrationID: "R", ExternalRef: "E",
		CreatedAt: acme.CreatedAt, UpdatedAt: acme.UpdatedAt,
	}
	tests := []struct {
		name   string
		update membership.AccountUpdate
		old    membership.Account
		want   membership.Account
	}{
		{"nothing", membership.AccountUpdate{}, acme, acme},
		{"nothing, of nothing", membership.AccountUpdate{}, membership.Account{}, membership.Account{}},
		{"the name", membership.AccountUpdate{Name: new("Initech")}, acme, renamed},
		{
			"all that can change",
			membership.AccountUpdate{Name: new("N"), LegalName: new(""), RegistrationID: new("R"), ExternalRef: new("E")}, acme, changed,
		},
		{"what is there already", accountUpdateOf(acme), acme, acme},
		{"checking is not its business", membership.AccountUpdate{Name: new("")}, membership.Account{Name: "A"}, membership.Account{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got, err := test.update.Apply(test.old); err != nil || got != test.want {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

// accountUpdateOf names every field of an account as it is.
func accountUpdateOf(a membership.Account) membership.AccountUpdate {
	return membership.AccountUpdate{
		ParentID: &a.ParentID, Name: &a.Name, LegalName: &a.LegalName, RegistrationID: &a.RegistrationID, ExternalRef: &a.ExternalRef,
	}
}

func TestAnAccountKeepsItsParent(t *testing.T) {
	t.Parallel()
	root := membership.Account{ID: accountID(7), Name: "Root"}
	tests := []struct {
		name    string
		account membership.Account
		parent  *membership.AccountID
		refused bool
	}{
		{"not named", acme, nil, false},
		{"the present one", acme, &acme.ParentID, false},
		{"another one", acme, new(accountID(8)), true},
		{"none, of a child", acme, &membership.AccountID{}, true},
		{"itself", acme, &acme.ID, true},
		{"none, of a root", root, &membership.AccountID{}, false},
		{"one, of a root", root, new(accountID(8)), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := membership.AccountUpdate{ParentID: test.parent, Name: new("Renamed")}.Apply(test.account)
			want := test.account
			if !test.refused {
				want.Name = "Renamed"
			}
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if !test.refused {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, membership.ErrParentImmutable) || !errors.Is(err, membership.ErrConflict) {
				t.Fatalf("got %v", err)
			}
			if facts := factsOf(t, err); facts.Field != "parent_id" || facts.Detail != "leave it out, or send the present one" {
				t.Errorf("%+v", facts)
			}
		})
	}
}

func TestAnAccountHasAtMost100Ancestors(t *testing.T) {
	t.Parallel()
	for n, ok := range map[int]bool{-1: true, 0: true, 1: true, 99: true, 100: true, 101: false, 102: false, math.MaxInt: false} {
		err := membership.CheckAncestors(n)
		if ok {
			if err != nil {
				t.Errorf("%d: %v", n, err)
			}
			continue
		}
		if !errors.Is(err, membership.ErrHierarchyTooDeep) || !errors.Is(err, membership.ErrLimit) {
			t.Errorf("%d: got %v", n, err)
			continue
		}
		want := membership.Error{Cause: membership.ErrHierarchyTooDeep, Field: "parent_id", Limit: 100, Used: n - 1,
			Detail: "an account has at most 100 ancestors"}
		if facts := factsOf(t, err); *facts != want {
			t.Errorf("%d: %+v", n, *facts)
		}
	}
}

func TestAnAccountHasTheTagsBesideIt(t *testing.T) {
	t.Parallel()
	tags := membership.AttrAccountTags
	tests := []struct {
		name  string
		row   membership.AccountRow
		attr  membership.Attribute
		value membership.Value
		want  bool
	}{
		{"the first", acmeRow, tags, membership.IDValue(tagID(4).UUID), true},
		{"the second", acmeRow, tags, membership.IDValue(tagID(5).UUID), true},
		{"another", acmeRow, tags, membership.IDValue(tagID(6).UUID), false},
		{"its own id", acmeRow, tags, membership.IDValue(acme.ID.UUID), false},
		{"no tag", acmeRow, tags, membership.IDValue(uuid.Nil), false},
		{"null", acmeRow, tags, membership.Value{}, false},
		{"a text that spells one", acmeRow, tags, membership.TextValue(tagID(4).String()), false},
		{"a time", acmeRow, tags, membership.TimeValue(acme.CreatedAt), false},
		{"an attribute of one value", acmeRow, membership.AttrID, membership.IDValue(acme.ID.UUID), false},
		{"no attribute", acmeRow, "", membership.IDValue(tagID(4).UUID), false},
		{"of an account without tags", membership.AccountRow{Account: acme}, tags, membership.IDValue(tagID(4).UUID), false},
		{"null, of an account without tags", membership.AccountRow{Account: acme}, tags, membership.Value{}, false},
	}
	for _, test := range tests {
		if got := test.row.Has(test.attr, test.value); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
	if got := acmeRow.Value(tags); got.Kind() != membership.KindNull {
		t.Errorf("an attribute of several values has the one value %q", got)
	}
}

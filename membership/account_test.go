package membership_test

import (
	"strings"
	"testing"

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
	if got := (membership.AccountUpdate{}).Apply(acme); got != acme {
		t.Errorf("an empty update made it %+v", got)
	}
	if got := (membership.AccountUpdate{}).Apply(membership.Account{}); got != (membership.Account{}) {
		t.Errorf("an empty update made it %+v", got)
	}
	want := acme
	want.Name = "Initech"
	if got := (membership.AccountUpdate{Name: new("Initech")}).Apply(acme); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want = membership.Account{
		ID: acme.ID, Name: "N", LegalName: "", RegistrationID: "R", ExternalRef: "E", CreatedAt: acme.CreatedAt, UpdatedAt: acme.UpdatedAt,
	}
	update := membership.AccountUpdate{Name: new("N"), LegalName: new(""), RegistrationID: new("R"), ExternalRef: new("E")}
	if got := update.Apply(acme); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

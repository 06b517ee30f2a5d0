package membership_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestAnIDHasOneSpellingInEitherCase(t *testing.T) {
	t.Parallel()
	const canonical = "24e939f6-178f-497b-9d64-5bf2b5a70a2e"
	tests := []struct {
		name string
		in   string
		ok   bool
	}{
		{"canonical", canonical, true},
		{"upper case", strings.ToUpper(canonical), true},
		{"mixed case", "24E939f6-178F-497b-9d64-5BF2b5a70a2e", true},
		{"version 7", "0195309c-4b5a-7c3e-8a4f-2b1d6c9e0f13", true},
		{"zero", "00000000-0000-0000-0000-000000000000", true},

		{"empty", "", false},
		{"blank", " ", false},
		{"a word", "ron", false},
		{"bare hexadecimal digits", strings.ReplaceAll(canonical, "-", ""), false},
		{"braces", "{" + canonical + "}", false},
		{"URN", "urn:uuid:" + canonical, false},
		{"space before", " " + canonical, false},
		{"space after", canonical + " ", false},
		{"line feed after", canonical + "\n", false},
		{"one digit less", canonical[:35], false},
		{"one digit more", canonical + "0", false},
		{"no hexadecimal digit", "24e939g6-178f-497b-9d64-5bf2b5a70a2e", false},
		{"hyphens out of place", "24e939f61-78f-497b-9d64-5bf2b5a70a2e", false},
		{"other hyphens", "24e939f6_178f_497b_9d64_5bf2b5a70a2e", false},
		{"36 bytes of other text", strings.Repeat("é", 18), false},
		{"NUL", "24e939f6-178f-497b-9d64-5bf2b5a70a2\x00", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, parsed := range parseIDs(test.in) {
				if test.ok {
					if parsed.err != nil {
						t.Errorf("%s: %v", parsed.field, parsed.err)
					} else if parsed.id != strings.ToLower(test.in) {
						t.Errorf("%s: %q came back as %q", parsed.field, test.in, parsed.id)
					}
					continue
				}
				if !errors.Is(parsed.err, membership.ErrInvalidField) {
					t.Fatalf("%s: %q was read as %s: %v", parsed.field, test.in, parsed.id, parsed.err)
				}
				facts := factsOf(t, parsed.err)
				if facts.Field != parsed.field || facts.Detail != "must be a UUID such as "+canonical {
					t.Errorf("%s: %+v", parsed.field, facts)
				}
				if !parsed.zero {
					t.Errorf("%s: a refused id is not zero: %s", parsed.field, parsed.id)
				}
			}
		})
	}
}

func TestTheZeroIDIdentifiesNobody(t *testing.T) {
	t.Parallel()
	type id interface{ IsZero() bool }
	for _, zero := range []id{
		membership.AccountID{}, membership.MemberID{}, membership.MembershipID{}, membership.TagID{}, membership.PasswordProfileID{},
		membership.LoginID{}, membership.FlowID{}, membership.FieldID{},
	} {
		if !zero.IsZero() {
			t.Errorf("the zero %T says it identifies something", zero)
		}
	}
	for _, one := range []id{
		accountID(1), memberID(1), membershipID(1), tagID(1), profileID(1), loginID(1), flowID(1), fieldID(1),
	} {
		if one.IsZero() {
			t.Errorf("a %T says it identifies nothing", one)
		}
	}
}

// parsedID is what one of the parsers made of a text.
type parsedID struct {
	field string // that its errors name
	id    string
	zero  bool
	err   error
}

func parseIDs(s string) []parsedID {
	account, accountErr := membership.ParseAccountID(s)
	member, memberErr := membership.ParseMemberID(s)
	ms, msErr := membership.ParseMembershipID(s)
	tag, tagErr := membership.ParseTagID(s)
	profile, profileErr := membership.ParsePasswordProfileID(s)
	login, loginErr := membership.ParseLoginID(s)
	flow, flowErr := membership.ParseFlowID(s)
	field, fieldErr := membership.ParseFieldID(s)
	return []parsedID{
		{"account_id", account.String(), account.IsZero(), accountErr},
		{"account_member_id", member.String(), member.IsZero(), memberErr},
		{"id", ms.String(), ms.IsZero(), msErr},
		{"id", tag.String(), tag.IsZero(), tagErr},
		{"password_profile_id", profile.String(), profile.IsZero(), profileErr},
		{"id", login.String(), login.IsZero(), loginErr},
		{"id", flow.String(), flow.IsZero(), flowErr},
		{"id", field.String(), field.IsZero(), fieldErr},
	}
}

func FuzzParseID(f *testing.F) {
	for _, seed := range []string{
		"", "24e939f6-178f-497b-9d64-5bf2b5a70a2e", "24E939F6-178F-497B-9D64-5BF2B5A70A2E",
		"{24e939f6-178f-497b-9d64-5bf2b5a70a2e}", "24e939f6178f497b9d645bf2b5a70a2e", "urn:uuid:24e939f6-178f-497b-9d64-5bf2b5a70a2e",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all := parseIDs(s)
		for _, parsed := range all {
			if (parsed.err == nil) != (all[0].err == nil) {
				t.Errorf("the nouns disagree about %q: %v, %v", s, all[0].err, parsed.err)
			}
			if parsed.err == nil && parsed.id != strings.ToLower(s) {
				t.Errorf("%q came back as %q", s, parsed.id)
			}
			if parsed.err != nil && (!errors.Is(parsed.err, membership.ErrInvalid) || !parsed.zero) {
				t.Errorf("%q: %v, %s", s, parsed.err, parsed.id)
			}
		}
	})
}

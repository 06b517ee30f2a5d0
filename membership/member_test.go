package membership_test

import (
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestAMemberIsValidWhenEachFieldIs(t *testing.T) {
	t.Parallel()
	const (
		blank   = "is required and must not be blank"
		tooLong = "must have at most 2048 characters, has 2049"
	)
	long := strings.Repeat("ü", 2048)
	tests := []struct {
		name   string
		member membership.Member
		want   []fault
	}{
		{"name alone", membership.Member{Name: "Ron"}, nil},
		{"everything", ron, nil},
		{"the longest names", membership.Member{Name: long, GivenName: long, MiddleName: long, FamilyName: long}, nil},

		{"nothing", membership.Member{}, []fault{{"name", blank}}},
		{"name parts do not make a name", membership.Member{GivenName: "Ron", FamilyName: "Swanson"}, []fault{{"name", blank}}},
		{"given name too long", membership.Member{Name: "Ron", GivenName: long + "u"}, []fault{{"given_name", tooLong}}},
		{"middle name too long", membership.Member{Name: "Ron", MiddleName: long + "u"}, []fault{{"middle_name", tooLong}}},
		{"family name too long", membership.Member{Name: "Ron", FamilyName: long + "u"}, []fault{{"family_name", tooLong}}},
		{
			"several faults, in the order of the fields",
			membership.Member{Name: " ", Email: "ron", GivenName: "\x00", MiddleName: "\xff", FamilyName: long + "u"},
			[]fault{
				{"name", blank},
				{"email", notAnAddress},
				{"given_name", "must not contain a NUL character"},
				{"middle_name", "must be valid UTF-8"},
				{"family_name", tooLong},
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, test.member.Validate(), test.want...)
		})
	}
}

func TestAMemberUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	if got := (membership.MemberUpdate{}).Apply(ron); got != ron {
		t.Errorf("an empty update made it %+v", got)
	}
	want := ron
	want.Email = ""
	if got := (membership.MemberUpdate{Email: new("")}).Apply(ron); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	want = membership.Member{
		ID: ron.ID, Name: "N", Email: "E", GivenName: "G", MiddleName: "M", FamilyName: "F", CreatedAt: ron.CreatedAt, UpdatedAt: ron.UpdatedAt,
	}
	update := membership.MemberUpdate{
		Name: new("N"), Email: new("E"), GivenName: new("G"), MiddleName: new("M"), FamilyName: new("F"),
	}
	if got := update.Apply(ron); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

package membership_test

import (
	"testing"

	"github.com/roster-go/roster/membership"
)

const noFormat = `must be "any" or "email"`

func TestAPasswordProfileIsValidWhenEachFieldIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		profile membership.PasswordProfile
		want    []fault
	}{
		{"everything", shop, nil},
		{"any username", membership.PasswordProfile{Name: "Shop", UsernameFormat: "any"}, nil},
		{"addresses for usernames", membership.PasswordProfile{Name: "Shop", UsernameFormat: "email"}, nil},

		{"no format", membership.PasswordProfile{Name: "Shop"}, []fault{{"username_format", noFormat}}},
		{"an unknown format", membership.PasswordProfile{Name: "Shop", UsernameFormat: "phone"}, []fault{{"username_format", noFormat}}},
		{"a format in capitals", membership.PasswordProfile{Name: "Shop", UsernameFormat: "Email"}, []fault{{"username_format", noFormat}}},
		{"no name", membership.PasswordProfile{UsernameFormat: "any"}, []fault{{"name", "is required and must not be blank"}}},
		{
			"several faults, in the order of the fields", membership.PasswordProfile{Name: "\x00"},
			[]fault{{"name", "must not contain a NUL character"}, {"username_format", noFormat}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, test.profile.Validate(), test.want...)
		})
	}
}

func TestAPasswordProfileSaysWhatUsernamesLookLike(t *testing.T) {
	t.Parallel()
	tests := []struct {
		format   membership.UsernameFormat
		username string
		ok       bool
	}{
		{membership.UsernameAny, "ron", true},
		{membership.UsernameAny, "ron@pawnee.gov", true},
		{membership.UsernameAny, "Ron <ron@pawnee.gov>", true},
		{membership.UsernameEmail, "ron@pawnee.gov", true},
		{membership.UsernameEmail, "Ron@Pawnee.GOV", true},
		{membership.UsernameEmail, "ron", false},
		{membership.UsernameEmail, " ron@pawnee.gov", false},
		{membership.UsernameEmail, "Ron <ron@pawnee.gov>", false},
	}
	for _, test := range tests {
		err := membership.PasswordProfile{UsernameFormat: test.format}.CheckUsername(test.username)
		if test.ok {
			checkFaults(t, err)
		} else {
			checkFaults(t, err, fault{"username", notAnAddress})
		}
	}
}

func TestAPasswordProfileUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	renamed, byEmail, without := shop, shop, shop
	renamed.Name, byEmail.UsernameFormat, without.EnableOneTimePasswordToken = "Store", membership.UsernameEmail, false
	tests := []struct {
		name   string
		update membership.PasswordProfileUpdate
		want   membership.PasswordProfile
	}{
		{"nothing", membership.PasswordProfileUpdate{}, shop},
		{"what is there already", membership.PasswordProfileUpdate{Name: &shop.Name, UsernameFormat: &shop.UsernameFormat, EnableOneTimePasswordToken: new(true)}, shop},
		{"the name", membership.PasswordProfileUpdate{Name: new("Store")}, renamed},
		{"the format", membership.PasswordProfileUpdate{UsernameFormat: new(membership.UsernameEmail)}, byEmail},
		{"one-time tokens", membership.PasswordProfileUpdate{EnableOneTimePasswordToken: new(false)}, without},
		{"all, whatever their values", membership.PasswordProfileUpdate{Name: new(""), UsernameFormat: new(membership.UsernameFormat("")), EnableOneTimePasswordToken: new(false)}, membership.PasswordProfile{
			ID: shop.ID, CreatedAt: shop.CreatedAt, UpdatedAt: shop.UpdatedAt,
		}},
	}
	for _, test := range tests {
		if got := test.update.Apply(shop); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

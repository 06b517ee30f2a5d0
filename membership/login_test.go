package membership_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestALoginIsValidWhenItsUsernameIs(t *testing.T) {
	t.Parallel()
	const blank = "is required and must not be blank"
	address := strings.Repeat("r", 2036) + "@example.com"
	tests := []struct {
		name     string
		format   membership.UsernameFormat
		username string
		want     []fault
	}{
		{"a word", membership.UsernameAny, "ron", nil},
		{"blanks around it", membership.UsernameAny, " ron ", nil},
		{"an address where any text will do", membership.UsernameAny, "ron@pawnee.gov", nil},
		{"the longest", membership.UsernameAny, strings.Repeat("ü", 2048), nil},
		{"an address", membership.UsernameEmail, "ron@pawnee.gov", nil},
		{"the longest address", membership.UsernameEmail, address, nil},

		{"none", membership.UsernameAny, "", []fault{{"username", blank}}},
		{"a blank", membership.UsernameAny, " \t", []fault{{"username", blank}}},
		{"too long", membership.UsernameAny, strings.Repeat("ü", 2049), []fault{{"username", "must have at most 2048 characters, has 2049"}}},
		{"NUL", membership.UsernameAny, "ron\x00", []fault{{"username", "must not contain a NUL character"}}},
		{"invalid UTF-8", membership.UsernameAny, "ron\xff", []fault{{"username", "must be valid UTF-8"}}},

		// One fault of the one field, whatever the profile asks besides.
		{"none for an address", membership.UsernameEmail, "", []fault{{"username", blank}}},
		{"a blank for an address", membership.UsernameEmail, " ", []fault{{"username", blank}}},
		{"a word for an address", membership.UsernameEmail, "ron", []fault{{"username", notAnAddress}}},
		{"an address too long", membership.UsernameEmail, "r" + address, []fault{{"username", "must have at most 2048 characters, has 2049"}}},
		{"NUL in an address", membership.UsernameEmail, "ron\x00@pawnee.gov", []fault{{"username", "must not contain a NUL character"}}},
		{"invalid UTF-8 in an address", membership.UsernameEmail, "ron\xff@pawnee.gov", []fault{{"username", "must be valid UTF-8"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			login := membership.Login{Username: test.username}
			checkFaults(t, login.Validate(membership.PasswordProfile{UsernameFormat: test.format}), test.want...)
		})
	}
}

func TestAPasswordHasAtLeast8Characters(t *testing.T) {
	t.Parallel()
	const tooShort = "must have at least 8 characters"
	tests := []struct {
		name, password string
		want           string // the fault
	}{
		{"eight", "12345678", ""},
		{"eight in characters, not bytes", "äöüßéèêë", ""},
		{"eight blanks, which are characters too", "        ", ""},
		{"the longest", strings.Repeat("ü", 2048), ""},

		{"none", "", tooShort},
		{"seven", "1234567", tooShort},
		{"seven in characters, fourteen in bytes", "äöüßéèê", tooShort},
		{"too long", strings.Repeat("ü", 2049), "must have at most 2048 characters, has 2049"},
		{"NUL, where some hash functions stop", "12345678\x00rest", "must not contain a NUL character"},
		{"invalid UTF-8", "12345678\xff", "must be valid UTF-8"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := membership.CheckPassword(test.password)
			if test.want == "" {
				checkFaults(t, err)
				return
			}
			checkFaults(t, err, fault{"password", test.want})
			if strings.Contains(err.Error(), test.password) && test.password != "" {
				t.Error("the error quotes the password")
			}
		})
	}
}

func TestALoginUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	renamed, rehashed := ronsLogin, ronsLogin
	renamed.Username, rehashed.PasswordHash = "swanson", "another hash"
	both := renamed
	both.PasswordHash = "another hash"
	tests := []struct {
		name   string
		update membership.LoginUpdate
		want   membership.Login
	}{
		{"nothing, whatever the hash", membership.LoginUpdate{}, ronsLogin},
		{"the present profile", membership.LoginUpdate{ProfileID: &ronsLogin.ProfileID}, ronsLogin},
		{"the username", membership.LoginUpdate{Username: new("swanson")}, renamed},
		{"the password, kept as its hash", membership.LoginUpdate{Password: new("correct horse")}, rehashed},
		{"both", membership.LoginUpdate{ProfileID: &ronsLogin.ProfileID, Username: new("swanson"), Password: new("correct horse")}, both},
	}
	for _, test := range tests {
		if got, err := test.update.Apply(ronsLogin, "another hash"); err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
		}
	}
}

func TestALoginStaysInItsProfile(t *testing.T) {
	t.Parallel()
	for _, other := range []membership.PasswordProfileID{profileID(7), {}} {
		got, err := membership.LoginUpdate{ProfileID: &other, Username: new("swanson"), Password: new("correct horse")}.Apply(ronsLogin, "another hash")
		if !errors.Is(err, membership.ErrPasswordProfileImmutable) || !errors.Is(err, membership.ErrConflict) {
			t.Fatalf("got %v", err)
		}
		if facts := factsOf(t, err); facts.Field != "password_profile_id" || facts.Detail != "leave it out, or send the present one" {
			t.Errorf("%+v", facts)
		}
		if got != ronsLogin {
			t.Errorf("it was changed none the less: %+v", got)
		}
	}
}

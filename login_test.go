package roster_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const password = "correct horse battery staple"

// hash stands for a good hash function: it is quick, and gives nothing of the password away.
func hash(password string) (string, error) {
	return fmt.Sprintf("hash:%x", sha256.Sum256([]byte(password))), nil
}

// hashed is what hash makes of a password.
func hashed(password string) string {
	h, _ := hash(password)
	return h
}

// login gives a member a login with the usual password.
func (w *world) login(m membership.Member, p membership.PasswordProfile, username string) membership.Login {
	w.t.Helper()
	l, err := w.CreateLogin(w.t.Context(), membership.Login{MemberID: m.ID, ProfileID: p.ID, Username: username}, password)
	must(w.t, err)
	return l
}

func TestCreateLoginSetsIDTimesAndHash(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, shop := w.member("Ron"), w.profile("Shop", membership.UsernameAny)
	given := membership.Login{
		MemberID: ron.ID, ProfileID: shop.ID, Username: "ron", PasswordHash: "a hash of the caller's",
		CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	l, err := w.CreateLogin(t.Context(), given, password)
	must(t, err)
	want := given
	want.ID, want.PasswordHash, want.CreatedAt, want.UpdatedAt = l.ID, hashed(password), cutMorning, cutMorning
	equal(t, "created", l, want)
	equal(t, "version of the new id", l.ID.Version(), 7)
	stored, err := w.Login(t.Context(), ron.ID, l.ID)
	must(t, err)
	equal(t, "stored", stored, want)
	if printed := fmt.Sprintf("%+v", stored); strings.Contains(printed, password) {
		t.Errorf("the password is kept: %s", printed)
	}
}

func TestALoginIsItsMembers(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, ann, shop := w.member("Ron"), w.member("Ann"), w.profile("Shop", "")
	rons := w.login(ron, shop, "ron")
	for name, test := range map[string]struct {
		member membership.MemberID
		login  membership.LoginID
		want   error
	}{
		"another member's":      {ann.ID, rons.ID, membership.ErrLoginNotFound},
		"an unknown one":        {ron.ID, noLogin, membership.ErrLoginNotFound},
		"an unknown member's":   {noMember, rons.ID, membership.ErrMemberNotFound},
		"neither of them known": {noMember, noLogin, membership.ErrMemberNotFound},
	} {
		_, err := w.Login(t.Context(), test.member, test.login)
		wantError(t, "looking up "+name, err, test.want)
		for _, update := range []membership.LoginUpdate{{Username: new("")}, {Password: new("short")}, {ProfileID: &noProfile}} {
			_, err = w.UpdateLogin(t.Context(), test.member, test.login, update)
			wantError(t, "updating "+name+", whatever else is wrong", err, test.want)
		}
		wantError(t, "deleting "+name, w.DeleteLogin(t.Context(), test.member, test.login), test.want)
	}
	stored, err := w.Login(t.Context(), ron.ID, rons.ID)
	must(t, err)
	equal(t, "stored", stored, rons)
	must(t, w.DeleteLogin(t.Context(), ron.ID, rons.ID))
	_, err = w.Login(t.Context(), ron.ID, rons.ID)
	wantError(t, "after it was deleted", err, membership.ErrLoginNotFound)
	w.login(ann, shop, "ron") // its username is free
}

func TestCreateLoginRefusesForTheFirstReason(t *testing.T) {
	t.Parallel()
	hashes := 0
	w := newWorldWith(t, roster.Options{HashPassword: func(p string) (string, error) { hashes++; return hash(p) }})
	ron, shop, mail := w.member("Ron"), w.profile("Shop", membership.UsernameAny), w.profile("Mail", membership.UsernameEmail)
	taken, err := w.CreateLogin(t.Context(), membership.Login{ID: someLogin, MemberID: ron.ID, ProfileID: shop.ID, Username: "ron"}, password)
	must(t, err)
	equal(t, "a given id is kept", taken.ID, someLogin)
	tests := []struct {
		name     string
		login    membership.Login
		password string
		want     error
		field    string
		hashes   int
	}{
		{"an unknown member, and all else wrong", membership.Login{MemberID: noMember, ProfileID: noProfile}, "", membership.ErrMemberNotFound, "", 0},
		{"an unknown profile, and more wrong", membership.Login{MemberID: ron.ID, ProfileID: noProfile}, "", membership.ErrPasswordProfileNotFound, "", 0},
		{"no username, and no password", membership.Login{MemberID: ron.ID, ProfileID: shop.ID}, "", membership.ErrInvalidField, "username", 0},
		{"no address", membership.Login{MemberID: ron.ID, ProfileID: mail.ID, Username: "ron"}, password, membership.ErrInvalidField, "username", 0},
		{"no password", membership.Login{MemberID: ron.ID, ProfileID: shop.ID, Username: "ann"}, "", membership.ErrInvalidField, "password", 0},
		{"a short password", membership.Login{MemberID: ron.ID, ProfileID: shop.ID, Username: "ann"}, "1234567", membership.ErrInvalidField, "password", 0},
		{"an id that is taken, and the username", taken, password, membership.ErrDuplicateID, "", 1},
		{"a username that is taken", membership.Login{MemberID: ron.ID, ProfileID: shop.ID, Username: "ron"}, password, membership.ErrUsernameTaken, "username", 1},
	}
	for _, test := range tests {
		hashes = 0
		l, err := w.CreateLogin(t.Context(), test.login, test.password)
		wantError(t, test.name, err, test.want)
		equal(t, test.name+": what comes with an error", l, membership.Login{})
		equal(t, test.name+": hashes", hashes, test.hashes)
		if test.field != "" {
			if facts, ok := errors.AsType[*membership.Error](err); !ok || facts.Field != test.field {
				t.Errorf("%s: the error names another field: %v", test.name, err)
			}
		}
	}
	page, err := w.Logins(t.Context(), ron.ID, membership.Query{})
	must(t, err)
	if !slices.Equal(page.Items, []membership.Login{taken}) {
		t.Errorf("what is there: %+v", page.Items)
	}
}

func TestAUsernameIsTakenOnceInItsProfile(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, ann := w.member("Ron"), w.member("Ann")
	shop, mail := w.profile("Shop", membership.UsernameAny), w.profile("Mail", membership.UsernameEmail)
	w.login(ron, shop, "ron@pawnee.gov")
	w.login(ron, mail, "ron@pawnee.gov")
	anns := w.login(ann, shop, "Ron@pawnee.gov")
	w.login(ron, shop, "a second one")
	updated, err := w.UpdateLogin(t.Context(), ann.ID, anns.ID, membership.LoginUpdate{Username: new("ron@pawnee.gov"), Password: new("another password")})
	wantError(t, "taking another's", err, membership.ErrUsernameTaken)
	equal(t, "what comes with an error", updated, membership.Login{})
	stored, err := w.Login(t.Context(), ann.ID, anns.ID)
	must(t, err)
	equal(t, "stored", stored, anns)
}

func TestWithoutAHashFunctionThereAreNoLogins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron, shop := w.member("Ron"), w.profile("Shop", "")
	l, err := w.CreateLogin(t.Context(), membership.Login{MemberID: ron.ID, ProfileID: shop.ID, Username: "ron"}, password)
	wantError(t, "create", err, roster.ErrNoPasswords)
	equal(t, "what comes with an error", l, membership.Login{})

	// A store that another program filled can still be worked with.
	able := roster.New(w.store, roster.Options{Clock: w.clock.Now, HashPassword: hash})
	l, err = able.CreateLogin(t.Context(), membership.Login{MemberID: ron.ID, ProfileID: shop.ID, Username: "ron"}, password)
	must(t, err)
	_, err = w.UpdateLogin(t.Context(), ron.ID, l.ID, membership.LoginUpdate{Password: new("another password")})
	wantError(t, "changing the password", err, roster.ErrNoPasswords)
	renamed, err := w.UpdateLogin(t.Context(), ron.ID, l.ID, membership.LoginUpdate{Username: new("swanson")})
	must(t, err)
	equal(t, "hash after changing the username", renamed.PasswordHash, hashed(password))
	must(t, w.DeleteLogin(t.Context(), ron.ID, l.ID))
}

func TestAHashFunctionThatFailsChangesNothing(t *testing.T) {
	t.Parallel()
	failure := errors.New("out of memory")
	fails := false
	w := newWorldWith(t, roster.Options{HashPassword: func(p string) (string, error) {
		if fails {
			return "half a hash", failure
		}
		return hash(p)
	}})
	ron, shop := w.member("Ron"), w.profile("Shop", "")
	rons := w.login(ron, shop, "ron")
	fails = true
	_, err := w.CreateLogin(t.Context(), membership.Login{MemberID: ron.ID, ProfileID: shop.ID, Username: "swanson"}, password)
	wantError(t, "create", err, failure)
	_, err = w.UpdateLogin(t.Context(), ron.ID, rons.ID, membership.LoginUpdate{Username: new("swanson"), Password: new("another password")})
	wantError(t, "update", err, failure)
	page, err := w.Logins(t.Context(), ron.ID, membership.Query{})
	must(t, err)
	if !slices.Equal(page.Items, []membership.Login{rons}) {
		t.Errorf("what is there: %+v", page.Items)
	}
}

// TestAPasswordIsHashedOnceOutsideOfTheTransaction hashes by writing to the store, which waits for every transaction that
// is under way.
func TestAPasswordIsHashedOnceOutsideOfTheTransaction(t *testing.T) {
	t.Parallel()
	var w *world
	var seen []string
	w = newWorldWith(t, roster.Options{HashPassword: func(p string) (string, error) {
		seen = append(seen, p)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := w.CreateAccount(ctx, membership.Account{Name: "made while hashing"})
		wantError(t, "another write while hashing", err, nil)
		return hash(p)
	}})
	ron, shop := w.member("Ron"), w.profile("Shop", "")
	rons := w.login(ron, shop, "ron")
	_, err := w.UpdateLogin(t.Context(), ron.ID, rons.ID, membership.LoginUpdate{Username: new("swanson")})
	must(t, err)
	_, err = w.UpdateLogin(t.Context(), ron.ID, rons.ID, membership.LoginUpdate{Password: new("another password")})
	must(t, err)
	equal(t, "what was hashed", strings.Join(seen, ", "), password+", another password")
}

func TestARefusedUpdateOfALoginCostsNoHash(t *testing.T) {
	t.Parallel()
	hashes := 0
	w := newWorldWith(t, roster.Options{HashPassword: func(p string) (string, error) { hashes++; return hash(p) }})
	ron, mail := w.member("Ron"), w.profile("Mail", membership.UsernameEmail)
	rons := w.login(ron, mail, "ron@pawnee.gov")
	hashes = 0
	another := new("another password")
	for name, test := range map[string]struct {
		login  membership.LoginID
		update membership.LoginUpdate
		want   error
	}{
		"an unknown login":   {noLogin, membership.LoginUpdate{Password: another}, membership.ErrLoginNotFound},
		"another profile":    {rons.ID, membership.LoginUpdate{ProfileID: &noProfile, Password: another}, membership.ErrPasswordProfileImmutable},
		"no address":         {rons.ID, membership.LoginUpdate{Username: new("ron"), Password: another}, membership.ErrInvalidField},
		"a short password":   {rons.ID, membership.LoginUpdate{Password: new("short")}, membership.ErrInvalidField},
		"a blank username":   {rons.ID, membership.LoginUpdate{Username: new(" ")}, membership.ErrInvalidField},
		"two faults at once": {rons.ID, membership.LoginUpdate{Username: new(""), Password: new("")}, membership.ErrInvalidField},
	} {
		updated, err := w.UpdateLogin(t.Context(), ron.ID, test.login, test.update)
		wantError(t, name, err, test.want)
		equal(t, name+": what comes with an error", updated, membership.Login{})
	}
	equal(t, "hashes", hashes, 0)
	stored, err := w.Login(t.Context(), ron.ID, rons.ID)
	must(t, err)
	equal(t, "stored", stored, rons)
}

func TestUpdateLoginMovesItsTimeWithWhatChanges(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, shop := w.member("Ron"), w.profile("Shop", "")
	rons := w.login(ron, shop, "ron")
	steps := []struct {
		name   string
		update membership.LoginUpdate
		moves  bool
		change func(*membership.Login)
	}{
		{"nothing", membership.LoginUpdate{}, false, func(*membership.Login) {}},
		{"the username it has", membership.LoginUpdate{Username: new("ron")}, false, func(*membership.Login) {}},
		{"the profile it has", membership.LoginUpdate{ProfileID: &shop.ID}, false, func(*membership.Login) {}},
		{"another username", membership.LoginUpdate{Username: new("swanson")}, true, func(l *membership.Login) { l.Username = "swanson" }},
		{"another password", membership.LoginUpdate{Password: new("another password")}, true, func(l *membership.Login) { l.PasswordHash = hashed("another password") }},
		{"the password it has, which nobody can know", membership.LoginUpdate{Password: new("another password")}, true, func(*membership.Login) {}},
		{"both", membership.LoginUpdate{ProfileID: &shop.ID, Username: new("ron"), Password: new(password)}, true, func(l *membership.Login) {
			l.Username, l.PasswordHash = "ron", hashed(password)
		}},
	}
	want := rons
	for _, step := range steps {
		w.clock.Advance(time.Minute)
		step.change(&want)
		if step.moves {
			want.UpdatedAt = membership.Timestamp(w.clock.Now())
		}
		updated, err := w.UpdateLogin(t.Context(), ron.ID, rons.ID, step.update)
		must(t, err)
		equal(t, step.name, updated, want)
		stored, err := w.Login(t.Context(), ron.ID, rons.ID)
		must(t, err)
		equal(t, step.name+", stored", stored, want)
	}
	w.clock.Advance(-time.Hour)
	updated, err := w.UpdateLogin(t.Context(), ron.ID, rons.ID, membership.LoginUpdate{Username: new("swanson")})
	must(t, err)
	equal(t, "time after the clock went back", updated.UpdatedAt, want.UpdatedAt)
}

func TestANewUsernameFormatIsAskedOfNewUsernamesOnly(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, shop := w.member("Ron"), w.profile("Shop", membership.UsernameAny)
	rons := w.login(ron, shop, "ron")
	_, err := w.UpdatePasswordProfile(t.Context(), shop.ID, membership.PasswordProfileUpdate{UsernameFormat: new(membership.UsernameEmail)})
	must(t, err)
	updated, err := w.UpdateLogin(t.Context(), ron.ID, rons.ID, membership.LoginUpdate{Password: new("another password")})
	wantError(t, "another password", err, nil)
	equal(t, "hash", updated.PasswordHash, hashed("another password"))
	_, err = w.UpdateLogin(t.Context(), ron.ID, rons.ID, membership.LoginUpdate{Username: new("ron"), Password: new(password)})
	wantError(t, "the username it has", err, nil)
	_, err = w.UpdateLogin(t.Context(), ron.ID, rons.ID, membership.LoginUpdate{Username: new("swanson")})
	wantError(t, "another username", err, membership.ErrInvalidField)
	_, err = w.CreateLogin(t.Context(), membership.Login{MemberID: ron.ID, ProfileID: shop.ID, Username: "swanson"}, password)
	wantError(t, "a new login", err, membership.ErrInvalidField)
	w.login(ron, shop, "ron@pawnee.gov")
}

func TestLoginsAnswersAQuery(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, ann, shop := w.member("Ron"), w.member("Ann"), w.profile("Shop", "")
	first, second := w.login(ron, shop, "b"), w.login(ron, shop, "a")
	w.login(ann, shop, "c")
	tests := []struct {
		query membership.Query
		want  []membership.Login
		total int
	}{
		{membership.Query{Order: membership.Order{By: membership.AttrUsername}}, []membership.Login{second, first}, 2},
		{membership.Query{Order: membership.Order{By: membership.AttrID}, Limit: 1}, []membership.Login{first}, 2},
		{membership.Query{Filter: membership.All(membership.Eq(membership.AttrUsername, membership.TextValue("a")))}, []membership.Login{second}, 1},
		{membership.Query{Filter: membership.All(membership.Eq(membership.AttrUsername, membership.TextValue("c")))}, nil, 0},
	}
	for _, test := range tests {
		page, err := w.Logins(t.Context(), ron.ID, test.query)
		must(t, err)
		if !slices.Equal(page.Items, test.want) || page.Total != test.total {
			t.Errorf("%+v: got %+v", test.query, page)
		}
	}
	for query, want := range wrongQueries(membership.AttrName) {
		_, err := w.Logins(t.Context(), ron.ID, query)
		wantError(t, "a query that does not fit", err, want)
	}
	_, err := w.Logins(t.Context(), noMember, membership.Query{})
	wantError(t, "of an unknown member", err, membership.ErrMemberNotFound)
}

func TestDeleteMemberTakesItsLoginsAlong(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	ron, ann, shop := w.member("Ron"), w.member("Ann"), w.profile("Shop", "")
	w.login(ron, shop, "ron")
	must(t, w.DeleteMember(t.Context(), ron.ID))
	w.login(ann, shop, "ron") // the username is free
}

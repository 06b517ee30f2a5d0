package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func roundTripLogin(t *testing.T, st store.Store) {
	populate(t, st, 0, 2)
	for n, text := range nasty {
		p := profile(n)
		p.Name, p.UsernameFormat, p.EnableOneTimePasswordToken = text, membership.UsernameEmail, true
		l := login(n, 1, n)
		l.Username, l.PasswordHash = text, text
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			return errors.Join(tx.InsertPasswordProfile(ctx, p), tx.InsertLogin(ctx, l))
		})
		gotProfile, err := st.PasswordProfile(t.Context(), p.ID)
		must(t, "PasswordProfile", err)
		equal(t, "an inserted password profile", gotProfile, p)
		gotLogin, err := st.Login(t.Context(), memberID(1), l.ID)
		must(t, "Login", err)
		equal(t, "an inserted login", gotLogin, l)

		p = profile(n)
		p.CreatedAt = at(n + 7)
		changed := login(n, 1, n)
		changed.CreatedAt, changed.UpdatedAt = at(n+3), at(n+9)
		write(t, st, func(ctx context.Context, tx store.Tx) error {
			return errors.Join(tx.UpdatePasswordProfile(ctx, p), tx.UpdateLogin(ctx, changed))
		})
		changed.CreatedAt = l.CreatedAt // Why: not among what can change
		gotProfile, err = st.PasswordProfile(t.Context(), p.ID)
		must(t, "PasswordProfile", err)
		equal(t, "an updated password profile", gotProfile, p)
		gotLogin, err = st.Login(t.Context(), memberID(1), l.ID)
		must(t, "Login", err)
		equal(t, "an updated login", gotLogin, changed)
		inUTC(t, gotLogin.CreatedAt, gotLogin.UpdatedAt, gotProfile.CreatedAt, gotProfile.UpdatedAt)
	}
}

// loginWorld has 2 members, 2 profiles, and login 0 of member 0 in profile 0.
func loginWorld(t *testing.T, st store.Store) {
	t.Helper()
	populate(t, st, 0, 2)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.InsertPasswordProfile(ctx, profile(0)), tx.InsertPasswordProfile(ctx, profile(1)),
			tx.InsertLogin(ctx, login(0, 0, 0)))
	})
}

func notFoundLogins(t *testing.T, st store.Store) {
	loginWorld(t, st)
	_, err := st.PasswordProfile(t.Context(), profileID(9))
	wantErr(t, "PasswordProfile", err, membership.ErrPasswordProfileNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdatePasswordProfile(ctx, profile(9)) })
	wantErr(t, "UpdatePasswordProfile", err, membership.ErrPasswordProfileNotFound)
	err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeletePasswordProfile(ctx, profileID(9)) })
	wantErr(t, "DeletePasswordProfile", err, membership.ErrPasswordProfileNotFound)
	for _, c := range []struct {
		name          string
		member, login int
		want          error
	}{
		{"unknown", 0, 9, membership.ErrLoginNotFound},
		{"of another member", 1, 0, membership.ErrLoginNotFound},
		{"of an unknown member", 9, 0, membership.ErrMemberNotFound},
	} {
		_, err := st.Login(t.Context(), memberID(c.member), loginID(c.login))
		wantErr(t, "Login "+c.name, err, c.want)
		err = attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateLogin(ctx, login(c.login, c.member, 0)) })
		wantErr(t, "UpdateLogin "+c.name, err, c.want)
		err = attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			return tx.DeleteLogin(ctx, memberID(c.member), loginID(c.login))
		})
		wantErr(t, "DeleteLogin "+c.name, err, c.want)
	}
	_, err = st.ListLogins(t.Context(), memberID(9), membership.Query{})
	wantErr(t, "ListLogins", err, membership.ErrMemberNotFound)
}

func uniqueUsernames(t *testing.T, st store.Store) {
	loginWorld(t, st)
	insert := func(n, m, p int, username string) error {
		l := login(n, m, p)
		l.Username = username
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertLogin(ctx, l) })
	}
	update := func(n, m int, username string) error {
		l := login(n, m, 0)
		l.Username = username
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateLogin(ctx, l) })
	}
	wantErr(t, "no member, no profile", insert(1, 9, 9, "ron"), membership.ErrMemberNotFound)
	wantErr(t, "no profile, id taken", insert(0, 0, 9, "ron"), membership.ErrPasswordProfileNotFound)
	wantErr(t, "id taken, username taken", insert(0, 0, 0, "user0"), membership.ErrDuplicateID)
	wantErr(t, "username taken", insert(1, 1, 0, "user0"), membership.ErrUsernameTaken)
	must(t, "the same username in another profile", insert(1, 1, 1, "user0"))
	must(t, "one that differs in case", insert(2, 1, 0, "User0"))
	wantErr(t, "username taken, on update", update(2, 1, "user0"), membership.ErrUsernameTaken)
	must(t, "its own, on update", update(2, 1, "User0"))
	must(t, "another, on update", update(0, 0, "ron"))
	must(t, "the one that became free", insert(3, 1, 0, "user0"))
	must(t, "deleting", attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteLogin(ctx, memberID(1), loginID(3)) }))
	must(t, "the one that became free by deletion", insert(4, 0, 0, "user0"))
}

func cascadeLogins(t *testing.T, st store.Store) {
	loginWorld(t, st)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.InsertLogin(ctx, login(1, 0, 1)), tx.InsertLogin(ctx, login(2, 1, 0)), tx.InsertLogin(ctx, login(3, 1, 1)))
	})
	left := func(m int) int {
		t.Helper()
		page, err := st.ListLogins(t.Context(), memberID(m), membership.Query{})
		must(t, "ListLogins", err)
		return page.Total
	}
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeletePasswordProfile(ctx, profileID(1)) })
	equal(t, "logins of member 0 after a profile was deleted", left(0), 1)
	equal(t, "logins of member 1 after a profile was deleted", left(1), 1)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.DeleteMember(ctx, memberID(0)), tx.InsertMember(ctx, member(0)))
	})
	equal(t, "logins of a member that came back", left(0), 0)
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertLogin(ctx, login(0, 1, 0)) })
	equal(t, "logins of member 1 with the username that became free", left(1), 2)
}

func loginsOfMembers(t *testing.T, st store.Store) {
	loginWorld(t, st)
	want := []membership.Login{login(0, 0, 0), login(1, 0, 1), login(2, 1, 1), login(3, 0, 1)}
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.InsertMember(ctx, member(2)), tx.InsertLogin(ctx, want[3]), tx.InsertLogin(ctx, want[1]), tx.InsertLogin(ctx, want[2]))
	})
	for _, c := range []struct {
		members []int
		want    []membership.Login
	}{
		{nil, want[:0]}, {[]int{2, 9}, want[:0]}, {[]int{1}, want[2:3]}, {[]int{0}, []membership.Login{want[0], want[1], want[3]}},
		{[]int{1, 9, 0, 2}, want},
	} {
		var ids []membership.MemberID
		for _, n := range c.members {
			ids = append(ids, memberID(n))
		}
		got, err := st.LoginsOfMembers(t.Context(), ids)
		must(t, "LoginsOfMembers", err)
		same(t, fmt.Sprintf("the logins of members %v", c.members), got, c.want)
	}
}

func listLogins(t *testing.T, st store.Store) {
	populate(t, st, 0, 2)
	var profiles []membership.PasswordProfile
	var logins []membership.Login
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		profiles, logins = nil, nil
		for _, n := range scatter(listRows) {
			p, l := profile(n), login(n, 0, n)
			p.Name, l.Username = tiedAccount(n).Name, tiedAccount(n).Name
			p.CreatedAt, p.UpdatedAt = tiedAccount(n).CreatedAt, tiedAccount(n).UpdatedAt
			l.CreatedAt, l.UpdatedAt = p.CreatedAt, p.UpdatedAt
			profiles, logins = append(profiles, p), append(logins, l)
			must(t, "InsertPasswordProfile", tx.InsertPasswordProfile(ctx, p))
			must(t, "InsertLogin", tx.InsertLogin(ctx, l))
			must(t, "InsertLogin", tx.InsertLogin(ctx, login(100+n, 1, n)))
		}
		return nil
	})
	checkLists(t, membership.ResourcePasswordProfile, profiles, st.ListPasswordProfiles)
	checkLists(t, membership.ResourceLogin, logins,
		func(ctx context.Context, q membership.Query) (membership.Page[membership.Login], error) {
			return st.ListLogins(ctx, memberID(0), q)
		})
}

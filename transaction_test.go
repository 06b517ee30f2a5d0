package roster_test

import (
	"context"
	"errors"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func TestAViewSeesOneSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.account("Acme")
	total := func(svc *roster.Service) int {
		page, err := svc.Accounts(t.Context(), membership.Query{})
		must(t, err)
		return page.Total
	}
	written := make(chan error, 1)
	must(t, w.View(t.Context(), func(svc *roster.Service) error {
		equal(t, "at the beginning", total(svc), 1)
		go func() {
			_, err := w.CreateAccount(t.Context(), membership.Account{Name: "Initech"})
			written <- err
		}()
		for range 100 {
			equal(t, "while another writes", total(svc), 1)
		}
		return nil
	}))
	must(t, <-written)
	equal(t, "afterwards", total(w.Service), 2)
}

func TestAViewReadsEverythingAndWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	reads, writes := calls(w.everything())
	before := w.census()
	must(t, w.View(t.Context(), func(svc *roster.Service) error {
		for _, c := range reads {
			wantError(t, c.name, c.do(t.Context(), svc), nil)
		}
		for _, c := range writes {
			err := c.do(t.Context(), svc)
			if err == nil || err.Error() != "roster: a View cannot write; use Update" {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		return nil
	}))
	equal(t, "what is there", w.census(), before)
	settings, err := w.Settings(t.Context())
	must(t, err)
	equal(t, "settings", settings, membership.DefaultSettings())
}

func TestTheErrorOfAViewReachesTheCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := errors.New("seen enough")
	wantError(t, "View", w.View(t.Context(), func(*roster.Service) error { return want }), want)
}

func TestAnUpdateDoesAllOrNothing(t *testing.T) {
	t.Parallel()
	failure := errors.New("changed my mind")
	// work does several use cases in one transaction, each building on the one before.
	work := func(t *testing.T, svc *roster.Service) {
		t.Helper()
		acme, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
		must(t, err)
		ron, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
		must(t, err)
		m, err := svc.Add(t.Context(), acme.ID, ron.ID)
		must(t, err)
		found, err := svc.Membership(t.Context(), acme.ID, m.ID)
		must(t, err)
		equal(t, "it sees what it wrote", found, m)
		must(t, svc.View(t.Context(), func(svc *roster.Service) error {
			is, err := svc.IsMember(t.Context(), acme.ID, ron.ID)
			equal(t, "so does a View within it", is, true)
			return err
		}))
		_, err = svc.UpdateSettings(t.Context(), membership.SettingsUpdate{MembershipLimit: new(1)})
		must(t, err)
	}
	none, all := [3]int{}, [3]int{1, 1, 1}

	t.Run("nil commits", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		must(t, w.Update(t.Context(), func(svc *roster.Service) error { work(t, svc); return nil }))
		equal(t, "what is there", w.census(), all)
	})
	t.Run("an error undoes", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		err := w.Update(t.Context(), func(svc *roster.Service) error { work(t, svc); return failure })
		wantError(t, "Update", err, failure)
		equal(t, "what is there", w.census(), none)
		settings, err := w.Settings(t.Context())
		must(t, err)
		equal(t, "settings", settings, membership.DefaultSettings())
	})
	t.Run("a panic undoes and goes on", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		func() {
			defer func() { equal(t, "the panic", recover(), any(failure)) }()
			_ = w.Update(t.Context(), func(svc *roster.Service) error { work(t, svc); panic(failure) })
			t.Error("it came back")
		}()
		equal(t, "what is there", w.census(), none)
		w.account("the store goes on working")
	})
	t.Run("an Update within commits with the outer", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		nested := func(end error) error {
			return w.Update(t.Context(), func(svc *roster.Service) error {
				must(t, svc.Update(t.Context(), func(svc *roster.Service) error { work(t, svc); return nil }))
				return end
			})
		}
		wantError(t, "failing", nested(failure), failure)
		equal(t, "what is there when the outer failed", w.census(), none)
		must(t, nested(nil))
		equal(t, "what is there when the outer did not", w.census(), all)
	})
}

func TestAnUpdateCanGoOnAfterARefusal(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, limitOfOne)
	acme, err := w.CreateAccount(t.Context(), membership.Account{Name: "Acme", RegistrationID: "HRB 1"})
	must(t, err)
	ron, ann := w.member("Ron"), w.member("Ann")
	existing := w.join(acme, ron)
	must(t, w.Update(t.Context(), func(svc *roster.Service) error {
		initech, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Initech"})
		must(t, err)
		refusals := []struct {
			call func() error
			want error
		}{
			{func() error { _, err := svc.Add(t.Context(), acme.ID, ron.ID); return err }, membership.ErrAlreadyMember},
			{func() error { _, err := svc.Add(t.Context(), acme.ID, ann.ID); return err }, membership.ErrAccountFull},
			{func() error { _, err := svc.CreateAccount(t.Context(), acme); return err }, membership.ErrDuplicateID},
			{func() error {
				_, err := svc.UpdateAccount(t.Context(), initech.ID, membership.AccountUpdate{Name: new("X"), RegistrationID: new("HRB 1")})
				return err
			}, membership.ErrRegistrationIDTaken},
			{func() error { _, err := svc.CreateMember(t.Context(), ron); return err }, membership.ErrDuplicateID},
			{func() error { return svc.Remove(t.Context(), initech.ID, existing.ID) }, membership.ErrMembershipNotFound},
			{func() error { return svc.DeleteMember(t.Context(), noMember) }, membership.ErrMemberNotFound},
			{func() error { return svc.RevokeCredential(t.Context(), "nobody") }, membership.ErrCredentialNotFound},
		}
		for _, refusal := range refusals {
			wantError(t, "refusal", refusal.call(), refusal.want)
		}
		m, created, err := svc.Ensure(t.Context(), acme.ID, ron.ID)
		must(t, err)
		equal(t, "created", created, false)
		equal(t, "ensured", m, existing)
		_, err = svc.Add(t.Context(), initech.ID, ann.ID)
		return err
	}))
	equal(t, "what is there", w.census(), [3]int{2, 2, 2})
	page, err := w.Accounts(t.Context(), membership.Query{Filter: membership.All(membership.Eq(membership.AttrName, membership.TextValue("X")))})
	must(t, err)
	equal(t, "accounts that a refused update changed", page.Total, 0)
}

func TestAServiceIsGoodUntilItsFunctionReturns(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, roster.Options{HashPassword: hash})
	reads, writes := calls(w.everything())
	var viewed, updated *roster.Service
	must(t, w.View(t.Context(), func(svc *roster.Service) error { viewed = svc; return nil }))
	must(t, w.Update(t.Context(), func(svc *roster.Service) error { updated = svc; return nil }))
	for _, c := range reads {
		if c.name == "View" {
			continue // one that reads nothing has nothing to notice
		}
		wantError(t, c.name+" after a View", c.do(t.Context(), viewed), store.ErrClosed)
		wantError(t, c.name+" after an Update", c.do(t.Context(), updated), store.ErrClosed)
	}
	for _, c := range writes {
		if c.name == "Update" {
			continue
		}
		wantError(t, c.name+" after an Update", c.do(t.Context(), updated), store.ErrClosed)
	}
	equal(t, "what is there", w.census(), [3]int{1, 1, 1})
}

func TestAnUpdateWithinAnUpdateFailsTheWhole(t *testing.T) {
	t.Parallel()
	errInner := errors.New("changed its mind")
	inner := func(svc *roster.Service) error {
		return svc.Update(t.Context(), func(svc *roster.Service) error {
			_, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Initech"})
			must(t, err)
			return errInner
		})
	}
	panics := func(svc *roster.Service) {
		defer func() { _ = recover() }()
		_ = svc.Update(t.Context(), func(svc *roster.Service) error {
			_, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Initech"})
			must(t, err)
			panic("out of paper")
		})
	}
	for _, test := range []struct {
		name string
		fn   func(*roster.Service) error
		want error
	}{
		{"and its error is passed on", inner, errInner},
		{"and its error is ignored", func(svc *roster.Service) error { _ = inner(svc); return nil }, errInner},
		{"and another one succeeds after it", func(svc *roster.Service) error {
			_ = inner(svc)
			return svc.Update(t.Context(), func(*roster.Service) error { return nil })
		}, errInner},
	} {
		w := newWorld(t)
		before := w.census()
		wantError(t, test.name, w.Update(t.Context(), test.fn), test.want)
		equal(t, test.name, w.census(), before)
	}

	w := newWorld(t)
	before := w.census()
	if err := w.Update(t.Context(), func(svc *roster.Service) error { panics(svc); return nil }); err == nil {
		t.Error("an Update within which another one panicked was committed")
	}
	equal(t, "after a panic that was recovered", w.census(), before)

	must(t, w.Update(t.Context(), func(svc *roster.Service) error {
		return svc.Update(t.Context(), func(svc *roster.Service) error {
			_, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Initech"})
			return err
		})
	}))
	if w.census() == before {
		t.Error("an Update within an Update was not committed")
	}
}

func TestAFailureFurtherInIsNotForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.census()
	errInner := errors.New("changed its mind")
	err := w.Update(t.Context(), func(svc *roster.Service) error {
		return svc.Update(t.Context(), func(svc *roster.Service) error {
			_ = svc.Update(t.Context(), func(svc *roster.Service) error {
				_, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Initech"})
				must(t, err)
				return errInner
			})
			return nil
		})
	})
	wantError(t, "Update", err, errInner)
	equal(t, "what is there", w.census(), before)
}

// endsAfter is a context that ends when it has been asked so often.
type endsAfter struct {
	context.Context
	asked int
}

func (c *endsAfter) Err() error {
	if c.asked--; c.asked < 0 {
		return context.Canceled
	}
	return nil
}

func TestAUseCaseIsNeverHalfDone(t *testing.T) {
	t.Parallel()
	for asked := range 6 {
		w := newWorld(t)
		_, err := w.UpdateSettings(t.Context(), membership.SettingsUpdate{AutoCreateAccounts: new(true)})
		must(t, err)
		before := w.census()
		var failed error
		err = w.Update(t.Context(), func(svc *roster.Service) error {
			_, failed = svc.CreateMember(&endsAfter{t.Context(), asked}, membership.Member{Name: "Ron"})
			return nil // Why: the half of it must not be committed, whatever fn makes of it
		})
		if failed != nil && w.census() != before {
			t.Errorf("asked %d times: CreateMember failed with %v, Update with %v, and something is left", asked, failed, err)
		}
	}
}

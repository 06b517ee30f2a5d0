package roster_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/replay"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// changes reads the log behind a sequence number.
func (w *world) changes(after int64) []membership.Change {
	w.t.Helper()
	page, err := w.ListChanges(w.t.Context(), membership.ChangeQuery{After: after, Limit: math.MaxInt})
	must(w.t, err)
	return page.Changes
}

// last is the sequence number of the last change.
func (w *world) last() int64 {
	w.t.Helper()
	page, err := w.store.Changes(w.t.Context(), membership.ChangeQuery{Limit: -1})
	must(w.t, err)
	return page.Last
}

// sameChanges compares changes one by one.
func sameChanges(t *testing.T, what string, got, want []membership.Change) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("%s: one too many: %s", what, show(got[i]))
		case i >= len(got):
			t.Errorf("%s: missing: %s", what, show(want[i]))
		case !reflect.DeepEqual(got[i], want[i]):
			t.Errorf("%s: change %d of %d:\n got %s\nwant %s", what, i+1, len(want), show(got[i]), show(want[i]))
		}
	}
}

func show(c membership.Change) string { return replay.Text(c) }

// company is a world with some of everything, for tests of what is recorded.
type company struct {
	*world
	acme, branch, leaf, initech membership.Account // branch is below acme, leaf below branch
	ron, ann                    membership.Member
	ronInAcme, ronInInitech     membership.Membership
	annInAcme                   membership.Membership
	press, gold                 membership.Tag // acme has both, branch is gold
	shop, pub                   membership.PasswordProfile
	ronInShop, ronInPub         membership.Login
	annInShop                   membership.Login
	plan, role                  membership.Field
	members                     membership.Flow // without a field
}

func newCompany(t *testing.T, st store.Store) *company {
	t.Helper()
	w := newWorldOver(t, st, roster.Options{HashPassword: hash})
	ctx := t.Context()
	c := &company{world: w}
	c.plan = w.define(membership.ResourceAccount, "plan", membership.TypeString, func(f *membership.Field) {
		f.Default = text("basic")
	})
	c.role = w.define(membership.ResourceMembership, "role", membership.TypeString, func(f *membership.Field) {
		f.Enum = []membership.Value{text("owner"), text("guest")}
	})
	var err error
	c.members, err = w.CreateFlow(ctx, membership.NewFlow(membership.ResourceMember))
	must(t, err)
	account := func(name string, parent membership.AccountID) membership.Account {
		a, err := w.CreateAccount(ctx, membership.Account{Name: name, ParentID: parent, RegistrationID: "HRB " + name})
		must(t, err)
		w.clock.Advance(time.Second)
		return a
	}
	c.acme = account("Acme", membership.AccountID{})
	c.branch = account("Branch", c.acme.ID)
	c.leaf = account("Leaf", c.branch.ID)
	c.initech = account("Initech", membership.AccountID{})
	c.ron, c.ann = w.member("Ron"), w.member("Ann")
	join := func(a membership.Account, m membership.Member, role string) membership.Membership {
		w.clock.Advance(time.Second)
		given := membership.Membership{AccountID: a.ID, MemberID: m.ID, Fields: fields("role", text(role))}
		ms, err := w.CreateMembership(ctx, given)
		must(t, err)
		return ms
	}
	c.ronInAcme = join(c.acme, c.ron, "owner")
	c.ronInInitech = join(c.initech, c.ron, "guest")
	c.annInAcme = join(c.acme, c.ann, "guest")
	c.press, c.gold = w.tag("press"), w.tag("gold")
	_, err = w.TagAccount(ctx, c.acme.ID, c.press.ID, c.gold.ID)
	must(t, err)
	_, err = w.TagAccount(ctx, c.branch.ID, c.gold.ID)
	must(t, err)
	c.shop, c.pub = w.profile("Shop", ""), w.profile("Pub", "")
	c.ronInShop, c.annInShop = w.login(c.ron, c.shop, "ron"), w.login(c.ann, c.shop, "ann")
	w.clock.Advance(time.Second)
	c.ronInPub = w.login(c.ron, c.pub, "ron")
	w.clock.Advance(time.Minute)
	return c
}

// now is the time of what is done now.
func (c *company) now() time.Time { return membership.Timestamp(c.clock.Now()) }

// withoutHash is a login as the log shows it.
func withoutHash(l membership.Login) membership.Login {
	l.PasswordHash = ""
	return l
}

func ofMembership(typ membership.ChangeType, before, after membership.Image) membership.Change {
	m, is := after.(membership.Membership)
	if !is {
		m = before.(membership.Membership)
	}
	return membership.Change{
		Type: typ, AccountID: m.AccountID, MemberID: m.MemberID, MembershipID: m.ID, Before: before, After: after,
	}
}

// along makes changes ones that went along with another.
func along(changes ...membership.Change) []membership.Change {
	for i := range changes {
		changes[i].Cause = membership.CauseCascade
	}
	return changes
}

// recording is a use case, named by the method and, in parentheses, what is special, and the changes that it is to
// append, as far as they are its own. What goes along does so as lists show it: the newest first.
type recording struct {
	name string
	do   func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []membership.Change
}

type change = membership.Change

var recordings = []recording{
	{"CreateAccount", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		a, err := s.CreateAccount(ctx, membership.Account{
			Name: "Hooli", LegalName: "Hooli Inc.", ParentID: c.acme.ID, Fields: fields("plan", text("gold")),
		})
		must(t, err)
		return []change{{Type: membership.AccountCreated, AccountID: a.ID, After: a}}
	}},
	{"UpdateAccount", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		a, err := s.UpdateAccount(ctx, c.branch.ID,
			membership.AccountUpdate{Name: new("Office"), Fields: fields("plan", text("gold"))})
		must(t, err)
		equal(t, "plan", a.Fields, fields("plan", text("gold")))
		return []change{{Type: membership.AccountUpdated, AccountID: a.ID, Before: c.branch, After: a}}
	}},
	{"UpdateAccount (nothing new)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		_, err := s.UpdateAccount(ctx, c.acme.ID,
			membership.AccountUpdate{Name: new("Acme"), Fields: fields("plan", text("basic"))})
		must(t, err)
		return nil
	}},
	{"DeleteAccount", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.DeleteAccount(ctx, c.acme.ID))
		root := c.branch
		root.ParentID, root.UpdatedAt = membership.AccountID{}, c.now()
		stored, err := s.Account(ctx, c.branch.ID)
		must(t, err)
		equal(t, "the child", stored, root)
		return slices.Concat(
			along(ofMembership(membership.MembershipDeleted, c.annInAcme, nil),
				ofMembership(membership.MembershipDeleted, c.ronInAcme, nil)),
			along(change{Type: membership.AccountUntagged, AccountID: c.acme.ID, Before: c.gold},
				change{Type: membership.AccountUntagged, AccountID: c.acme.ID, Before: c.press}),
			[]change{{Type: membership.AccountDeleted, AccountID: c.acme.ID, Before: c.acme}},
			along(change{Type: membership.AccountUpdated, AccountID: c.branch.ID, Before: c.branch, After: root}),
		)
	}},
	{"DeleteAccount (with a clock that was set back)",
		func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
			c.clock.Advance(-time.Hour)
			must(t, s.DeleteAccount(ctx, c.branch.ID))
			root := c.leaf
			root.ParentID = membership.AccountID{}
			return slices.Concat(
				along(change{Type: membership.AccountUntagged, AccountID: c.branch.ID, Before: c.gold}),
				[]change{{Type: membership.AccountDeleted, AccountID: c.branch.ID, Before: c.branch}},
				along(change{Type: membership.AccountUpdated, AccountID: c.leaf.ID, Before: c.leaf, After: root}),
			)
		}},
	{"CreateMember", func(ctx context.Context, t *testing.T, s *roster.Service, _ *company) []change {
		m, err := s.CreateMember(ctx, membership.Member{Name: "April", Email: "april@pawnee.gov"})
		must(t, err)
		return []change{{Type: membership.MemberCreated, MemberID: m.ID, After: m}}
	}},
	{"CreateMember (with an account)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		before, err := s.Settings(ctx)
		must(t, err)
		after, err := s.UpdateSettings(ctx, membership.SettingsUpdate{AutoCreateAccounts: new(true)})
		must(t, err)
		m, err := s.CreateMember(ctx, membership.Member{Name: "April"})
		must(t, err)
		joined, err := s.Memberships(ctx, membership.Scope{Member: m.ID}, membership.Query{})
		must(t, err)
		a, err := s.Account(ctx, joined.Items[0].AccountID)
		must(t, err)
		equal(t, "its plan", a.Fields, fields("plan", text("basic")))
		return []change{
			{Type: membership.SettingsUpdated, Before: before, After: after},
			{Type: membership.MemberCreated, MemberID: m.ID, After: m},
			{Type: membership.AccountCreated, AccountID: a.ID, After: a},
			ofMembership(membership.MembershipCreated, nil, joined.Items[0]),
		}
	}},
	{"UpdateMember", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		m, err := s.UpdateMember(ctx, c.ron.ID, membership.MemberUpdate{Email: new("ron@pawnee.gov")})
		must(t, err)
		return []change{{Type: membership.MemberUpdated, MemberID: m.ID, Before: c.ron, After: m}}
	}},
	{"UpdateMember (nothing new)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		_, err := s.UpdateMember(ctx, c.ron.ID, membership.MemberUpdate{Name: new("Ron")})
		must(t, err)
		return nil
	}},
	{"DeleteMember", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.DeleteMember(ctx, c.ron.ID))
		return append(
			along(ofMembership(membership.MembershipDeleted, c.ronInInitech, nil),
				ofMembership(membership.MembershipDeleted, c.ronInAcme, nil),
				change{Type: membership.LoginDeleted, MemberID: c.ron.ID, Before: withoutHash(c.ronInPub)},
				change{Type: membership.LoginDeleted, MemberID: c.ron.ID, Before: withoutHash(c.ronInShop)}),
			change{Type: membership.MemberDeleted, MemberID: c.ron.ID, Before: c.ron})
	}},
	{"Add", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		m, err := s.Add(ctx, c.leaf.ID, c.ann.ID)
		must(t, err)
		return []change{ofMembership(membership.MembershipCreated, nil, m)}
	}},
	{"Ensure", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		m, _, err := s.Ensure(ctx, c.leaf.ID, c.ann.ID)
		must(t, err)
		return []change{ofMembership(membership.MembershipCreated, nil, m)}
	}},
	{"Ensure (that exists)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		_, _, err := s.Ensure(ctx, c.acme.ID, c.ann.ID)
		must(t, err)
		return nil
	}},
	{"CreateMembership", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		m, err := s.CreateMembership(ctx, membership.Membership{
			AccountID: c.leaf.ID, MemberID: c.ann.ID, Fields: fields("role", text("owner")),
		})
		must(t, err)
		return []change{ofMembership(membership.MembershipCreated, nil, m)}
	}},
	{"UpdateMembership", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		m, err := s.UpdateMembership(ctx, c.acme.ID, c.annInAcme.ID,
			membership.MembershipUpdate{Fields: fields("role", text("owner"))})
		must(t, err)
		equal(t, "role", m.Fields, fields("role", text("owner")))
		return []change{ofMembership(membership.MembershipUpdated, c.annInAcme, m)}
	}},
	{"UpdateMembership (nothing new)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		_, err := s.UpdateMembership(ctx, c.acme.ID, c.annInAcme.ID, membership.MembershipUpdate{MemberID: &c.ann.ID})
		must(t, err)
		return nil
	}},
	{"Remove", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.Remove(ctx, c.acme.ID, c.annInAcme.ID))
		return []change{ofMembership(membership.MembershipDeleted, c.annInAcme, nil)}
	}},
	{"CreateTag", func(ctx context.Context, t *testing.T, s *roster.Service, _ *company) []change {
		tag, err := s.CreateTag(ctx, membership.Tag{Name: "wholesale", Description: "buys much"})
		must(t, err)
		return []change{{Type: membership.TagCreated, After: tag}}
	}},
	{"UpdateTag", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		tag, err := s.UpdateTag(ctx, c.gold.ID, membership.TagUpdate{Name: new("silver")})
		must(t, err)
		return []change{{Type: membership.TagUpdated, Before: c.gold, After: tag}}
	}},
	{"DeleteTag", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.DeleteTag(ctx, c.gold.ID))
		return append(
			along(change{Type: membership.AccountUntagged, AccountID: c.branch.ID, Before: c.gold},
				change{Type: membership.AccountUntagged, AccountID: c.acme.ID, Before: c.gold}),
			change{Type: membership.TagDeleted, Before: c.gold})
	}},
	{"TagAccount", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		for range 2 { // the second time nothing happens
			_, err := s.TagAccount(ctx, c.branch.ID, c.press.ID, c.gold.ID, c.press.ID)
			must(t, err)
		}
		return []change{{Type: membership.AccountTagged, AccountID: c.branch.ID, After: c.press}}
	}},
	{"UntagAccount", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		for range 2 {
			_, err := s.UntagAccount(ctx, c.branch.ID, c.press.ID, c.gold.ID, c.gold.ID)
			must(t, err)
		}
		return []change{{Type: membership.AccountUntagged, AccountID: c.branch.ID, Before: c.gold}}
	}},
	{"CreatePasswordProfile", func(ctx context.Context, t *testing.T, s *roster.Service, _ *company) []change {
		p, err := s.CreatePasswordProfile(ctx,
			membership.PasswordProfile{Name: "Bar", UsernameFormat: membership.UsernameEmail})
		must(t, err)
		return []change{{Type: membership.PasswordProfileCreated, After: p}}
	}},
	{"UpdatePasswordProfile", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		update := membership.PasswordProfileUpdate{EnableOneTimePasswordToken: new(true)}
		p, err := s.UpdatePasswordProfile(ctx, c.shop.ID, update)
		must(t, err)
		return []change{{Type: membership.PasswordProfileUpdated, Before: c.shop, After: p}}
	}},
	{"DeletePasswordProfile", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.DeletePasswordProfile(ctx, c.shop.ID))
		logins := []membership.Login{c.ronInShop, c.annInShop} // by id
		slices.SortFunc(logins, func(a, b membership.Login) int { return strings.Compare(a.ID.String(), b.ID.String()) })
		return append(
			along(change{Type: membership.LoginDeleted, MemberID: logins[0].MemberID, Before: withoutHash(logins[0])},
				change{Type: membership.LoginDeleted, MemberID: logins[1].MemberID, Before: withoutHash(logins[1])}),
			change{Type: membership.PasswordProfileDeleted, Before: c.shop})
	}},
	{"CreateLogin", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		l, err := s.CreateLogin(ctx, membership.Login{MemberID: c.ann.ID, ProfileID: c.pub.ID, Username: "ann"}, password)
		must(t, err)
		return []change{{Type: membership.LoginCreated, MemberID: c.ann.ID, After: withoutHash(l)}}
	}},
	{"UpdateLogin", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		l, err := s.UpdateLogin(ctx, c.ron.ID, c.ronInShop.ID, membership.LoginUpdate{Username: new("swanson")})
		must(t, err)
		before, after := withoutHash(c.ronInShop), withoutHash(l)
		return []change{{Type: membership.LoginUpdated, MemberID: c.ron.ID, Before: before, After: after}}
	}},
	{"UpdateLogin (another password)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		_, err := s.UpdateLogin(ctx, c.ron.ID, c.ronInShop.ID, membership.LoginUpdate{Password: new(password + "!")})
		must(t, err)
		after := withoutHash(c.ronInShop)
		after.UpdatedAt = c.now()
		return []change{{Type: membership.LoginUpdated, MemberID: c.ron.ID, Before: withoutHash(c.ronInShop), After: after}}
	}},
	{"UpdateLogin (nothing new)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		_, err := s.UpdateLogin(ctx, c.ron.ID, c.ronInShop.ID, membership.LoginUpdate{Username: new("ron")})
		must(t, err)
		return nil
	}},
	{"DeleteLogin", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.DeleteLogin(ctx, c.ron.ID, c.ronInShop.ID))
		return []change{{Type: membership.LoginDeleted, MemberID: c.ron.ID, Before: withoutHash(c.ronInShop)}}
	}},
	{"UpdateSettings", func(ctx context.Context, t *testing.T, s *roster.Service, _ *company) []change {
		after, err := s.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: new(7)})
		must(t, err)
		return []change{{Type: membership.SettingsUpdated, Before: membership.DefaultSettings(), After: after}}
	}},
	{"UpdateSettings (nothing new)", func(ctx context.Context, t *testing.T, s *roster.Service, _ *company) []change {
		_, err := s.UpdateSettings(ctx, membership.SettingsUpdate{AutoCreateAccounts: new(false)})
		must(t, err)
		return nil
	}},
	{"CreateFlow, DeleteFlow", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.DeleteFlow(ctx, c.members.ID))
		f, err := s.CreateFlow(ctx, membership.Flow{Resource: membership.ResourceMember, Name: "People", Description: "who"})
		must(t, err)
		return []change{{Type: membership.FlowDeleted, Before: c.members}, {Type: membership.FlowCreated, After: f}}
	}},
	{"UpdateFlow", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		for range 2 { // the second time nothing is new
			_, err := s.UpdateFlow(ctx, c.members.ID, membership.FlowUpdate{Name: new("People")})
			must(t, err)
		}
		after := c.members
		after.Name, after.UpdatedAt = "People", c.now()
		return []change{{Type: membership.FlowUpdated, Before: c.members, After: after}}
	}},
	{"DefineField", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		f, err := s.DefineField(ctx, membership.Field{
			Resource: membership.ResourceMember, Slug: "size", Name: "Size", Type: membership.TypeFloat,
			Default: integer(42), Max: integer(50), Enum: []membership.Value{integer(42), integer(43)},
		})
		must(t, err)
		equal(t, "its initial value", f.Initial, f.Default)
		return []change{{Type: membership.FieldCreated, After: f}}
	}},
	{"DefineField (the first)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.DeleteFlow(ctx, c.members.ID))
		f, err := s.DefineField(ctx, fieldOf(membership.ResourceMember, "size", membership.TypeFloat))
		must(t, err)
		schema, err := s.Schema(ctx, membership.ResourceMember)
		must(t, err)
		return []change{
			{Type: membership.FlowDeleted, Before: c.members},
			{Type: membership.FlowCreated, After: schema.Flow}, {Type: membership.FieldCreated, After: f},
		}
	}},
	{"UpdateField", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		f, err := s.UpdateField(ctx, c.role.ID,
			membership.FieldUpdate{Slug: new("job"), Enum: &[]membership.Value{text("owner")}})
		must(t, err)
		return []change{{Type: membership.FieldUpdated, Before: c.role, After: f}} // and none for the rows
	}},
	{"UpdateField (nothing new)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		_, err := s.UpdateField(ctx, c.role.ID, membership.FieldUpdate{Slug: new("role")})
		must(t, err)
		return nil
	}},
	{"DeleteField", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		values, err := s.DeleteField(ctx, c.role.ID)
		must(t, err)
		equal(t, "values", values, 3)
		return []change{{Type: membership.FieldDeleted, Before: c.role}}
	}},
	{"EnsureFields", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		changed, added := c.role, fieldOf(membership.ResourceMember, "size", membership.TypeFloat)
		changed.Enum = nil
		for range 2 { // the second time nothing is new
			must(t, s.EnsureFields(ctx, c.plan, changed, added))
		}
		changed.UpdatedAt = c.now()
		schema, err := s.Schema(ctx, membership.ResourceMember)
		must(t, err)
		return []change{
			{Type: membership.FieldUpdated, Before: c.role, After: changed},
			{Type: membership.FieldCreated, After: schema.Fields[0]},
		}
	}},
	{"CreateCredential, RevokeCredential, IssueToken, RevokeToken",
		func(ctx context.Context, t *testing.T, s *roster.Service, _ *company) []change {
			credential, _, err := s.CreateCredential(ctx, membership.ScopeRead)
			must(t, err)
			_, token, err := s.IssueToken(ctx, credential.ClientID, membership.ScopeRead, time.Hour)
			must(t, err)
			must(t, s.RevokeToken(ctx, token))
			must(t, s.RevokeCredential(ctx, credential.ClientID))
			return nil
		}},
	{"SetConsumer, DeleteConsumer, PruneChanges",
		func(ctx context.Context, t *testing.T, s *roster.Service, _ *company) []change {
			must(t, s.SetConsumer(ctx, membership.Consumer{Name: "mailer", Position: 1}))
			must(t, s.DeleteConsumer(ctx, "mailer"))
			_, err := s.PruneChanges(ctx, membership.Retention{MaxCount: 10})
			must(t, err)
			return nil
		}},
	{"Update", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) (all []change) {
		must(t, s.Update(ctx, func(in *roster.Service) error {
			all = nil
			a, err := in.CreateAccount(ctx, membership.Account{Name: "Hooli"})
			must(t, err)
			_, err = in.CreateAccount(ctx, a)
			wantError(t, "again", err, membership.ErrDuplicateID)
			m, err := in.Add(ctx, a.ID, c.ron.ID)
			must(t, err)
			all = append(all, change{Type: membership.AccountCreated, AccountID: a.ID, After: a},
				ofMembership(membership.MembershipCreated, nil, m))
			return in.Update(ctx, func(in *roster.Service) error {
				must(t, in.DeleteAccount(ctx, a.ID))
				all = append(all, along(ofMembership(membership.MembershipDeleted, m, nil))...)
				all = append(all, change{Type: membership.AccountDeleted, AccountID: a.ID, Before: a})
				return nil
			})
		}))
		return all
	}},
	{"Update (that fails)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		failure := errors.New("changed my mind")
		wantError(t, "Update", s.Update(ctx, func(in *roster.Service) error {
			must(t, in.DeleteAccount(ctx, c.acme.ID))
			return failure
		}), failure)
		wantError(t, "Update whose inner one fails", s.Update(ctx, func(in *roster.Service) error {
			_ = in.Update(ctx, func(in *roster.Service) error {
				must(t, in.DeleteMember(ctx, c.ron.ID))
				return failure
			})
			return nil
		}), failure)
		func() {
			defer func() { equal(t, "the panic", recover(), any(failure)) }()
			_ = s.Update(ctx, func(in *roster.Service) error {
				must(t, in.DeleteTag(ctx, c.gold.ID))
				panic(failure)
			})
		}()
		return nil
	}},
	{"AddMany", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		results, err := s.AddMany(ctx, c.leaf.ID, []membership.MemberID{c.ron.ID, noMember, c.ron.ID, c.ann.ID})
		must(t, err)
		return []change{ofMembership(membership.MembershipCreated, nil, results[0].Membership),
			ofMembership(membership.MembershipCreated, nil, results[3].Membership)}
	}},
	{"Import", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		return importSome(ctx, t, s, c, membership.CauseImport)
	}},
	{"Import (by a consumer)", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) (made []change) {
		must(t, s.SetConsumer(ctx, membership.Consumer{Name: "importer", Position: c.last() - 1}))
		must(t, s.Consume(ctx, "importer", func(ctx context.Context, in *roster.Service, _ change) error {
			made = importSome(ctx, t, in, c, membership.CauseConsumer)
			return nil
		}, toTheEnd(membership.LoginCreated)))
		return made
	}},
	{"Consume", func(ctx context.Context, t *testing.T, s *roster.Service, c *company) []change {
		must(t, s.SetConsumer(ctx, membership.Consumer{Name: "mailer", Position: c.last() - 1}))
		var tag membership.Tag
		must(t, s.Consume(ctx, "mailer", func(ctx context.Context, in *roster.Service, _ change) (err error) {
			if tag, err = in.CreateTag(ctx, membership.Tag{Name: "made by a consumer"}); err != nil {
				return err
			}
			return in.Remove(ctx, c.acme.ID, c.annInAcme.ID)
		}, toTheEnd(membership.LoginCreated)))
		made := change{Type: membership.TagCreated, After: tag}
		gone := ofMembership(membership.MembershipDeleted, c.annInAcme, nil)
		made.Cause, gone.Cause = membership.CauseConsumer, membership.CauseConsumer
		return []change{made, gone}
	}},
}

// importSome imports a row of each kind, and some that are refused.
func importSome(ctx context.Context, t *testing.T, s *roster.Service, c *company, cause membership.Cause) []change {
	t.Helper()
	rows := []membership.Row{
		c.acme, membership.Account{Name: "Hooli", ParentID: c.acme.ID}, membership.Member{ID: noMember, Name: "April"}, nil,
		membership.Membership{AccountID: c.leaf.ID, MemberID: noMember}, c.ronInAcme,
	}
	results := collect(t, s.Import(ctx, slices.Values(rows), roster.ImportOptions{Batch: 2}))
	hooli, april := results[1].Row.(membership.Account), results[2].Row.(membership.Member)
	changes := []change{
		{Type: membership.AccountCreated, AccountID: hooli.ID, After: hooli},
		{Type: membership.MemberCreated, MemberID: april.ID, After: april},
		ofMembership(membership.MembershipCreated, nil, results[4].Row.(membership.Membership)),
	}
	for i := range changes {
		changes[i].Cause = cause
	}
	return changes
}

func TestEachUseCaseAppendsExactlyItsChanges(t *testing.T) {
	t.Parallel()
	for _, r := range recordings {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, st store.Store) {
				c := newCompany(t, st)
				last := c.last()
				want := r.do(t.Context(), t, c.As("leslie").ForRequest("request-1"), c)
				for i := range want {
					want[i].Sequence, want[i].Time = last+int64(i)+1, c.now()
					want[i].Actor, want[i].RequestID = "leslie", "request-1"
					if want[i].Cause == "" {
						want[i].Cause = membership.CauseRequest
					}
				}
				sameChanges(t, r.name, c.changes(last), want)
			})
		})
	}
}

// notRecording are the methods of a Service that append nothing of their own: they read, or make another Service.
var notRecording = []string{
	"Actor", "As", "ForImport", "ForRequest", "In", "Tx", "View",
	"CheckCredential", "CheckToken", "Credential", "Credentials",
	"Account", "AccountRelations", "AccountTags", "Accounts", "AccountsByID", "AllAccounts",
	"AllMembers", "AllUnassignedMembers", "Member", "Members", "MembersByID", "UnassignedMembers",
	"AllMemberships", "IsMember", "Membership", "MembershipByPair", "Memberships",
	"AllTags", "Tag", "Tags", "Settings", "PasswordProfile", "PasswordProfiles", "Login", "Logins",
	"Field", "Fields", "Flow", "Flows", "ListFields", "Schema",
	"AwaitChanges", "ChangeBounds", "Changes", "Consumers", "History", "ListChanges",
}

func TestTheTestsOfRecordingKnowEveryUseCase(t *testing.T) {
	t.Parallel()
	known := slices.Clone(notRecording)
	for _, r := range recordings {
		names, _, _ := strings.Cut(r.name, " (")
		known = append(known, strings.Split(names, ", ")...)
	}
	slices.Sort(known)
	var methods []string
	for m := range reflect.TypeFor[*roster.Service]().Methods() {
		methods = append(methods, m.Name)
	}
	if known = slices.Compact(known); !slices.Equal(known, methods) {
		t.Errorf("a Service has the methods\n%v, these tests know\n%v", methods, known)
	}
}

func TestEveryTypeOfChangeIsRecorded(t *testing.T) {
	t.Parallel()
	seen := map[membership.ChangeType]bool{}
	for _, r := range recordings {
		c := newCompany(t, memstore.New())
		r.do(t.Context(), t, c.Service, c)
		page, err := c.store.Changes(t.Context(), membership.ChangeQuery{Limit: math.MaxInt})
		must(t, err)
		for _, change := range page.Changes {
			seen[change.Type] = true
		}
	}
	got, want := slices.Sorted(maps.Keys(seen)), slices.Sorted(slices.Values(membership.ChangeTypes()))
	if !slices.Equal(got, want) {
		t.Errorf("recorded are %v, of %v", got, want)
	}
}

// TestTheRecorderKnowsEveryWrite reads the source: a new primitive of the store that nobody records would be missing in
// the log without anybody noticing.
func TestTheRecorderKnowsEveryWrite(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "recorder.go", nil, parser.SkipObjectResolution)
	must(t, err)
	recorded := map[string]bool{}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || !fn.Name.IsExported() {
			continue
		}
		if of, ok := fn.Recv.List[0].Type.(*ast.StarExpr); ok && of.X.(*ast.Ident).Name == "recorder" {
			recorded[fn.Name.Name] = true
		}
	}
	methods := func(of reflect.Type) (names []string) {
		for m := range of.Methods() {
			names = append(names, m.Name)
		}
		return names
	}
	exempt := slices.Concat(methods(reflect.TypeFor[store.Reader]()), methods(reflect.TypeFor[store.CredentialWriter]()),
		methods(reflect.TypeFor[store.ChangeWriter]()), []string{"JoinFacts", "JoinFactsOf"})
	for _, name := range methods(reflect.TypeFor[store.Tx]()) {
		if slices.Contains(exempt, name) == recorded[name] {
			t.Errorf("%s: recorded: %t", name, recorded[name])
		}
	}
}

func TestARefusedUseCaseAppendsNothing(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		c := newCompany(t, st)
		ctx, last := t.Context(), c.last()
		for name, refusal := range map[string]func(*roster.Service) error{
			"CreateAccount, an id that is taken": func(s *roster.Service) error { _, err := s.CreateAccount(ctx, c.acme); return err },
			"CreateAccount, a field that is unknown": func(s *roster.Service) error {
				_, err := s.CreateAccount(ctx, membership.Account{Name: "Hooli", Fields: fields("colour", text("red"))})
				return err
			},
			"UpdateAccount, a registration id that is taken": func(s *roster.Service) error {
				_, err := s.UpdateAccount(ctx, c.leaf.ID,
					membership.AccountUpdate{Name: new("X"), RegistrationID: &c.acme.RegistrationID})
				return err
			},
			"DeleteAccount": func(s *roster.Service) error { return s.DeleteAccount(ctx, noAccount) },
			"CreateMember":  func(s *roster.Service) error { _, err := s.CreateMember(ctx, c.ron); return err },
			"UpdateMember": func(s *roster.Service) error {
				_, err := s.UpdateMember(ctx, noMember, membership.MemberUpdate{})
				return err
			},
			"DeleteMember":  func(s *roster.Service) error { return s.DeleteMember(ctx, noMember) },
			"Add":           func(s *roster.Service) error { _, err := s.Add(ctx, c.acme.ID, c.ron.ID); return err },
			"Remove":        func(s *roster.Service) error { return s.Remove(ctx, c.leaf.ID, c.ronInAcme.ID) },
			"CreateTag":     func(s *roster.Service) error { _, err := s.CreateTag(ctx, membership.Tag{Name: "gold"}); return err },
			"DeleteTag":     func(s *roster.Service) error { return s.DeleteTag(ctx, noTag) },
			"TagAccount":    func(s *roster.Service) error { _, err := s.TagAccount(ctx, c.leaf.ID, c.gold.ID, noTag); return err },
			"UntagAccount":  func(s *roster.Service) error { _, err := s.UntagAccount(ctx, c.acme.ID, c.gold.ID, noTag); return err },
			"DeleteProfile": func(s *roster.Service) error { return s.DeletePasswordProfile(ctx, noProfile) },
			"DeleteFlow": func(s *roster.Service) error {
				schema, err := s.Schema(ctx, membership.ResourceMembership)
				must(t, err)
				return s.DeleteFlow(ctx, schema.Flow.ID)
			},
			"DeleteField": func(s *roster.Service) error { _, err := s.DeleteField(ctx, noField); return err },
			"UpdateSettings": func(s *roster.Service) error {
				_, err := s.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: new(-1)})
				return err
			},
		} {
			if refusal(c.Service) == nil {
				t.Errorf("%s is not refused", name)
			}
			must(t, c.Update(ctx, func(in *roster.Service) error {
				if refusal(in) == nil {
					t.Errorf("%s is not refused in an Update", name)
				}
				return nil
			}))
			if c.last() != last {
				t.Fatalf("%s: recorded %v", name, c.changes(last))
			}
		}
	})
}

func TestNothingSecretIsRecorded(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		c := newCompany(t, st)
		_, err := c.UpdateLogin(t.Context(), c.ron.ID, c.ronInShop.ID, membership.LoginUpdate{Password: new(password + "!")})
		must(t, err)
		must(t, c.DeletePasswordProfile(t.Context(), c.shop.ID))
		must(t, c.DeleteMember(t.Context(), c.ron.ID))
		for _, change := range c.changes(0) {
			if printed := show(change); strings.Contains(printed, "hash:") || strings.Contains(printed, password) {
				t.Error(printed)
			}
		}
	})
}

func TestTheLogIsPrunedOnTheWay(t *testing.T) {
	t.Parallel()
	for name, retention := range map[string]membership.Retention{
		"by count":            {MaxCount: 50},
		"by age":              {MaxAge: 50 * time.Second},
		"by the stricter one": {MaxCount: 50, MaxAge: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, st store.Store) {
				w := newWorldOver(t, st, roster.Options{Retention: retention})
				tag := w.tag("press")
				longest := 0
				for n := range 1000 {
					w.clock.Advance(time.Second)
					_, err := w.UpdateTag(t.Context(), tag.ID, membership.TagUpdate{Name: new(fmt.Sprint("press ", n))})
					must(t, err)
					page, err := w.store.Changes(t.Context(), membership.ChangeQuery{Limit: -1})
					must(t, err)
					equal(t, "the last", page.Last, int64(n)+2)
					longest = max(longest, int(page.Last-page.First)+1)
				}
				if longest < 50 || longest > 50+128 {
					t.Errorf("the log had up to %d changes", longest)
				}
				_, err := w.ListChanges(t.Context(), membership.ChangeQuery{})
				wantError(t, "from the beginning", err, membership.ErrPruned)
			})
		})
	}
}

func TestPruneChanges(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		prune := func(what string, r membership.Retention, want int, first int64) {
			t.Helper()
			removed, err := w.PruneChanges(t.Context(), r)
			must(t, err)
			equal(t, what+": removed", removed, want)
			page, err := w.store.Changes(t.Context(), membership.ChangeQuery{Limit: -1})
			must(t, err)
			equal(t, what+": the first", page.First, first)
		}
		prune("an empty log", membership.Retention{MaxCount: 1}, 0, 0)
		must(t, w.Update(t.Context(), func(in *roster.Service) error { // more than are pruned at once
			for n := range 3000 {
				w.clock.Advance(time.Second)
				if _, err := in.CreateTag(t.Context(), membership.Tag{Name: fmt.Sprint(n)}); err != nil {
					return err
				}
			}
			return nil
		}))
		prune("nothing asked for", membership.Retention{}, 0, 1)
		prune("negative bounds", membership.Retention{MaxAge: -1, MaxCount: -1}, 0, 1)
		prune("more than there are", membership.Retention{MaxCount: 3000, MaxAge: time.Hour}, 0, 1)
		prune("by count", membership.Retention{MaxCount: 2900}, 100, 101)
		prune("by age", membership.Retention{MaxAge: 2799 * time.Second}, 100, 201)
		prune("many steps", membership.Retention{MaxCount: 10, MaxAge: time.Hour}, 2790, 2991)
		w.clock.Advance(time.Hour)
		prune("all", membership.Retention{MaxAge: time.Second}, 9, 3000)
		prune("all but the last are gone", membership.Retention{MaxCount: 1}, 0, 3000)

		_, err := w.ListChanges(t.Context(), membership.ChangeQuery{After: 2998})
		wantError(t, "a change that is gone", err, membership.ErrPruned)
		facts, ok := errors.AsType[*membership.Error](err)
		if !ok || facts.First != 3000 {
			t.Errorf("%v does not say that 3000 is left: %+v", err, facts)
		}
		left := w.changes(2999)
		equal(t, "changes that are left", len(left), 1)
		w.tag("another")
		equal(t, "the next", w.last(), 3001)

		ended, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = w.PruneChanges(ended, membership.Retention{MaxCount: 1})
		wantError(t, "with a context that has ended", err, context.Canceled)
		must(t, w.View(t.Context(), func(s *roster.Service) error {
			if _, err := s.PruneChanges(t.Context(), membership.Retention{MaxCount: 1}); err == nil {
				t.Error("a View prunes")
			}
			return nil
		}))
		errUndo := errors.New("undo")
		wantError(t, "Update", w.Update(t.Context(), func(in *roster.Service) error {
			removed, err := in.PruneChanges(t.Context(), membership.Retention{MaxCount: 1})
			must(t, err)
			equal(t, "removed in an Update", removed, 1)
			return errUndo
		}), errUndo)
		equal(t, "changes after it was undone", len(w.changes(2999)), 2)
	})
}

func TestPruningThatFailsSaysHowFarItCame(t *testing.T) {
	t.Parallel()
	st := &failingPruner{Store: memstore.New(), after: 2}
	w := newWorldOver(t, st, roster.Options{})
	must(t, w.Update(t.Context(), func(in *roster.Service) error {
		for n := range 3000 {
			if _, err := in.CreateTag(t.Context(), membership.Tag{Name: fmt.Sprint(n)}); err != nil {
				return err
			}
		}
		return nil
	}))
	removed, err := w.PruneChanges(t.Context(), membership.Retention{MaxCount: 1})
	wantError(t, "PruneChanges", err, store.ErrBusy)
	equal(t, "removed", int64(removed), 3000-int64(len(w.changes(int64(removed)))))
	if removed == 0 {
		t.Error("it removed nothing")
	}
}

// failingPruner is a store whose Updates fail after so many others.
type failingPruner struct {
	store.Store
	after int
}

func (s *failingPruner) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(failingPrunerTx{tx, s}) })
}

type failingPrunerTx struct {
	store.Tx
	st *failingPruner
}

func (tx failingPrunerTx) PruneChanges(ctx context.Context, before time.Time, keep, most int) (int, error) {
	if tx.st.after--; tx.st.after < 0 {
		return 0, store.ErrBusy
	}
	return tx.Tx.PruneChanges(ctx, before, keep, most)
}

package memstore

import (
	"iter"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// tables hold every row and the indexes that keep the structure: guarded by Store.lock.
type tables struct {
	accounts      map[membership.AccountID]*account
	registrations map[string]membership.AccountID
	members       map[membership.MemberID]*member
	memberships   map[membership.MembershipID]*membership.Membership
	pairs         map[pair]*membership.Membership
	tags          map[membership.TagID]*tag
	tagNames      map[string]membership.TagID
	profiles      map[membership.PasswordProfileID]membership.PasswordProfile
	logins        map[membership.LoginID]membership.Login
	usernames     map[username]membership.LoginID
	schemas       map[membership.Resource]membership.Schema
	settings      membership.Settings
	log           changeLog
	consumers     map[string]int64
	credentials   map[string]membership.Credential
	tokens        map[membership.SecretHash]membership.Token
}

// pair is what an account and a member have at most one membership of.
type pair struct {
	account membership.AccountID
	member  membership.MemberID
}

func pairOf(m *membership.Membership) pair { return pair{m.AccountID, m.MemberID} }

// account is an account with its memberships.
type account struct {
	row         membership.Account
	memberships timeline
	tags        map[membership.TagID]*tag
	children    map[membership.AccountID]*account
}

// tag is a tag with the accounts that have it.
type tag struct {
	row      membership.Tag
	accounts map[membership.AccountID]*account
}

func (t *tag) stored() membership.Tag { return t.row }

// username is unique in its profile.
type username struct {
	profile membership.PasswordProfileID
	name    string
}

// member is a member with its memberships.
type member struct {
	row         membership.Member
	memberships timeline
}

func newTables() tables {
	return tables{
		accounts:      make(map[membership.AccountID]*account),
		registrations: make(map[string]membership.AccountID),
		members:       make(map[membership.MemberID]*member),
		memberships:   make(map[membership.MembershipID]*membership.Membership),
		pairs:         make(map[pair]*membership.Membership),
		tags:          make(map[membership.TagID]*tag),
		tagNames:      make(map[string]membership.TagID),
		profiles:      make(map[membership.PasswordProfileID]membership.PasswordProfile),
		logins:        make(map[membership.LoginID]membership.Login),
		usernames:     make(map[username]membership.LoginID),
		schemas:       make(map[membership.Resource]membership.Schema),
		settings:      membership.DefaultSettings(),
		consumers:     make(map[string]int64),
		credentials:   make(map[string]membership.Credential),
		tokens:        make(map[membership.SecretHash]membership.Token),
	}
}

// link enters a membership into every index; unlink takes it out again.
func (t *tables) link(m *membership.Membership) {
	t.memberships[m.ID] = m
	t.pairs[pairOf(m)] = m
	t.accounts[m.AccountID].memberships.insert(m)
	t.members[m.MemberID].memberships.insert(m)
}

func (t *tables) unlink(m *membership.Membership) {
	delete(t.memberships, m.ID)
	delete(t.pairs, pairOf(m))
	t.accounts[m.AccountID].memberships.remove(m)
	t.members[m.MemberID].memberships.remove(m)
}

// kept is what the row of a resource that has the id has kept of custom fields; nothing when there is no such row.
func (t *tables) kept(r membership.Resource, id uuid.UUID) membership.Fields {
	switch r {
	case membership.ResourceAccount:
		if a := t.accounts[membership.AccountID{UUID: id}]; a != nil {
			return a.row.Fields
		}
	case membership.ResourceMember:
		if m := t.members[membership.MemberID{UUID: id}]; m != nil {
			return m.row.Fields
		}
	default:
		if m := t.memberships[membership.MembershipID{UUID: id}]; m != nil {
			return m.Fields
		}
	}
	return membership.Fields{}
}

// values are the places of the custom fields of a resource's rows.
func (t *tables) values(r membership.Resource) iter.Seq[*membership.Fields] {
	switch r {
	case membership.ResourceAccount:
		return rowsOf(t.accounts, func(a *account) *membership.Fields { return &a.row.Fields })
	case membership.ResourceMember:
		return rowsOf(t.members, func(m *member) *membership.Fields { return &m.row.Fields })
	default:
		return rowsOf(t.memberships, func(m *membership.Membership) *membership.Fields { return &m.Fields })
	}
}

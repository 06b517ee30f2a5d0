package main

import (
	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/google/uuid"
)

// casbinModel is roles within domains, where an account is a domain and "member" the one role.
const casbinModel = `
[request_definition]
r = sub, dom

[policy_definition]
p = sub

[role_definition]
g = _, _, _

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = g(r.sub, p.sub, r.dom)`

const casbinRole = "member"

// casbinRoles is casbin in memory, with its lock.
type casbinRoles struct {
	*casbin.SyncedEnforcer
	accounts, members []string
}

var (
	_ joiner  = (*casbinRoles)(nil)
	_ asker   = (*casbinRoles)(nil)
	_ lister  = (*casbinRoles)(nil)
	_ counter = (*casbinRoles)(nil)
)

func newCasbin(w world) (*casbinRoles, error) {
	m, err := model.NewModelFromString(casbinModel)
	if err != nil {
		return nil, err
	}
	enforcer, err := casbin.NewSyncedEnforcer(m)
	if err != nil {
		return nil, err
	}
	c := &casbinRoles{SyncedEnforcer: enforcer, accounts: texts(newIDs(w.Accounts)), members: texts(newIDs(w.Members))}
	if _, err := c.AddPolicy(casbinRole); err != nil {
		return nil, err
	}
	for n := range w.memberships() {
		if err := c.Join(w.pair(n)); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// texts spells ids as peers that have no other kind keep them.
func texts(ids []uuid.UUID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	return all
}

// Join implements joiner.
func (c *casbinRoles) Join(account, member int) error {
	added, err := c.AddGroupingPolicy(c.members[member], casbinRole, c.accounts[account])
	if err == nil && !added {
		return errRefused
	}
	return err
}

// IsMember implements asker: has the user the role.
func (c *casbinRoles) IsMember(account, member int) (bool, error) {
	return c.HasRoleForUser(c.members[member], casbinRole, c.accounts[account])
}

// casbinRules asks casbin whether the rule is there word for word, which leaves out that roles can have roles.
type casbinRules struct{ *casbinRoles }

// IsMember implements asker.
func (c casbinRules) IsMember(account, member int) (bool, error) {
	return c.HasGroupingPolicy(c.members[member], casbinRole, c.accounts[account])
}

// casbinEnforcer asks casbin's question: may the user, by policy and roles.
type casbinEnforcer struct{ *casbinRoles }

// IsMember implements asker.
func (c casbinEnforcer) IsMember(account, member int) (bool, error) {
	return c.Enforce(c.members[member], c.accounts[account])
}

// List implements lister. casbin has no pages and no order: it answers with everybody.
func (c *casbinRoles) List(account, _ int) (rows, total int, err error) {
	all := c.GetUsersForRoleInDomain(casbinRole, c.accounts[account])
	return len(all), len(all), nil
}

// Count implements counter.
func (c *casbinRoles) Count() (int, error) {
	all, err := c.GetGroupingPolicy()
	return len(all), err
}

// Close implements contender.
func (c *casbinRoles) Close() error { return nil }

func openCasbin(_ string, w world) (contender, error) { return newCasbin(w) }

func openCasbinRules(_ string, w world) (contender, error) {
	c, err := newCasbin(w)
	return casbinRules{c}, err
}

func openCasbinEnforcer(_ string, w world) (contender, error) {
	c, err := newCasbin(w)
	return casbinEnforcer{c}, err
}

package console

import (
	"errors"
	"net/http"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// membershipPage is a membership with what has become of it.
type membershipPage struct {
	Membership membership.Membership // as it is, or as it was last
	Ended      bool
	Account    link
	Member     link
	Facts      []fact
	Form       *form // nil where nothing can be changed
	History    []entry
	RemoveHref string
}

func showMembership(c *call) error {
	account, id, err := c.membershipIDs()
	if err != nil {
		return err
	}
	return c.membershipPage(http.StatusOK, account, id, nil)
}

// membershipPage shows a membership, also one that has ended and of which the change log still tells.
func (c *call) membershipPage(status int, account membership.AccountID, id membership.MembershipID, f *form) error {
	var p membershipPage
	var fields []membership.Field
	err := c.svc.View(c.ctx(), func(in *roster.Service) error {
		m, err := in.Membership(c.ctx(), account, id)
		gone := err != nil
		if gone && !errors.Is(err, membership.ErrNotFound) {
			return err
		}
		changes, historyErr := in.History(c.ctx(), id)
		if historyErr != nil {
			return historyErr
		}
		if gone {
			last, known := lastOf(changes, account)
			if !known {
				return err
			}
			m, p.Ended = last, true
		}
		schema, err := in.Schema(c.ctx(), membership.ResourceMembership)
		if err != nil {
			return err
		}
		fields = columns(schema)
		p.Membership, p.Facts = m, facts(fields, m.Fields)
		p.History, err = entries(c.ctx(), in, changes)
		if err != nil {
			return err
		}
		who, err := namesOf(c.ctx(), in, []membership.Change{{AccountID: m.AccountID, MemberID: m.MemberID}})
		p.Account, p.Member = who.account(m.AccountID), who.member(m.MemberID)
		return err
	})
	if err != nil {
		return err
	}
	if c.session.scopes.Has(membership.ScopeWrite) && !p.Ended {
		p.RemoveHref = membershipHref(p.Membership) + "/remove"
		if p.Form = f; f == nil && len(fields) > 0 {
			p.Form = newForm(inputs(fields, p.Membership.Fields)...)
		}
	}
	trail := []link{{"Accounts", Path + "/accounts"}}
	if p.Account.Href != "" {
		trail = append(trail, p.Account)
	}
	return c.show(status, "membership", page{Title: p.Member.Text + " in " + p.Account.Text, Section: "Accounts", Trail: trail, Body: p})
}

// lastOf is how a membership of an account was before it ended.
func lastOf(changes []membership.Change, account membership.AccountID) (membership.Membership, bool) {
	for i := len(changes) - 1; i >= 0; i-- {
		m, ok := changes[i].Before.(membership.Membership)
		if ok && m.AccountID == account {
			return m, true
		}
	}
	return membership.Membership{}, false
}

package httpadapter

import (
	"context"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const (
	accountType    = "account"
	accountsPath   = "/v2/accounts"
	accountPattern = accountsPath + "/{account}"
)

var accountRoutes = []route{
	create(accountsPath, createAccount),
	read(accountsPath, listAccounts),
	read(accountPattern, on((*call).accountID, getAccount)),
	update(accountPattern, on((*call).accountID, updateAccount)),
	remove(accountPattern, on((*call).accountID, deleteAccount)),
}

// account spells an account by itself: what it is related to is its parent, because nobody has read the rest.
func (e *encoder) account(a membership.Account) { e.relatedAccount(a, membership.Relations{}) }

// relatedAccount spells an account with what it is related to.
func (e *encoder) relatedAccount(a membership.Account, r membership.Relations) {
	e.accountMembers(a)
	e.timestamps(a.CreatedAt, a.UpdatedAt)
	e.accountRelationships(a, r)
	e.links(accountPlace(a.ID))
	e.fields(a.Fields)
	e.close()
}

// accountMembers begins an account with what is its own.
func (e *encoder) accountMembers(a membership.Account) {
	e.begin(a.ID.UUID, accountType)
	e.name("name").text(a.Name)
	e.name("legal_name").textOrNull(a.LegalName)
	e.name("registration_id").textOrNull(a.RegistrationID)
	e.name("external_ref").textOrNull(a.ExternalRef)
	e.name(parentField).idOrNull(a.ParentID.UUID)
}

func accountPlace(id membership.AccountID) place { return place{names: accountsPath, id: id.UUID} }

// viewOrUpdate is roster.Service's View or Update.
type viewOrUpdate func(context.Context, func(*roster.Service) error) error

// oneAccount answers with the account that act returns, what it is related to and what the parameters include, all
// as of one moment.
func (c *call) oneAccount(
	within viewOrUpdate, p parameters, act func(*roster.Service) (membership.Account, error),
) (response, error) {
	var a membership.Account
	var related relations
	err := within(c.context(), func(svc *roster.Service) (err error) {
		if a, err = act(svc); err != nil {
			return err
		}
		related, err = relationsOf(c.context(), svc, a)
		return err
	})
	if err != nil {
		return response{}, err
	}
	return one(c, a, related.account, includeTags(p, related, a)), nil
}

const parentField = "parent_id"

// noAccount is no account's id. Why not the zero id: as a parent it means none.
var noAccount = membership.AccountID{UUID: uuid.Max}

// parentID reads the parent that a body names: the zero id where it names none with null, nil where it does not say.
func (b *body) parentID() *membership.AccountID {
	if value, given := b.data[parentField]; given && value == nil {
		return new(membership.AccountID)
	}
	id := bodyID(b, parentField, membership.ParseAccountID)
	if id != nil && id.IsZero() {
		*id = noAccount
	}
	return id
}

// accountChange reads what a body says about an account, but for its custom fields.
func (b *body) accountChange() membership.AccountUpdate {
	return membership.AccountUpdate{
		ParentID:       b.parentID(),
		Name:           b.change("name"),
		LegalName:      b.change("legal_name"),
		RegistrationID: b.change("registration_id"),
		ExternalRef:    b.change("external_ref"),
	}
}

func createAccount(c *call) (response, error) {
	b, err := c.body(accountType)
	if err != nil {
		return response{}, err
	}
	a := membership.Account{
		Name:           b.text("name"),
		LegalName:      b.text("legal_name"),
		RegistrationID: b.text("registration_id"),
		ExternalRef:    b.text("external_ref"),
	}
	if parent := b.parentID(); parent != nil {
		a.ParentID = *parent
	}
	v := values{b, membership.ResourceAccount, true, a.Validate()}
	add := func(svc *roster.Service) (_ membership.Account, err error) {
		if a.Fields, err = v.read(c.context(), svc); err != nil {
			return a, err
		}
		return svc.CreateAccount(c.context(), a)
	}
	return c.created(c.oneAccount(v.transaction(c.svc, v.rules), parameters{}, add))
}

func listAccounts(c *call) (response, error) {
	q, err := c.listQuery(membership.ResourceAccount)
	if err != nil {
		return response{}, err
	}
	var found membership.Page[membership.Account]
	var related relations
	err = c.svc.View(c.context(), func(svc *roster.Service) (err error) {
		if found, err = svc.Accounts(c.context(), q.Query); err != nil {
			return err
		}
		related, err = relationsOf(c.context(), svc, found.Items...)
		return err
	})
	if err != nil {
		return response{}, err
	}
	tags := includeTags(q.parameters, related, found.Items...)
	return page(c, q, place{names: accountsPath}, found, related.account, tags), nil
}

func getAccount(c *call, id membership.AccountID) (response, error) {
	return c.oneAccount(c.svc.View, c.wishes(), func(svc *roster.Service) (membership.Account, error) {
		return svc.Account(c.context(), id)
	})
}

func updateAccount(c *call, id membership.AccountID) (response, error) {
	b, err := c.body(accountType)
	if err != nil {
		return response{}, err
	}
	u := b.accountChange()
	v := values{b, membership.ResourceAccount, false, nil}
	change := func(svc *roster.Service) (_ membership.Account, err error) {
		if u.Fields, err = v.read(c.context(), svc); err != nil {
			return membership.Account{}, err
		}
		return svc.UpdateAccount(c.context(), id, u)
	}
	return c.oneAccount(v.transaction(c.svc, v.rules), parameters{}, change)
}

func deleteAccount(c *call, id membership.AccountID) (response, error) {
	return noContent, c.svc.DeleteAccount(c.context(), id)
}

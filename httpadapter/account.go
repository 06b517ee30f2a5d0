package httpadapter

import (
	"net/http"

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
	read(accountPattern, getAccount),
	update(accountPattern, updateAccount),
	remove(accountPattern, deleteAccount),
}

type accountJSON struct {
	ID             string   `json:"id"`
	Type           string   `json:"type"`
	Name           string   `json:"name"`
	LegalName      *string  `json:"legal_name"`
	RegistrationID *string  `json:"registration_id"`
	ExternalRef    *string  `json:"external_ref"`
	ParentID       *string  `json:"parent_id"`
	Meta           meta     `json:"meta"`
	Links          selfLink `json:"links"`
}

func (c *call) account(a membership.Account) accountJSON {
	return accountJSON{
		ID:             a.ID.String(),
		Type:           accountType,
		Name:           a.Name,
		LegalName:      orNull(a.LegalName),
		RegistrationID: orNull(a.RegistrationID),
		ExternalRef:    orNull(a.ExternalRef),
		Meta:           timestamps(a.CreatedAt, a.UpdatedAt),
		Links:          selfLink{c.base + accountPath(a.ID)},
	}
}

// oneAccount answers with an account, unless there is none because of an error.
func (c *call) oneAccount(a membership.Account, err error) (response, error) {
	data := c.account(a)
	return one(data, data.Links, nil), err
}

func accountPath(id membership.AccountID) string { return accountsPath + "/" + id.String() }

// accountID is the account in the path. What is no id at all is the id of no account, and so is the
// zero id, which means every account to some calls of the service.
func (c *call) accountID() (membership.AccountID, error) {
	id, err := membership.ParseAccountID(c.request.PathValue("account"))
	if err != nil || id.IsZero() {
		return id, membership.ErrAccountNotFound
	}
	return id, nil
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
	b.refuseParent(http.StatusBadRequest, "parent_not_supported", "must be null or left out: accounts have no parents yet")
	if err := b.err(a.Validate()); err != nil {
		return response{}, err
	}
	a, err = c.svc.CreateAccount(c.context(), a)
	return created(c.oneAccount(a, err))
}

// refuseParent refuses a parent: accounts are flat.
func (b *body) refuseParent(status int, code, detail string) {
	const name = "parent_id"
	if b.data[name] != nil {
		b.faults = append(b.faults, &fault{status: status, code: code, detail: name + " " + detail, source: dataPointer(name)})
	}
}

func listAccounts(c *call) (response, error) {
	return list(c, membership.ResourceAccount, accountsPath, c.svc.Accounts, c.account)
}

func getAccount(c *call) (response, error) {
	id, err := c.accountID()
	if err != nil {
		return response{}, err
	}
	return c.oneAccount(c.svc.Account(c.context(), id))
}

func updateAccount(c *call) (response, error) {
	id, err := c.accountID()
	if err != nil {
		return response{}, err
	}
	b, err := c.body(accountType)
	if err != nil {
		return response{}, err
	}
	u := membership.AccountUpdate{
		Name:           b.change("name"),
		LegalName:      b.change("legal_name"),
		RegistrationID: b.change("registration_id"),
		ExternalRef:    b.change("external_ref"),
	}
	b.refuseParent(http.StatusConflict, "parent_immutable", "cannot be changed: leave it out, or send what the account has")
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	return c.oneAccount(c.svc.UpdateAccount(c.context(), id, u))
}

func deleteAccount(c *call) (response, error) {
	id, err := c.accountID()
	if err != nil {
		return response{}, err
	}
	return noContent, c.svc.DeleteAccount(c.context(), id)
}

package transfer

import (
	"github.com/roster-go/roster/membership"
)

// account creates or changes the account that a row is.
func (b *batch) account(e *entry) error {
	custom, err := b.schema(membership.ResourceAccount)
	if err != nil {
		return err
	}
	names := e.accountNames()
	if err := b.settleAll(e, names); err != nil { // Why first: it may have tags that are not there yet
		return err
	}
	u := e.doc.AccountUpdate()
	u.Fields = e.doc.Fields(custom)
	if err := b.parent(e, &u, custom); err != nil {
		return err
	}
	tags, err := b.tagging(e, custom)
	if err != nil {
		return err
	}
	createdAt, updatedAt := e.doc.Times()
	if err := e.check(); err != nil {
		return err
	}
	old, by, found, err := match(b, b.accounts, e, names)
	if err != nil {
		return err
	}
	if found {
		return b.changeAccount(e, old, by, u, custom, tags)
	}
	parent := u.ParentID
	u.ParentID = nil
	a, err := u.Apply(membership.Account{ID: membership.AccountID{UUID: e.id}, Fields: u.Fields, CreatedAt: createdAt, UpdatedAt: updatedAt})
	if err != nil {
		return err
	}
	if parent != nil {
		a.ParentID = *parent
	}
	b.wait(newcomer{e, a, tags}, names...)
	return nil
}

// parent finds the parent that a row names by its external_ref.
func (b *batch) parent(e *entry, u *membership.AccountUpdate, custom membership.Schema) error {
	if u.ParentID != nil {
		return nil
	}
	r, err := b.parentSide().of(b, e, custom)
	if err == nil && r.member != "" {
		u.ParentID = &membership.AccountID{UUID: r.id}
	}
	return err
}

// settleAll lets those be created that wait and that a row may be matched with.
func (b *batch) settleAll(e *entry, names []name) error {
	if err := settle(b, e.id); err != nil || e.named {
		return err
	}
	return settle(b, names...)
}

func (b *batch) changeAccount(
	e *entry, old membership.Account, by Key, u membership.AccountUpdate, custom membership.Schema, tags tagging,
) (err error) {
	c := conflict{cause: causeOf(by), by: string(by), id: old.ID.UUID}
	wanted, immutable := u.Apply(old)
	if immutable != nil {
		wanted = old
		c.differs = append(c.differs, "parent_id")
	}
	if wanted.Fields, err = changed(custom, old.Fields, u.Fields); err != nil {
		return err
	}
	c.differs = append(c.differs, differences(membership.ResourceAccount, custom, old, wanted)...)
	has, err := b.tagsToChange(old.ID, tags)
	if err != nil {
		return err
	}
	if !tags.are(has) {
		c.differs = append(c.differs, "its tags")
	}
	return b.meet(e, c, func() error {
		a, err := b.svc.UpdateAccount(b.ctx, old.ID, u)
		if err != nil {
			return err
		}
		b.accounts.put(a)
		return b.retag(a.ID, has, tags)
	})
}

// tagsToChange are the tags that an account has, where a row says which it is to have.
func (b *batch) tagsToChange(id membership.AccountID, tags tagging) ([]membership.Tag, error) {
	if !tags.said {
		return nil, nil
	}
	return b.svc.AccountTags(b.ctx, id)
}

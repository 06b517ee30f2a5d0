package transfer

import (
	"github.com/roster-go/roster/membership"
)

// member creates or changes the account member that a row is.
func (b *batch) member(e *entry) error {
	custom, err := b.schema(membership.ResourceMember)
	if err != nil {
		return err
	}
	u := e.doc.MemberUpdate()
	u.Fields = e.doc.Fields(custom)
	createdAt, updatedAt := e.doc.Times()
	if err := e.check(); err != nil {
		return err
	}
	names := e.memberNames()
	if err := b.settleAll(e, names); err != nil {
		return err
	}
	old, by, found, err := match(b, b.members, e, names)
	if err != nil {
		return err
	}
	if found {
		return b.changeMember(e, old, by, u, custom)
	}
	m := u.Apply(membership.Member{ID: membership.MemberID{UUID: e.id}, Fields: u.Fields, CreatedAt: createdAt, UpdatedAt: updatedAt})
	b.wait(newcomer{entry: e, row: m}, names...)
	return nil
}

func (b *batch) changeMember(e *entry, old membership.Member, by Key, u membership.MemberUpdate, custom membership.Schema) (err error) {
	wanted := u.Apply(old)
	if wanted.Fields, err = changed(custom, old.Fields, u.Fields); err != nil {
		return err
	}
	c := conflict{causeOf(by), string(by), old.ID.UUID, differences(membership.ResourceMember, custom, old, wanted)}
	return b.meet(e, c, func() error {
		m, err := b.svc.UpdateMember(b.ctx, old.ID, u)
		if err == nil {
			b.members.put(m)
		}
		return err
	})
}

package roster

import (
	"context"
	"math"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// update runs a use case in a transaction that records what it changes: the changes are appended to the log in the end,
// in the same transaction. A use case that is refused has written nothing, and appends nothing.
func (s *Service) update(ctx context.Context, fn func(store.Tx) error) error {
	if err := membership.CheckOrigin(s.actor, s.requestID); err != nil {
		return err
	}
	now := s.now()
	if err := membership.CheckClock(now); err != nil {
		return err
	}
	return s.store.Update(ctx, func(tx store.Tx) error {
		r := &recorder{Tx: tx, stamp: membership.Change{Time: now, Actor: s.actor, Cause: s.cause, RequestID: s.requestID}}
		if err := fn(r); err != nil {
			return err
		}
		return s.appendChanges(ctx, tx, r.changes, now)
	})
}

// pruneEvery is after how many changes the log is looked at for those that are kept no longer, and pruneAtMost how many
// go at once, so that no writer has to wait long. One that writes more at once than that removes more, or the log would
// grow.
const (
	pruneEvery  = 128
	pruneAtMost = 8 * pruneEvery
)

func (s *Service) appendChanges(ctx context.Context, tx store.Tx, changes []membership.Change, now time.Time) error {
	if len(changes) == 0 {
		return nil
	}
	last, err := tx.AppendChanges(ctx, changes)
	if err != nil || s.retention.IsZero() || last/pruneEvery == (last-int64(len(changes)))/pruneEvery {
		return err
	}
	_, err = prune(ctx, tx, s.retention, now, max(pruneAtMost, 2*len(changes)))
	return err
}

// recorder is a transaction that remembers every change that is made through it, with the rows before and after.
type recorder struct {
	store.Tx
	stamp   membership.Change // what all changes have in common
	changes []membership.Change
	tagged  tagged
}

// tagged are the tags of an account, as the use case has left them: it may give and take many, one by one.
type tagged struct {
	account membership.AccountID
	tags    map[membership.TagID]membership.Tag
}

// wrote records a change unless the write of it failed, with err, which it returns.
func (r *recorder) wrote(err error, typ membership.ChangeType, before, after membership.Image, of concerned) error {
	if err == nil {
		r.record(typ, before, after, of)
	}
	return err
}

// record adds a change.
func (r *recorder) record(typ membership.ChangeType, before, after membership.Image, of concerned) {
	c := r.stamp
	c.Type, c.Before, c.After = typ, before, after
	c.AccountID, c.MemberID, c.MembershipID = of.account, of.member, of.membership
	if of.cascade {
		c.Cause = membership.CauseCascade
	}
	r.changes = append(r.changes, c)
}

// concerned is whom a change concerns.
type concerned struct {
	account    membership.AccountID
	member     membership.MemberID
	membership membership.MembershipID
	cascade    bool
}

func (r *recorder) InsertAccount(ctx context.Context, a membership.Account) error {
	return r.wrote(r.Tx.InsertAccount(ctx, a), membership.AccountCreated, nil, a, concerned{account: a.ID})
}

func (r *recorder) UpdateAccount(ctx context.Context, a membership.Account) error {
	before, err := r.Tx.Account(ctx, a.ID)
	if err == nil {
		err = r.Tx.UpdateAccount(ctx, a)
	}
	return r.wrote(err, membership.AccountUpdated, before, a, concerned{account: a.ID})
}

// DeleteAccount records what goes along: its memberships and its tags first, and behind it its children, which become
// roots.
func (r *recorder) DeleteAccount(ctx context.Context, id membership.AccountID, at time.Time) error {
	before, err := r.Tx.Account(ctx, id)
	if err != nil {
		return err
	}
	memberships, err := r.ListMemberships(ctx, membership.Scope{Account: id}, everything)
	if err != nil {
		return err
	}
	children, err := r.accounts(ctx, membership.Eq(membership.AttrParentID, membership.IDValue(id.UUID)))
	if err != nil {
		return err
	}
	r.tagged = tagged{}
	tags, err := tagsOf(ctx, r.Tx, id)
	if err != nil {
		return err
	}
	if err := r.Tx.DeleteAccount(ctx, id, at); err != nil {
		return err
	}
	r.endMemberships(memberships.Items)
	for _, t := range tags {
		r.record(membership.AccountUntagged, t, nil, concerned{account: id, cascade: true})
	}
	r.record(membership.AccountDeleted, before, nil, concerned{account: id})
	for _, child := range children {
		r.record(membership.AccountUpdated, child, child.WithoutParent(at), concerned{account: child.ID, cascade: true})
	}
	return nil
}

// everything asks for a whole list.
var everything = membership.Query{Limit: math.MaxInt}

func (r *recorder) accounts(ctx context.Context, which membership.Term) ([]membership.Account, error) {
	q := everything
	q.Filter = membership.All(which)
	page, err := r.ListAccounts(ctx, q)
	return page.Items, err
}

// endMemberships records memberships that went along with an account or a member.
func (r *recorder) endMemberships(memberships []membership.Membership) {
	for _, m := range memberships {
		of := ofMembership(m)
		of.cascade = true
		r.record(membership.MembershipDeleted, m, nil, of)
	}
}

func ofMembership(m membership.Membership) concerned {
	return concerned{account: m.AccountID, member: m.MemberID, membership: m.ID}
}

func (r *recorder) InsertMember(ctx context.Context, m membership.Member) error {
	return r.wrote(r.Tx.InsertMember(ctx, m), membership.MemberCreated, nil, m, concerned{member: m.ID})
}

func (r *recorder) UpdateMember(ctx context.Context, m membership.Member) error {
	before, err := r.Tx.Member(ctx, m.ID)
	if err == nil {
		err = r.Tx.UpdateMember(ctx, m)
	}
	return r.wrote(err, membership.MemberUpdated, before, m, concerned{member: m.ID})
}

// DeleteMember records the memberships and the logins that go along first.
func (r *recorder) DeleteMember(ctx context.Context, id membership.MemberID) error {
	before, err := r.Tx.Member(ctx, id)
	if err != nil {
		return err
	}
	memberships, err := r.ListMemberships(ctx, membership.Scope{Member: id}, everything)
	if err != nil {
		return err
	}
	logins, err := r.ListLogins(ctx, id, everything)
	if err != nil {
		return err
	}
	if err := r.Tx.DeleteMember(ctx, id); err != nil {
		return err
	}
	r.endMemberships(memberships.Items)
	r.endLogins(logins.Items)
	r.record(membership.MemberDeleted, before, nil, concerned{member: id})
	return nil
}

func (r *recorder) InsertMembership(ctx context.Context, m membership.Membership) error {
	return r.wrote(r.Tx.InsertMembership(ctx, m), membership.MembershipCreated, nil, m, ofMembership(m))
}

func (r *recorder) InsertMemberships(ctx context.Context, all []membership.Membership) (int, error) {
	n, err := r.Tx.InsertMemberships(ctx, all)
	for _, m := range all[:n] {
		r.record(membership.MembershipCreated, nil, m, ofMembership(m))
	}
	return n, err
}

func (r *recorder) UpdateMembership(ctx context.Context, m membership.Membership) error {
	before, err := r.Tx.Membership(ctx, m.AccountID, m.ID)
	if err == nil {
		err = r.Tx.UpdateMembership(ctx, m)
	}
	return r.wrote(err, membership.MembershipUpdated, before, m, ofMembership(m))
}

func (r *recorder) DeleteMembership(ctx context.Context, account membership.AccountID, id membership.MembershipID) error {
	before, err := r.Tx.Membership(ctx, account, id)
	if err == nil {
		err = r.Tx.DeleteMembership(ctx, account, id)
	}
	return r.wrote(err, membership.MembershipDeleted, before, nil, ofMembership(before))
}

func (r *recorder) InsertTag(ctx context.Context, t membership.Tag) error {
	return r.wrote(r.Tx.InsertTag(ctx, t), membership.TagCreated, nil, t, concerned{})
}

func (r *recorder) UpdateTag(ctx context.Context, t membership.Tag) error {
	before, err := r.Tx.Tag(ctx, t.ID)
	if err == nil {
		err = r.Tx.UpdateTag(ctx, t)
	}
	r.tagged = tagged{}
	return r.wrote(err, membership.TagUpdated, before, t, concerned{})
}

// DeleteTag records first that its accounts lose it.
func (r *recorder) DeleteTag(ctx context.Context, id membership.TagID) error {
	before, err := r.Tx.Tag(ctx, id)
	if err != nil {
		return err
	}
	accounts, err := r.accounts(ctx, membership.Contains(membership.AttrAccountTags, membership.IDValue(id.UUID)))
	if err != nil {
		return err
	}
	if err := r.Tx.DeleteTag(ctx, id); err != nil {
		return err
	}
	r.tagged = tagged{}
	for _, a := range accounts {
		r.record(membership.AccountUntagged, before, nil, concerned{account: a.ID, cascade: true})
	}
	r.record(membership.TagDeleted, before, nil, concerned{})
	return nil
}

func (r *recorder) TagAccount(ctx context.Context, account membership.AccountID, id membership.TagID) error {
	had, err := r.tagsOf(ctx, account)
	if err != nil {
		return err
	}
	_, already := had[id]
	if err := r.Tx.TagAccount(ctx, account, id); err != nil || already {
		return err
	}
	t, err := r.Tx.Tag(ctx, id)
	if err != nil {
		return err
	}
	had[id] = t
	r.record(membership.AccountTagged, nil, t, concerned{account: account})
	return nil
}

func (r *recorder) UntagAccount(ctx context.Context, account membership.AccountID, id membership.TagID) error {
	had, err := r.tagsOf(ctx, account)
	if err != nil {
		return err
	}
	t, has := had[id]
	if err := r.Tx.UntagAccount(ctx, account, id); err != nil || !has {
		return err
	}
	delete(had, id)
	r.record(membership.AccountUntagged, t, nil, concerned{account: account})
	return nil
}

// tagsOf are the tags of an account. They are read once, as long as it is the same one.
func (r *recorder) tagsOf(ctx context.Context, account membership.AccountID) (map[membership.TagID]membership.Tag, error) {
	if r.tagged.tags != nil && r.tagged.account == account {
		return r.tagged.tags, nil
	}
	all, err := tagsOf(ctx, r.Tx, account)
	if err != nil {
		return nil, err
	}
	r.tagged = tagged{account, make(map[membership.TagID]membership.Tag, len(all))}
	for _, t := range all {
		r.tagged.tags[t.ID] = t
	}
	return r.tagged.tags, nil
}

func (r *recorder) UpdateSettings(ctx context.Context, s membership.Settings) error {
	before, err := r.Tx.Settings(ctx)
	if err == nil {
		err = r.Tx.UpdateSettings(ctx, s)
	}
	return r.wrote(err, membership.SettingsUpdated, before, s, concerned{})
}

func (r *recorder) InsertPasswordProfile(ctx context.Context, p membership.PasswordProfile) error {
	return r.wrote(r.Tx.InsertPasswordProfile(ctx, p), membership.PasswordProfileCreated, nil, p, concerned{})
}

func (r *recorder) UpdatePasswordProfile(ctx context.Context, p membership.PasswordProfile) error {
	before, err := r.Tx.PasswordProfile(ctx, p.ID)
	if err == nil {
		err = r.Tx.UpdatePasswordProfile(ctx, p)
	}
	return r.wrote(err, membership.PasswordProfileUpdated, before, p, concerned{})
}

// DeletePasswordProfile records the logins that go along first.
func (r *recorder) DeletePasswordProfile(ctx context.Context, id membership.PasswordProfileID) error {
	before, err := r.Tx.PasswordProfile(ctx, id)
	if err != nil {
		return err
	}
	logins, err := r.LoginsOfProfile(ctx, id)
	if err != nil {
		return err
	}
	if err := r.Tx.DeletePasswordProfile(ctx, id); err != nil {
		return err
	}
	r.endLogins(logins)
	r.record(membership.PasswordProfileDeleted, before, nil, concerned{})
	return nil
}

// endLogins records logins that went along with a member or a password profile.
func (r *recorder) endLogins(logins []membership.Login) {
	for _, l := range logins {
		r.record(membership.LoginDeleted, shown(l), nil, concerned{member: l.MemberID, cascade: true})
	}
}

// shown is a login as the log has it: without its hash.
func shown(l membership.Login) membership.Login {
	l.PasswordHash = ""
	return l
}

func (r *recorder) InsertLogin(ctx context.Context, l membership.Login) error {
	return r.wrote(r.Tx.InsertLogin(ctx, l), membership.LoginCreated, nil, shown(l), concerned{member: l.MemberID})
}

func (r *recorder) UpdateLogin(ctx context.Context, l membership.Login) error {
	before, err := r.Tx.Login(ctx, l.MemberID, l.ID)
	if err == nil {
		err = r.Tx.UpdateLogin(ctx, l)
	}
	return r.wrote(err, membership.LoginUpdated, shown(before), shown(l), concerned{member: l.MemberID})
}

func (r *recorder) DeleteLogin(ctx context.Context, member membership.MemberID, id membership.LoginID) error {
	before, err := r.Tx.Login(ctx, member, id)
	if err == nil {
		err = r.Tx.DeleteLogin(ctx, member, id)
	}
	return r.wrote(err, membership.LoginDeleted, shown(before), nil, concerned{member: member})
}

func (r *recorder) InsertFlow(ctx context.Context, f membership.Flow) error {
	return r.wrote(r.Tx.InsertFlow(ctx, f), membership.FlowCreated, nil, f, concerned{})
}

func (r *recorder) UpdateFlow(ctx context.Context, f membership.Flow) error {
	before, err := findFlow(ctx, r.Tx, f.ID)
	if err == nil {
		err = r.Tx.UpdateFlow(ctx, f)
	}
	return r.wrote(err, membership.FlowUpdated, before, f, concerned{})
}

func (r *recorder) DeleteFlow(ctx context.Context, id membership.FlowID) error {
	before, err := findFlow(ctx, r.Tx, id)
	if err == nil {
		err = r.Tx.DeleteFlow(ctx, id)
	}
	return r.wrote(err, membership.FlowDeleted, before, nil, concerned{})
}

func (r *recorder) InsertField(ctx context.Context, f membership.Field) error {
	return r.wrote(r.Tx.InsertField(ctx, f), membership.FieldCreated, nil, f, concerned{})
}

func (r *recorder) UpdateField(ctx context.Context, f membership.Field) error {
	before, err := findField(ctx, r.Tx, f.ID)
	if err == nil {
		err = r.Tx.UpdateField(ctx, f)
	}
	return r.wrote(err, membership.FieldUpdated, before, f, concerned{})
}

func (r *recorder) DeleteField(ctx context.Context, id membership.FieldID) (int, error) {
	before, err := findField(ctx, r.Tx, id)
	if err != nil {
		return 0, err
	}
	values, err := r.Tx.DeleteField(ctx, id)
	if err != nil {
		return 0, err
	}
	r.record(membership.FieldDeleted, before, nil, concerned{})
	return values, nil
}

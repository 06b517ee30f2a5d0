package crash_test

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// useCase is one with random arguments. What succeeds changes something, and what it changes is new: it has the
// request's id in it.
type useCase struct {
	act    func(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error)
	whole  int
	brings bool
	key    func(w *writer) *key // of what signs in: what it may take away; nil says that it cannot be done
}

// useCases are all kinds of writes; those that happen more often are listed more often.
var useCases = []useCase{
	{act: createAccount}, {act: createAccount}, {act: updateAccount}, {act: updateAccount}, {act: deleteAccount},
	{act: createMember, brings: true}, {act: createMember, brings: true}, {act: updateMember}, {act: deleteMember},
	{act: join}, {act: join}, {act: join}, {act: joinMany}, {act: updateMembership},
	{act: updateMembership}, {act: leave}, {act: leave},
	{act: changeSettings}, {act: updateFlow}, {act: defineField, brings: true}, {act: updateField}, {act: deleteField},
	{act: createTag}, {act: updateTag}, {act: deleteTag}, {act: untag},
	{act: transact, whole: 3, brings: true}, {act: transact, whole: 3, brings: true},
	{act: importRows, whole: importedAtOnce, brings: true},
	{act: createProfile}, {act: updateProfile}, {act: createLogin}, {act: createLogin}, {act: updateLogin}, {act: deleteLogin},
	{act: createCredential, key: noKey},
	{act: issueToken, key: noKeyYet}, {act: revokeToken, key: ownToken}, {act: revokeCredential, key: ownKey},
}

func createAccount(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	fields, err := w.values(ctx, svc, membership.ResourceAccount)
	if err != nil {
		return nil, err
	}
	in := membership.Account{ID: w.account(), Name: w.request, Fields: fields}
	if w.rng.IntN(2) == 0 {
		in.ParentID = w.account()
	}
	a, err := svc.CreateAccount(ctx, in)
	return claimed(membership.AccountCreated, a, err)
}

func updateAccount(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	fields, err := w.values(ctx, svc, membership.ResourceAccount)
	if err != nil {
		return nil, err
	}
	u := membership.AccountUpdate{LegalName: &w.request, Fields: fields}
	if w.rng.IntN(10) == 0 {
		u.Name = new("") // which is refused
	}
	a, err := svc.UpdateAccount(ctx, w.account(), u)
	return claimed(membership.AccountUpdated, a, err)
}

// deleteAccount is a cascade: the memberships and the tags go along, the children become roots.
func deleteAccount(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	id := w.account()
	if n := len(w.own); n > 0 && w.rng.IntN(2) == 0 {
		id, w.own = w.own[n-1], w.own[:n-1]
	}
	return gone(membership.AccountDeleted, id), svc.DeleteAccount(ctx, id)
}

func createMember(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	fields, err := w.values(ctx, svc, membership.ResourceMember)
	if err != nil {
		return nil, err
	}
	m, err := svc.CreateMember(ctx, membership.Member{ID: w.member(), Name: w.request, Fields: fields})
	return claimed(membership.MemberCreated, m, err)
}

func updateMember(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	m, err := svc.UpdateMember(ctx, w.member(), membership.MemberUpdate{GivenName: &w.request})
	return claimed(membership.MemberUpdated, m, err)
}

func deleteMember(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	id := w.member()
	return gone(membership.MemberDeleted, id), svc.DeleteMember(ctx, id)
}

func join(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	fields, err := w.values(ctx, svc, membership.ResourceMembership)
	if err != nil {
		return nil, err
	}
	m, err := svc.CreateMembership(ctx, membership.Membership{AccountID: w.account(), MemberID: w.member(), Fields: fields})
	return claimed(membership.MembershipCreated, m, err)
}

func joinMany(ctx context.Context, w *writer, svc *roster.Service) (all []claim, err error) {
	added, err := svc.AddMany(ctx, w.account(), []membership.MemberID{w.member(), w.member(), w.member()})
	for _, a := range added {
		if a.Err == nil {
			all = append(all, claims(membership.MembershipCreated, a.Membership)...)
		}
	}
	return all, err
}

// joined is a membership that there is, if possible.
func (w *writer) joined(ctx context.Context, svc *roster.Service) (membership.Membership, error) {
	page, err := svc.Memberships(ctx, membership.Scope{All: true}, membership.Query{Limit: 1, Offset: w.rng.IntN(50)})
	if err != nil || len(page.Items) == 0 {
		return membership.Membership{AccountID: w.account()}, err
	}
	return page.Items[0], nil
}

func updateMembership(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	fields, err := w.values(ctx, svc, membership.ResourceMembership)
	if err != nil || fields.IsZero() {
		return nil, err
	}
	old, err := w.joined(ctx, svc)
	if err != nil {
		return nil, err
	}
	m, err := svc.UpdateMembership(ctx, old.AccountID, old.ID, membership.MembershipUpdate{Fields: fields})
	return claimed(membership.MembershipUpdated, m, err)
}

func leave(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	old, err := w.joined(ctx, svc)
	if err != nil {
		return nil, err
	}
	return gone(membership.MembershipDeleted, old.ID), svc.Remove(ctx, old.AccountID, old.ID)
}

func changeSettings(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	u := membership.SettingsUpdate{TokenTimeout: new(time.Duration(1+w.rng.IntN(1<<31)) * time.Second)}
	switch w.rng.IntN(4) {
	case 0:
		u.MembershipLimit = new(w.rng.IntN(20)) // 0 is refused
	case 1:
		u.AutoCreateAccounts = new(w.rng.IntN(3) == 0)
	}
	s, err := svc.UpdateSettings(ctx, u)
	return claimed(membership.SettingsUpdated, s, err)
}

var slugs = []string{"a", "b", "c"}

func defineField(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	resources := membership.FlowResources()
	f, err := svc.DefineField(ctx, membership.Field{ID: w.field(), Resource: resources[w.rng.IntN(len(resources))],
		Slug: slugs[w.rng.IntN(len(slugs))], Name: w.request, Type: membership.TypeString})
	return claimed(membership.FieldCreated, f, err)
}

func updateField(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	u := membership.FieldUpdate{Description: &w.request}
	if w.rng.IntN(3) == 0 {
		u.Slug = &slugs[w.rng.IntN(len(slugs))] // the values go along
	}
	f, err := svc.UpdateField(ctx, w.field(), u)
	return claimed(membership.FieldUpdated, f, err)
}

func deleteField(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	if w.rng.IntN(3) > 0 { // so that there are some
		return updateField(ctx, w, svc)
	}
	id := w.field()
	_, err := svc.DeleteField(ctx, id)
	return gone(membership.FieldDeleted, id), err
}

// updateFlow changes the flow of a resource, which its first field has brought along; seldom it deletes one that has lost
// all of its fields.
func updateFlow(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	resources := membership.FlowResources()
	schema, err := svc.Schema(ctx, resources[w.rng.IntN(len(resources))])
	if err != nil {
		return nil, err
	}
	if w.rng.IntN(4) == 0 {
		return gone(membership.FlowDeleted, schema.Flow.ID), svc.DeleteFlow(ctx, schema.Flow.ID)
	}
	f, err := svc.UpdateFlow(ctx, schema.Flow.ID, membership.FlowUpdate{Description: &w.request})
	return claimed(membership.FlowUpdated, f, err)
}

func createTag(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	t, err := svc.CreateTag(ctx, membership.Tag{ID: w.tag(), Name: w.request})
	return claimed(membership.TagCreated, t, err)
}

func updateTag(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	t, err := svc.UpdateTag(ctx, w.tag(), membership.TagUpdate{Description: &w.request})
	return claimed(membership.TagUpdated, t, err)
}

func deleteTag(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	id := w.tag()
	return gone(membership.TagDeleted, id), svc.DeleteTag(ctx, id)
}

// untag looks and takes in one transaction, so that it is known which tags were taken.
func untag(ctx context.Context, w *writer, svc *roster.Service) (all []claim, err error) {
	account := w.account()
	err = svc.Update(ctx, func(in *roster.Service) error {
		all = nil
		tags, err := in.AccountTags(ctx, account)
		if err != nil {
			return err
		}
		ids := make([]membership.TagID, len(tags))
		for i, tag := range tags {
			ids[i] = tag.ID
			all = append(all, gone(membership.AccountUntagged, tag.ID)...)
		}
		_, err = in.UntagAccount(ctx, account, ids...)
		return err
	})
	return all, err
}

// transact does several things at once, of which the last is often refused: then there is none of them.
func transact(ctx context.Context, w *writer, svc *roster.Service) (all []claim, err error) {
	account := w.account()
	err = svc.Update(ctx, func(in *roster.Service) error {
		m, err := in.CreateMember(ctx, membership.Member{Name: w.request})
		if err != nil {
			return err
		}
		tag, err := in.CreateTag(ctx, membership.Tag{Name: w.request})
		if err != nil {
			return err
		}
		_, err = in.TagAccount(ctx, account, tag.ID)
		all = slices.Concat(claims(membership.MemberCreated, m), claims(membership.TagCreated, tag), claims(membership.AccountTagged, tag))
		return err
	})
	return all, err
}

// importedAtOnce is how many rows an import has, all of them new.
const importedAtOnce = 5 + 5 + 10

// importRows imports accounts, members and memberships, in one batch.
func importRows(ctx context.Context, w *writer, svc *roster.Service) (all []claim, err error) {
	var rows []membership.Row
	var accounts []membership.AccountID
	for range 5 {
		a := membership.Account{ID: membership.AccountID{UUID: uuid.New()}, Name: w.request}
		rows, accounts = append(rows, a), append(accounts, a.ID)
	}
	for n := range 5 {
		m := membership.Member{ID: membership.MemberID{UUID: uuid.New()}, Name: w.request}
		rows = append(rows, m, membership.Membership{AccountID: accounts[n], MemberID: m.ID},
			membership.Membership{AccountID: accounts[(n+1)%5], MemberID: m.ID})
	}
	for result, err := range svc.Import(ctx, slices.Values(rows), roster.ImportOptions{}) {
		if err != nil {
			return nil, err
		}
		if result.Err == nil {
			all = append(all, claims(createdBy(result.Row), result.Row)...)
		}
	}
	w.own = accounts
	return all, nil
}

func createdBy(row membership.Row) membership.ChangeType {
	switch row.(type) {
	case membership.Account:
		return membership.AccountCreated
	case membership.Member:
		return membership.MemberCreated
	}
	return membership.MembershipCreated
}

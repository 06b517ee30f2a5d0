package roster

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// CreateTag adds an account tag. A zero ID becomes a new one; one that is given is kept. The times are set here,
// whatever was given.
//
// Errors: [membership.ErrInvalidField], [membership.ErrTagNameTaken], [membership.ErrDuplicateID].
func (s *Service) CreateTag(ctx context.Context, t membership.Tag) (membership.Tag, error) {
	t.CreatedAt = s.now()
	t.UpdatedAt = t.CreatedAt
	t, err := newTag(t)
	if err != nil {
		return membership.Tag{}, err
	}
	err = s.update(ctx, func(tx store.Tx) error { return tx.InsertTag(ctx, t) })
	return orZero(t, err)
}

// newTag gives a tag an id, unless it has one, and checks what can be told without looking at others.
func newTag(t membership.Tag) (membership.Tag, error) {
	if t.ID.IsZero() {
		t.ID = membership.TagID{UUID: newID()}
	}
	return t, t.Validate()
}

// Tag looks up an account tag, or answers [membership.ErrTagNotFound].
func (s *Service) Tag(ctx context.Context, id membership.TagID) (membership.Tag, error) {
	return s.store.Tag(ctx, id)
}

// Tags answers one page of all account tags. See [Service.AllTags] for a walk over every one.
//
// Errors: [membership.ErrInvalidFilter], [membership.ErrInvalidOrder].
func (s *Service) Tags(ctx context.Context, q membership.Query) (membership.Page[membership.Tag], error) {
	if err := q.Validate(membership.ResourceTag); err != nil {
		return membership.Page[membership.Tag]{}, err
	}
	return s.store.ListTags(ctx, q)
}

// AllTags walks over every account tag that the query selects; see [Service.AllAccounts] for what a walk promises.
func (s *Service) AllTags(ctx context.Context, q membership.Query) iter.Seq2[membership.Tag, error] {
	return walk(q, func(q membership.Query) (membership.Page[membership.Tag], error) { return s.Tags(ctx, q) })
}

// UpdateTag changes the fields that the update names. The time of update moves only when one of them differs.
//
// Errors: [membership.ErrTagNotFound], [membership.ErrInvalidField], [membership.ErrTagNameTaken].
func (s *Service) UpdateTag(ctx context.Context, id membership.TagID, u membership.TagUpdate) (membership.Tag, error) {
	return change(ctx, s,
		func(tx store.Tx) (membership.Tag, error) { return tx.Tag(ctx, id) },
		func(_ store.Tx, t membership.Tag) (membership.Tag, error) {
			t = u.Apply(t)
			return t, t.Validate()
		},
		func(t *membership.Tag) *time.Time { return &t.UpdatedAt },
		func(tx store.Tx, t membership.Tag) error { return tx.UpdateTag(ctx, t) })
}

// DeleteTag removes an account tag, from every account that has it too. It answers [membership.ErrTagNotFound].
func (s *Service) DeleteTag(ctx context.Context, id membership.TagID) error {
	return s.update(ctx, func(tx store.Tx) error { return tx.DeleteTag(ctx, id) })
}

// TagAccount gives tags to an account, all or none; those that it has already do not matter. It returns the tags that
// the account has then, by name.
//
// Errors: [membership.ErrAccountNotFound], [membership.ErrTagNotFound] (the Index of its [membership.Error] says
// which).
func (s *Service) TagAccount(ctx context.Context, account membership.AccountID, tags ...membership.TagID) ([]membership.Tag, error) {
	return s.changeTags(ctx, account, tags, store.Tx.TagAccount)
}

// UntagAccount takes tags from an account, all or none; those that it does not have do not matter. It returns the tags
// that are left. Its errors are those of [Service.TagAccount].
func (s *Service) UntagAccount(ctx context.Context, account membership.AccountID, tags ...membership.TagID) ([]membership.Tag, error) {
	return s.changeTags(ctx, account, tags, store.Tx.UntagAccount)
}

// AccountTags are the tags of an account, by name. It answers [membership.ErrAccountNotFound].
func (s *Service) AccountTags(ctx context.Context, account membership.AccountID) ([]membership.Tag, error) {
	var tags []membership.Tag
	err := s.store.View(ctx, func(r store.Reader) (err error) {
		if _, err := r.Account(ctx, account); err != nil {
			return err
		}
		tags, err = tagsOf(ctx, r, account)
		return err
	})
	return orZero(tags, err)
}

type tagChange func(store.Tx, context.Context, membership.AccountID, membership.TagID) error

func (s *Service) changeTags(ctx context.Context, account membership.AccountID, tags []membership.TagID, change tagChange) ([]membership.Tag, error) {
	var left []membership.Tag
	err := s.update(ctx, func(tx store.Tx) (err error) {
		if _, err := tx.Account(ctx, account); err != nil {
			return err
		}
		for i, id := range tags { // Why first: a refusal has written nothing
			_, err := tx.Tag(ctx, id)
			if errors.Is(err, membership.ErrTagNotFound) {
				return &membership.Error{Cause: membership.ErrTagNotFound, Index: i}
			}
			if err != nil {
				return err
			}
		}
		for _, id := range tags {
			if err := change(tx, ctx, account, id); err != nil {
				return err
			}
		}
		left, err = tagsOf(ctx, tx, account)
		return err
	})
	return orZero(left, err)
}

func tagsOf(ctx context.Context, r store.Reader, account membership.AccountID) ([]membership.Tag, error) {
	relations, err := r.AccountRelations(ctx, []membership.AccountID{account})
	return relations[account].Tags, err
}

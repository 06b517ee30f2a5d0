package sqlitestore

import (
	"context"
	"database/sql"

	"github.com/roster-go/roster/membership"
)

const tagColumns = `t.id, t.name, t.description, t.created_at, t.updated_at`

func scanTag(t *membership.Tag) []sql.Scanner {
	return []sql.Scanner{scanID(&t.ID.UUID), scanText(&t.Name), scanText(&t.Description), scanTime(&t.CreatedAt), scanTime(&t.UpdatedAt)}
}

const selectTag = `SELECT ` + tagColumns + ` FROM roster_tags t WHERE t.id = ?`

// Tag implements [store.TagReader].
func (r reader) Tag(ctx context.Context, id membership.TagID) (membership.Tag, error) {
	return one(ctx, r, selectTag, scanTag, membership.ErrTagNotFound, id.UUID[:])
}

var tagList = listing[membership.Tag]{
	resource: membership.ResourceTag,
	columns:  tagColumns,
	from:     `roster_tags t`,
	id:       `t.id`,
	scan:     scanTag,
}

// ListTags implements [store.TagReader].
func (r reader) ListTags(ctx context.Context, q membership.Query) (membership.Page[membership.Tag], error) {
	return listPage(ctx, r, tagList, q, within{})
}

const insertTag = `INSERT INTO roster_tags (id, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, ?)`

// InsertTag implements [store.TagWriter].
func (w writer) InsertTag(ctx context.Context, t membership.Tag) error {
	why := func() error { return w.tagConflict(ctx, t, true) }
	return w.change(ctx, why, nil, insertTag, t.ID.UUID[:], t.Name, t.Description, t.CreatedAt.UnixMilli(), t.UpdatedAt.UnixMilli())
}

const updateTag = `UPDATE roster_tags SET name = ?, description = ?, created_at = ?, updated_at = ? WHERE id = ?`

// UpdateTag implements [store.TagWriter].
func (w writer) UpdateTag(ctx context.Context, t membership.Tag) error {
	why := func() error { return w.tagConflict(ctx, t, false) }
	return w.change(ctx, why, tagMissing, updateTag, t.Name, t.Description, t.CreatedAt.UnixMilli(), t.UpdatedAt.UnixMilli(), t.ID.UUID[:])
}

const deleteTag = `DELETE FROM roster_tags WHERE id = ?`

// DeleteTag implements [store.TagWriter].
func (w writer) DeleteTag(ctx context.Context, id membership.TagID) error {
	return w.change(ctx, nil, tagMissing, deleteTag, id.UUID[:])
}

func tagMissing() error { return membership.ErrTagNotFound }

const selectTagConflict = `SELECT EXISTS (SELECT 1 FROM roster_tags WHERE id = ?1),
	EXISTS (SELECT 1 FROM roster_tags WHERE name = ?2 AND id <> ?1)`

// tagConflict finds what keeps a tag from being written, in the contract's order.
func (w writer) tagConflict(ctx context.Context, t membership.Tag, insert bool) error {
	var id, name bool
	_, err := w.row(ctx, selectTagConflict, []sql.Scanner{scanBool(&id), scanBool(&name)}, t.ID.UUID[:], t.Name)
	switch {
	case err != nil:
		return err
	case insert && id:
		return membership.ErrDuplicateID
	case name:
		return &membership.Error{Cause: membership.ErrTagNameTaken, Field: "name"}
	}
	return nil
}

const tagAccount = `INSERT INTO roster_account_tags (account_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING`

// TagAccount implements [store.TagWriter].
func (w writer) TagAccount(ctx context.Context, account membership.AccountID, tag membership.TagID) error {
	why := func() error { return w.accountOrTagMissing(ctx, account, tag) }
	return w.change(ctx, why, nil, tagAccount, account.UUID[:], tag.UUID[:])
}

const untagAccount = `DELETE FROM roster_account_tags WHERE account_id = ? AND tag_id = ?`

// UntagAccount implements [store.TagWriter].
func (w writer) UntagAccount(ctx context.Context, account membership.AccountID, tag membership.TagID) error {
	missing := func() error { return w.accountOrTagMissing(ctx, account, tag) }
	return w.change(ctx, nil, missing, untagAccount, account.UUID[:], tag.UUID[:])
}

const selectAccountAndTagExist = `SELECT EXISTS (SELECT 1 FROM roster_accounts WHERE id = ?),
	EXISTS (SELECT 1 FROM roster_tags WHERE id = ?)`

// accountOrTagMissing says which of the two is unknown; nil when both are known.
func (w writer) accountOrTagMissing(ctx context.Context, account membership.AccountID, tag membership.TagID) error {
	var hasAccount, hasTag bool
	_, err := w.row(ctx, selectAccountAndTagExist, []sql.Scanner{scanBool(&hasAccount), scanBool(&hasTag)}, account.UUID[:], tag.UUID[:])
	switch {
	case err != nil:
		return err
	case !hasAccount:
		return membership.ErrAccountNotFound
	case !hasTag:
		return membership.ErrTagNotFound
	}
	return nil
}

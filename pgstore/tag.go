package pgstore

import (
	"context"

	"github.com/roster-go/roster/membership"
)

const tagColumns = `t.id, t.name, t.description, t.created_at, t.updated_at`

func scanTag(t *membership.Tag) []column {
	return []column{scanID(&t.ID.UUID), scanText(&t.Name), scanText(&t.Description), scanTime(&t.CreatedAt), scanTime(&t.UpdatedAt)}
}

const selectTag = `SELECT ` + tagColumns + ` FROM roster_tags t WHERE t.id = $1`

// Tag implements [store.TagReader].
func (r reader) Tag(ctx context.Context, id membership.TagID) (membership.Tag, error) {
	return one(ctx, r, selectTag, scanTag, membership.ErrTagNotFound, idParam(id.UUID))
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

const insertTag = `INSERT INTO roster_tags (id, name, description, created_at, updated_at) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT DO NOTHING`

// InsertTag implements [store.TagWriter].
func (w writer) InsertTag(ctx context.Context, t membership.Tag) error {
	why := func() error { return w.tagConflict(ctx, t, true) }
	return w.add(ctx, why, insertTag, idParam(t.ID.UUID), t.Name, t.Description, t.CreatedAt, t.UpdatedAt)
}

const updateTag = `UPDATE roster_tags SET name = $2, description = $3, created_at = $4, updated_at = $5 WHERE id = $1`

// UpdateTag implements [store.TagWriter].
func (w writer) UpdateTag(ctx context.Context, t membership.Tag) error {
	why := func() error { return w.tagConflict(ctx, t, false) }
	return w.take(ctx, `roster_tags_name_key`, why, tagMissing, updateTag, idParam(t.ID.UUID), t.Name, t.Description, t.CreatedAt, t.UpdatedAt)
}

const deleteTag = `DELETE FROM roster_tags WHERE id = $1`

// DeleteTag implements [store.TagWriter].
func (w writer) DeleteTag(ctx context.Context, id membership.TagID) error {
	return w.change(ctx, nil, tagMissing, deleteTag, idParam(id.UUID))
}

func tagMissing() error { return membership.ErrTagNotFound }

const selectTagConflict = `SELECT EXISTS (SELECT 1 FROM roster_tags WHERE id = $1),
	EXISTS (SELECT 1 FROM roster_tags WHERE roster_digest(name) = roster_digest($2) AND id <> $1)`

// tagConflict finds what keeps a tag from being written, in the contract's order.
func (w writer) tagConflict(ctx context.Context, t membership.Tag, insert bool) error {
	var id, name bool
	_, err := w.row(ctx, selectTagConflict, []column{scanBool(&id), scanBool(&name)}, idParam(t.ID.UUID), t.Name)
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

const tagAccount = `INSERT INTO roster_account_tags (account_id, tag_id)
	SELECT a.id, t.id FROM roster_accounts a, roster_tags t WHERE a.id = $1 AND t.id = $2
	FOR KEY SHARE ON CONFLICT DO NOTHING`

// TagAccount implements [store.TagWriter].
func (w writer) TagAccount(ctx context.Context, account membership.AccountID, tag membership.TagID) error {
	n, err := w.exec(ctx, tagAccount, idParam(account.UUID), idParam(tag.UUID))
	if err == nil && n == 0 {
		err = w.accountOrTagMissing(ctx, account, tag)
	}
	return err
}

const untagAccount = `DELETE FROM roster_account_tags WHERE account_id = $1 AND tag_id = $2`

// UntagAccount implements [store.TagWriter].
func (w writer) UntagAccount(ctx context.Context, account membership.AccountID, tag membership.TagID) error {
	missing := func() error { return w.accountOrTagMissing(ctx, account, tag) }
	return w.change(ctx, nil, missing, untagAccount, idParam(account.UUID), idParam(tag.UUID))
}

const selectAccountAndTagExist = `SELECT EXISTS (SELECT 1 FROM roster_accounts WHERE id = $1),
	EXISTS (SELECT 1 FROM roster_tags WHERE id = $2)`

// accountOrTagMissing says which of the two is unknown; nil when both are known.
func (w writer) accountOrTagMissing(ctx context.Context, account membership.AccountID, tag membership.TagID) error {
	var hasAccount, hasTag bool
	dest := []column{scanBool(&hasAccount), scanBool(&hasTag)}
	_, err := w.row(ctx, selectAccountAndTagExist, dest, idParam(account.UUID), idParam(tag.UUID))
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

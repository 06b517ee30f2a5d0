package store

import (
	"context"

	"github.com/roster-go/roster/membership"
)

// TagReader reads account tags.
type TagReader interface {
	// Tag looks one up, or answers [membership.ErrTagNotFound].
	Tag(ctx context.Context, id membership.TagID) (membership.Tag, error)

	// ListTags answers a query about [membership.ResourceTag].
	ListTags(ctx context.Context, q membership.Query) (membership.Page[membership.Tag], error)
}

// TagWriter writes account tags and says which accounts have them.
type TagWriter interface {
	// InsertTag adds a tag as it is given. It answers [membership.ErrDuplicateID] or [membership.ErrTagNameTaken].
	InsertTag(ctx context.Context, t membership.Tag) error

	// UpdateTag replaces the tag that has the id. It answers [membership.ErrTagNotFound] or
	// [membership.ErrTagNameTaken].
	UpdateTag(ctx context.Context, t membership.Tag) error

	// DeleteTag removes the tag, from every account that has it too, or answers [membership.ErrTagNotFound].
	DeleteTag(ctx context.Context, id membership.TagID) error

	// TagAccount gives a tag to an account; when the account has it already, nothing happens. It answers
	// [membership.ErrAccountNotFound] or [membership.ErrTagNotFound].
	TagAccount(ctx context.Context, account membership.AccountID, tag membership.TagID) error

	// UntagAccount takes a tag from an account; when the account does not have it, nothing happens. Its errors are
	// those of TagAccount.
	UntagAccount(ctx context.Context, account membership.AccountID, tag membership.TagID) error
}

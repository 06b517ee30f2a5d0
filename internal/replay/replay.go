// Package replay makes from a change log alone what it is about, for the tests that ask whether a log and its tables agree.
package replay

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// Log makes a store in memory from a log that begins with the first change. On the way it checks that each change found what
// it says was there before, and left what it says is there after it; the error says which did not.
func Log(ctx context.Context, changes []membership.Change) (*memstore.Store, error) {
	st := memstore.New()
	for batch := range slices.Chunk(changes, 500) {
		err := st.Update(ctx, func(tx store.Tx) error {
			for _, c := range batch {
				if err := step(ctx, tx, c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, errors.Join(err, st.Close())
		}
	}
	return st, nil
}

// step applies a change, between two looks at the row that it is about.
func step(ctx context.Context, tx store.Tx, c membership.Change) error {
	assigns := c.Type == membership.AccountTagged || c.Type == membership.AccountUntagged
	named := c.Before
	if named == nil {
		named = c.After
	}
	// A child's parent is gone before it is told, by the deletion itself.
	if !assigns && (c.Cause != membership.CauseCascade || c.Type != membership.AccountUpdated) {
		if err := same(ctx, tx, "before", c, named, c.Before); err != nil {
			return err
		}
	}
	if err := apply(ctx, tx, c); err != nil {
		return fmt.Errorf("%w: %s", err, Text(c))
	}
	if assigns {
		return nil
	}
	return same(ctx, tx, "after", c, named, c.After)
}

func same(ctx context.Context, r store.Reader, when string, c membership.Change, named, want membership.Image) error {
	got, err := Present(ctx, r, named)
	if err == nil && !reflect.DeepEqual(got, want) {
		err = fmt.Errorf("%s it there is\n\t%+v\nof %s", when, got, Text(c))
	}
	return err
}

// Text is all of a change, for people.
func Text(c membership.Change) string {
	return fmt.Sprintf("%d %s at %v by %q, %s, request %q, account %v, member %v, membership %v\n\tbefore %+v\n\t after %+v",
		c.Sequence, c.Type, c.Time, c.Actor, c.Cause, c.RequestID, c.AccountID, c.MemberID, c.MembershipID, c.Before, c.After)
}

// Present is the row of an image as it is in a store; nil when it is not there.
func Present(ctx context.Context, r store.Reader, i membership.Image) (found membership.Image, err error) {
	switch row := i.(type) {
	case membership.Account:
		found, err = r.Account(ctx, row.ID)
	case membership.Member:
		found, err = r.Member(ctx, row.ID)
	case membership.Membership:
		found, err = r.Membership(ctx, row.AccountID, row.ID)
	case membership.Tag:
		found, err = r.Tag(ctx, row.ID)
	case membership.Settings:
		found, err = r.Settings(ctx)
	case membership.PasswordProfile:
		found, err = r.PasswordProfile(ctx, row.ID)
	case membership.Login:
		found, err = r.Login(ctx, row.MemberID, row.ID)
	case membership.Flow:
		var schema membership.Schema
		if schema, err = r.Schema(ctx, row.Resource); err == nil && schema.Flow.ID == row.ID {
			return schema.Flow, nil
		}
		return nil, err
	case membership.Field:
		schema, err := r.Schema(ctx, row.Resource)
		if n := slices.IndexFunc(schema.Fields, func(f membership.Field) bool { return f.ID == row.ID }); n >= 0 {
			return schema.Fields[n], err
		}
		return nil, err
	}
	if errors.Is(err, membership.ErrNotFound) {
		return nil, nil //nolint:nilnil // that is what it says
	}
	return found, err
}

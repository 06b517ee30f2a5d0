package replay

import (
	"context"
	"fmt"
	"math"
	"reflect"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

var whole = membership.Query{Limit: math.MaxInt, Order: membership.Order{By: membership.AttrID}}

// Tables are all rows that a store has, but for hashes, for what signs in to the API, and for the log.
func Tables(ctx context.Context, r store.Reader) (all []any, err error) {
	for _, rows := range []func(context.Context, store.Reader) ([]any, error){accounts, members, others, schemas} {
		some, err := rows(ctx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

func accounts(ctx context.Context, r store.Reader) (all []any, err error) {
	page, err := r.ListAccounts(ctx, whole)
	if err != nil {
		return nil, err
	}
	for _, a := range page.Items {
		relations, err := r.AccountRelations(ctx, []membership.AccountID{a.ID})
		if err != nil {
			return nil, err
		}
		all = append(all, a, relations[a.ID].Ancestors, relations[a.ID].Tags)
	}
	return all, nil
}

func members(ctx context.Context, r store.Reader) (all []any, err error) {
	page, err := r.ListMembers(ctx, whole)
	if err != nil {
		return nil, err
	}
	for _, m := range page.Items {
		logins, err := r.ListLogins(ctx, m.ID, whole)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
		for _, l := range logins.Items {
			l.PasswordHash = ""
			all = append(all, l)
		}
	}
	return all, nil
}

func others(ctx context.Context, r store.Reader) ([]any, error) {
	memberships, err := r.ListMemberships(ctx, membership.Scope{All: true}, whole)
	if err != nil {
		return nil, err
	}
	tags, err := r.ListTags(ctx, whole)
	if err != nil {
		return nil, err
	}
	profiles, err := r.ListPasswordProfiles(ctx, whole)
	if err != nil {
		return nil, err
	}
	settings, err := r.Settings(ctx)
	return []any{memberships, tags, profiles, settings}, err
}

func schemas(ctx context.Context, r store.Reader) (all []any, err error) {
	for _, resource := range membership.FlowResources() {
		schema, err := r.Schema(ctx, resource)
		if err != nil {
			return nil, err
		}
		all = append(all, schema.Flow, append([]membership.Field(nil), schema.Fields...)) // none is none, nil or empty
	}
	return all, nil
}

// Differ says where the rows of two stores are not the same first; nil where they are.
func Differ(got, want []any) error {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !reflect.DeepEqual(got[i], want[i]) {
			return fmt.Errorf("the first of %d and %d tables' rows that differ:\n got %+v\nwant %+v", len(got), len(want), at(got, i), at(want, i))
		}
	}
	return nil
}

func at(rows []any, i int) any {
	if i < len(rows) {
		return rows[i]
	}
	return "none"
}

package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func roundTripTag(t *testing.T, st store.Store) {
	for n, text := range nasty {
		want := tag(n)
		want.Name, want.Description, want.UpdatedAt = text, text, at(n+1000)
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertTag(ctx, want) })
		got, err := st.Tag(t.Context(), want.ID)
		must(t, "Tag", err)
		equal(t, "an inserted tag", got, want)

		want = tag(n)
		want.Description, want.CreatedAt = "", at(n+7)
		write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateTag(ctx, want) })
		got, err = st.Tag(t.Context(), want.ID)
		must(t, "Tag", err)
		equal(t, "an updated tag", got, want)
		inUTC(t, got.CreatedAt, got.UpdatedAt)
	}
}

func notFoundTags(t *testing.T, st store.Store) {
	populate(t, st, 1, 0)
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertTag(ctx, tag(0)) })
	_, err := st.Tag(t.Context(), tagID(9))
	wantErr(t, "Tag", err, membership.ErrTagNotFound)
	for name, c := range map[string]struct {
		want  error
		write func(ctx context.Context, tx store.Tx) error
	}{
		"UpdateTag":                       {membership.ErrTagNotFound, func(ctx context.Context, tx store.Tx) error { return tx.UpdateTag(ctx, tag(9)) }},
		"DeleteTag":                       {membership.ErrTagNotFound, func(ctx context.Context, tx store.Tx) error { return tx.DeleteTag(ctx, tagID(9)) }},
		"TagAccount with no such tag":     {membership.ErrTagNotFound, func(ctx context.Context, tx store.Tx) error { return tx.TagAccount(ctx, accountID(0), tagID(9)) }},
		"TagAccount of no such account":   {membership.ErrAccountNotFound, func(ctx context.Context, tx store.Tx) error { return tx.TagAccount(ctx, accountID(9), tagID(0)) }},
		"TagAccount of neither":           {membership.ErrAccountNotFound, func(ctx context.Context, tx store.Tx) error { return tx.TagAccount(ctx, accountID(9), tagID(9)) }},
		"UntagAccount with no such tag":   {membership.ErrTagNotFound, func(ctx context.Context, tx store.Tx) error { return tx.UntagAccount(ctx, accountID(0), tagID(9)) }},
		"UntagAccount of no such account": {membership.ErrAccountNotFound, func(ctx context.Context, tx store.Tx) error { return tx.UntagAccount(ctx, accountID(9), tagID(0)) }},
	} {
		wantErr(t, name, attempt(t, st, c.write), c.want)
	}
}

func tagNames(t *testing.T, st store.Store) {
	insert := func(n int, name string) error {
		row := tag(n)
		row.Name = name
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.InsertTag(ctx, row) })
	}
	update := func(n int, name string) error {
		row := tag(n)
		row.Name = name
		return attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UpdateTag(ctx, row) })
	}
	must(t, "a tag", insert(0, "press"))
	must(t, "one that differs in case", insert(1, "Press"))
	wantErr(t, "a name that is taken", insert(2, "press"), membership.ErrTagNameTaken)
	wantErr(t, "an id and a name that are taken", insert(0, "press"), membership.ErrDuplicateID)
	wantErr(t, "a name that is taken, on update", update(1, "press"), membership.ErrTagNameTaken)
	must(t, "its own, on update", update(1, "Press"))
	must(t, "another, on update", update(0, "media"))
	must(t, "the one that became free", insert(2, "press"))
	must(t, "deleting", attempt(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteTag(ctx, tagID(2)) }))
	must(t, "the one that became free by deletion", update(1, "press"))
}

// tagged reads the names of an account's tags.
func tagged(t testing.TB, st store.Store, n int) string {
	t.Helper()
	relations, err := st.AccountRelations(t.Context(), []membership.AccountID{accountID(n)})
	must(t, "AccountRelations", err)
	names := ""
	for _, tg := range relations[accountID(n)].Tags {
		names += tg.Name + ";"
	}
	return names
}

func assignTags(t *testing.T, st store.Store) {
	populate(t, st, 2, 0)
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(
			tx.InsertTag(ctx, tag(1)), tx.InsertTag(ctx, tag(0)),
			tx.TagAccount(ctx, accountID(0), tagID(1)), tx.TagAccount(ctx, accountID(0), tagID(0)),
			tx.TagAccount(ctx, accountID(0), tagID(1)), // again: nothing happens
			tx.TagAccount(ctx, accountID(1), tagID(1)),
			tx.UntagAccount(ctx, accountID(1), tagID(0))) // has it not: nothing happens
	})
	equal(t, "tags by name", tagged(t, st, 0), "Tag 0;Tag 1;")
	equal(t, "tags of the other account", tagged(t, st, 1), "Tag 1;")

	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.UntagAccount(ctx, accountID(0), tagID(1)) })
	equal(t, "tags after one was taken away", tagged(t, st, 0), "Tag 0;")
	write(t, st, func(ctx context.Context, tx store.Tx) error { return tx.DeleteTag(ctx, tagID(0)) })
	equal(t, "tags after one was deleted", tagged(t, st, 0), "")
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(tx.DeleteAccount(ctx, accountID(1), at(1)), tx.InsertAccount(ctx, account(1)))
	})
	equal(t, "tags of an account that came back", tagged(t, st, 1), "")
	page, err := st.ListTags(t.Context(), membership.Query{})
	must(t, "ListTags", err)
	equal(t, "tags that are left", page.Total, 1)
}

func listTags(t *testing.T, st store.Store) {
	var rows []membership.Tag
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		rows = nil
		for _, n := range scatter(listRows) {
			row := tag(n)
			row.CreatedAt, row.UpdatedAt = at(tied(n)), at(tied(n)+(tied(n)*5)%13)
			rows = append(rows, row)
			must(t, "InsertTag", tx.InsertTag(ctx, row))
		}
		return nil
	})
	checkLists(t, membership.ResourceTag, rows, st.ListTags)
}

package sqlitestore_test

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// update writes in an Update of its own.
func update(t testing.TB, st store.Store, fn func(tx store.Tx) error) {
	t.Helper()
	if err := st.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// field is a definition for accounts that can be inserted.
func field(slug string, typ membership.FieldType) membership.Field {
	return membership.Field{ID: membership.FieldID{UUID: uuid.New()}, Resource: membership.ResourceAccount,
		Slug: slug, Name: slug, Type: typ}
}

// define inserts definitions for accounts, and their flow.
func define(t testing.TB, st store.Store, fields ...membership.Field) {
	t.Helper()
	update(t, st, func(tx store.Tx) error {
		schema, err := tx.Schema(t.Context(), membership.ResourceAccount)
		if err == nil && schema.Flow.ID.IsZero() {
			flow := membership.NewFlow(membership.ResourceAccount)
			flow.ID.UUID = uuid.New()
			err = tx.InsertFlow(t.Context(), flow)
		}
		for _, f := range fields {
			err = errors.Join(err, tx.InsertField(t.Context(), f))
		}
		return err
	})
}

func redefine(t testing.TB, st store.Store, f membership.Field) {
	t.Helper()
	update(t, st, func(tx store.Tx) error { return tx.UpdateField(t.Context(), f) })
}

// withFields is a stored account with values.
func withFields(t testing.TB, st store.Store, values ...membership.FieldValue) membership.Account {
	t.Helper()
	a := account("Acme")
	a.Fields = membership.NewFields(values...)
	if err := insert(t, st, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// column is what an account's row has in the column fields.
func column(t testing.TB, db *sql.DB, id membership.AccountID) string {
	t.Helper()
	var text sql.NullString
	if err := db.QueryRow(`SELECT fields FROM roster_accounts WHERE id = ?`, id.UUID[:]).Scan(&text); err != nil {
		t.Fatal(err)
	}
	if !text.Valid {
		return "NULL"
	}
	return text.String
}

// values are an account's custom fields, for people.
func values(t testing.TB, st store.Reader, id membership.AccountID) string {
	t.Helper()
	a, err := st.Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a.Fields.String()
}

func expect(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func TestTheIndexOfAFieldIsKeptInStep(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	indexes := func() string {
		var all string
		err := db.QueryRow(`SELECT coalesce(group_concat(substr(sql, instr(sql, ' ON ')), ''), '')
			FROM sqlite_schema WHERE type = 'index' AND name LIKE 'roster\_field\_%' ESCAPE '\'`).Scan(&all)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(all, " ON roster_accounts ")
	}
	f := field("rate", membership.TypeFloat)
	define(t, st, f, field("other", membership.TypeFloat))
	expect(t, "defined without", indexes(), "")
	f.Indexed = true
	redefine(t, st, f)
	expect(t, "asked for later", indexes(), `(json_extract(fields, '$."$keys"."rate"'), created_at, id)`)
	f.Name = "Rate"
	redefine(t, st, f)
	expect(t, "after a change of something else", indexes(), `(json_extract(fields, '$."$keys"."rate"'), created_at, id)`)
	f.Slug = "price"
	redefine(t, st, f)
	expect(t, "under another slug", indexes(), `(json_extract(fields, '$."$keys"."price"'), created_at, id)`)

	taken, rolledBack := f, f
	taken.Slug, rolledBack.Slug = "other", "cost"
	broken := errors.New("broken")
	err := st.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.UpdateField(t.Context(), taken); !errors.Is(err, membership.ErrSlugTaken) {
			t.Errorf("a slug that is taken: got %v", err)
		}
		return errors.Join(tx.UpdateField(t.Context(), rolledBack), broken)
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	expect(t, "after a refusal and a change that was rolled back", indexes(),
		`(json_extract(fields, '$."$keys"."price"'), created_at, id)`)

	f.Indexed = false
	redefine(t, st, f)
	expect(t, "given up", indexes(), "")
	f.Indexed = true
	redefine(t, st, f)
	if _, err := db.Exec(`DROP INDEX roster_field_` + strings.ReplaceAll(f.ID.String(), "-", "")); err != nil {
		t.Fatal(err)
	}
	update(t, st, func(tx store.Tx) error { // which does not mind that somebody else has dropped it
		_, err := tx.DeleteField(t.Context(), f.ID)
		return err
	})
	byMembership := field("grade", membership.TypeString)
	byMembership.Resource, byMembership.Indexed = membership.ResourceMembership, true
	update(t, st, func(tx store.Tx) error {
		flow := membership.NewFlow(byMembership.Resource)
		flow.ID.UUID = uuid.New()
		return errors.Join(tx.InsertFlow(t.Context(), flow), tx.InsertField(t.Context(), byMembership))
	})
	expect(t, "of memberships", indexes(),
		` ON roster_memberships (account_id, json_extract(fields, '$."grade"'), created_at, id)`)
	update(t, st, func(tx store.Tx) error {
		_, err := tx.DeleteField(t.Context(), byMembership.ID)
		return err
	})
	expect(t, "of a field that was deleted", indexes(), "")
}

func TestRowsKeepWhatTheyWereGivenAndNoMore(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	before := mustInsert(t, st, "before")
	rate, big := field("rate", membership.TypeFloat), field("big", membership.TypeInteger)
	name := field("name_", membership.TypeString)
	define(t, st, rate, big, name)
	null := withFields(t, st, membership.FieldValue{Slug: "rate"}, membership.FieldValue{Slug: "big"})
	full := withFields(t, st, membership.FieldValue{Slug: "rate", Value: membership.NumberValue("1.50")},
		membership.FieldValue{Slug: "big", Value: membership.IntegerValue(9007199254740993)},
		membership.FieldValue{Slug: "name_", Value: membership.StringValue("\"\\\u00e9\n")})
	expect(t, "before any field", column(t, db, before.ID), "NULL")
	expect(t, "nothing but nulls", column(t, db, null.ID), "NULL")
	expect(t, "values", column(t, db, full.ID),
		`{"big":9007199254740993,"name_":"\"\\é\u000a","rate":1.50,"$keys":{"rate":4609434218613702656}}`)

	rate.Slug, big.Slug, name.Slug = "price", "huge", "title"
	update(t, st, func(tx store.Tx) error {
		ctx := t.Context()
		return errors.Join(tx.UpdateField(ctx, rate), tx.UpdateField(ctx, big), tx.UpdateField(ctx, name))
	})
	expect(t, "values under other slugs", column(t, db, full.ID),
		`{"$keys":{"price":4609434218613702656},"price":1.50,"huge":9007199254740993,"title":"\"\\é\u000a"}`)
	expect(t, "what they answer", values(t, st, full.ID), `{huge: 9007199254740993, price: 1.50, title: "\"\\é\n"}`)
	expect(t, "nothing, under other slugs", column(t, db, null.ID), "NULL")

	for _, c := range []struct {
		delete membership.Field
		left   string
	}{
		{rate, `{"huge":9007199254740993,"title":"\"\\é\u000a"}`},
		{name, `{"huge":9007199254740993}`},
		{big, "NULL"},
	} {
		update(t, st, func(tx store.Tx) error {
			if n, err := tx.DeleteField(t.Context(), c.delete.ID); n != 1 || err != nil {
				t.Errorf("%s: %d values, %v", c.delete.Slug, n, err)
			}
			return nil
		})
		expect(t, "without "+c.delete.Slug, column(t, db, full.ID), c.left)
	}
}

// Each of two stores has its own memory, and neither trusts it.
func TestADefinitionThatAnotherStoreChangedIsSeenByTheNextRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	here, there := open(t, path, sqlitestore.Options{}), open(t, path, sqlitestore.Options{})
	db := openWith(t, path, pragmas)
	f := field("a", membership.TypeString)
	f.Initial = membership.StringValue("initial")
	old := mustInsert(t, here, "Acme")
	expect(t, "without a definition", values(t, here, old.ID), "{}")
	define(t, there, f)
	expect(t, "defined elsewhere", values(t, here, old.ID), `{a: "initial"}`)
	x := withFields(t, here, membership.FieldValue{Slug: "a", Value: membership.StringValue("x")})
	f.Slug = "b"
	redefine(t, there, f)
	found := func(attr membership.Attribute, text string) int {
		t.Helper()
		page, err := here.ListAccounts(t.Context(), membership.Query{
			Filter: membership.All(membership.ILike(attr, text)), Order: membership.Order{By: attr}})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	if got := found("b", "X"); got != 1 {
		t.Errorf("%d accounts found by a slug that was given elsewhere", got)
	}
	redefine(t, there, func() membership.Field { f.Slug = "c"; return f }())
	expect(t, "moved elsewhere", values(t, here, x.ID), `{c: "x"}`)
	if got := found("b", "X"); got != 0 {
		t.Errorf("%d accounts found by a slug that was given up", got)
	}

	// The slug becomes one of another type, and nothing is read or written with the old one.
	update(t, there, func(tx store.Tx) error {
		_, err := tx.DeleteField(t.Context(), f.ID)
		return err
	})
	define(t, there, field("c", membership.TypeInteger))
	y := withFields(t, there, membership.FieldValue{Slug: "c", Value: membership.IntegerValue(5)})
	if got := found("c", "X"); got != 0 {
		t.Errorf("%d accounts found by a text", got)
	}
	expect(t, "of another type", values(t, here, y.ID), `{c: 5}`)
	z := withFields(t, here, membership.FieldValue{Slug: "c", Value: membership.IntegerValue(6)})
	expect(t, "written here", values(t, there, z.ID), `{c: 6}`)

	if _, err := db.Exec(`UPDATE roster_fields SET disabled = 1`); err != nil {
		t.Fatal(err)
	}
	expect(t, "disabled with SQL", values(t, here, y.ID), `{}`)
	y.Name, y.Fields = "Acme Labs", membership.Fields{}
	update(t, here, func(tx store.Tx) error { return tx.UpdateAccount(t.Context(), y) })
	if _, err := db.Exec(`UPDATE roster_fields SET disabled = 0`); err != nil {
		t.Fatal(err)
	}
	expect(t, "enabled again", values(t, there, y.ID), `{c: 5}`)
}

func TestADefinitionThatWasRolledBackIsForgotten(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	f := field("a", membership.TypeString)
	borrowed := borrow(t, db)
	define(t, borrowed, f)
	x := withFields(t, borrowed, membership.FieldValue{Slug: "a", Value: membership.StringValue("x")})
	byText := membership.Query{Filter: membership.All(membership.Eq("b", membership.StringValue("x")))}

	// InTx comes last: it keeps the write lock.
	for i, st := range []store.Store{borrowed, sqlitestore.InTx(begin(t, db))} {
		name := []string{"New", "InTx"}[i]
		broken := errors.New("broken")
		for range 2 {
			err := st.Update(t.Context(), func(tx store.Tx) error {
				moved, more := f, field("more", membership.TypeFloat)
				moved.Slug, more.Initial, more.Indexed = "b", membership.NumberValue("1.50"), true
				if err := errors.Join(tx.UpdateField(t.Context(), moved), tx.InsertField(t.Context(), more)); err != nil {
					return err
				}
				expect(t, name+": within", values(t, tx, x.ID), `{b: "x", more: 1.50}`)
				if page, err := tx.ListAccounts(t.Context(), byText); err != nil || page.Total != 1 {
					t.Errorf("%s: within: found %d, %v", name, page.Total, err)
				}
				return broken
			})
			if !errors.Is(err, broken) {
				t.Fatal(name, err)
			}
			expect(t, name+": afterwards", values(t, st, x.ID), `{a: "x"}`)
			if page, err := st.ListAccounts(t.Context(), byText); err != nil || page.Total != 0 {
				t.Errorf("%s: afterwards: found %d, %v", name, page.Total, err)
			}
			schema, err := st.Schema(t.Context(), f.Resource)
			if err != nil || len(schema.Fields) != 1 || !schema.Fields[0].Equal(f) {
				t.Errorf("%s: afterwards: %+v, %v", name, schema, err)
			}
		}
	}
}

// While a field goes to and fro between two slugs, each read sees one of them, and finds by it what it shows.
func TestReadsMeetOneVersionOfTheDefinitions(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	opts := sqlitestore.Options{Synchronous: sqlitestore.Normal}
	here, there := open(t, path, opts), open(t, path, opts)
	f := field("a", membership.TypeString)
	f.Indexed = true
	define(t, there, f)
	for range 3 {
		withFields(t, there, membership.FieldValue{Slug: "a", Value: membership.StringValue("x")})
	}
	x := membership.StringValue("x")
	either := membership.Filter{{membership.Eq("a", x), membership.Eq("b", x)}}
	var all sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		all.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				page, err := here.ListAccounts(t.Context(), membership.Query{Filter: either})
				if err != nil || page.Total != 3 {
					t.Errorf("%d accounts, %v", page.Total, err)
					return
				}
				for _, a := range page.Items {
					if got := a.Fields.String(); got != `{a: "x"}` && got != `{b: "x"}` || a.Fields != page.Items[0].Fields {
						t.Errorf("got %s beside %s", got, page.Items[0].Fields)
					}
				}
			}
		})
	}
	for n := range 60 {
		f.Slug = []string{"b", "a"}[n%2]
		redefine(t, there, f)
	}
	close(done)
	all.Wait()
}

func TestDamageToCustomFieldsIsReported(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	define(t, st, field("n", membership.TypeInteger))
	sound := withFields(t, st, membership.FieldValue{Slug: "n", Value: membership.IntegerValue(1)})
	bad := withFields(t, st, membership.FieldValue{Slug: "n", Value: membership.IntegerValue(2)})
	damage := func(query string) {
		if _, err := db.Exec(query, bad.ID.UUID[:]); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what, says string) {
		t.Helper()
		_, one := st.Account(t.Context(), bad.ID)
		_, byID := st.AccountsByID(t.Context(), []membership.AccountID{sound.ID, bad.ID})
		_, list := st.ListAccounts(t.Context(), membership.Query{})
		for name, err := range map[string]error{"Account": one, "AccountsByID": byID, "ListAccounts": list} {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %s: got %v, want an error that says %q", what, name, err, says)
			}
		}
	}
	damage(`UPDATE roster_accounts SET fields = '{"n":' WHERE id = ?`)
	check("no JSON", "the column fields of a row is damaged")
	damage(`UPDATE roster_accounts SET fields = '{"n":"two"}' WHERE id = ?`)
	check("another type", "the value of n is no whole number")
	expect(t, "a sound row beside it", values(t, st, sound.ID), `{n: 1}`)
	damage(`UPDATE roster_accounts SET fields = '{ "n" : 3 }' WHERE id = ?`)
	expect(t, "mended by hand", values(t, st, bad.ID), `{n: 3}`)
	if _, err := db.Exec(`UPDATE roster_fields SET rules = '{"min":"x"}'`); err != nil {
		t.Fatal(err)
	}
	check("a rule", "the definition of the field n is damaged")
	if _, err := db.Exec(`UPDATE roster_fields SET rules = 'x'`); err != nil {
		t.Fatal(err)
	}
	check("the rules", "the rules of the field n are damaged")
}

// Values are renamed and removed in steps of many rows, by their numbers.
func TestAFieldIsRenamedAndDeletedInRowsOfAnyNumber(t *testing.T) {
	t.Parallel()
	db := openDB(t, "")
	st := borrow(t, db)
	note := field("note", membership.TypeString)
	define(t, st, note)
	for _, number := range []int{1, 9_999, 10_000, 10_001, 20_000, 35_000} {
		a := withFields(t, st, membership.FieldValue{Slug: "note", Value: membership.StringValue("x")})
		if _, err := db.Exec(`UPDATE roster_accounts SET rowid = ? WHERE id = ?`, number, a.ID.UUID[:]); err != nil {
			t.Fatal(err)
		}
	}
	having := func(slug string) (n int) {
		if err := db.QueryRow(`SELECT count(*) FROM roster_accounts WHERE fields ->> ? = 'x'`, slug).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	note.Slug = "remark"
	redefine(t, st, note)
	if old, renamed := having("note"), having("remark"); old != 0 || renamed != 6 {
		t.Errorf("%d rows have the old name, %d the new one", old, renamed)
	}
	update(t, st, func(tx store.Tx) error {
		n, err := tx.DeleteField(t.Context(), note.ID)
		if n != 6 {
			t.Errorf("%d values were deleted", n)
		}
		return err
	})
	if left := having("remark"); left != 0 {
		t.Errorf("%d rows have a value of the field that was deleted", left)
	}
}

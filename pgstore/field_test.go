package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/pgstore"
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

// define inserts definitions, and their flows.
func define(t testing.TB, st store.Store, fields ...membership.Field) {
	t.Helper()
	update(t, st, func(tx store.Tx) error {
		for _, f := range fields {
			schema, err := tx.Schema(t.Context(), f.Resource)
			if err == nil && schema.Flow.ID.IsZero() {
				flow := membership.NewFlow(f.Resource)
				flow.ID.UUID = uuid.New()
				err = tx.InsertFlow(t.Context(), flow)
			}
			if err := errors.Join(err, tx.InsertField(t.Context(), f)); err != nil {
				return err
			}
		}
		return nil
	})
}

func redefine(t testing.TB, st store.Store, f membership.Field) {
	t.Helper()
	update(t, st, func(tx store.Tx) error { return tx.UpdateField(t.Context(), f) })
}

// aTime is when the rows of these tests were made.
var aTime = time.UnixMilli(1_700_000_000_123).UTC()

func anAccount(name string) membership.Account {
	return membership.Account{ID: membership.AccountID{UUID: uuid.New()}, Name: name, CreatedAt: aTime, UpdatedAt: aTime}
}

// withFields is a stored account with values.
func withFields(t testing.TB, st store.Store, values ...membership.FieldValue) membership.Account {
	t.Helper()
	a := anAccount("Acme")
	a.Fields = membership.NewFields(values...)
	update(t, st, func(tx store.Tx) error { return tx.InsertAccount(t.Context(), a) })
	return a
}

// query asks for one text.
func query(t testing.TB, db *pgxpool.Pool, query string, args ...any) (text string) {
	t.Helper()
	if err := db.QueryRow(t.Context(), query, args...).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

// column is what an account's row has in the column fields.
func column(t testing.TB, db *pgxpool.Pool, id membership.AccountID) string {
	t.Helper()
	return query(t, db, `SELECT coalesce(fields::text, 'NULL') FROM roster_accounts WHERE id = $1`, id.UUID)
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
	db := openPool(t)
	st := borrow(t, db)
	indexes := func() string {
		return query(t, db, `SELECT coalesce(string_agg(substring(indexdef from 'USING btree (.*)'), '; '), '') FROM pg_indexes
			WHERE schemaname = current_schema() AND indexname ~ '^roster_field_[0-9a-f]{32}$'`)
	}
	const of = `(((((fields -> '$keys'::text) ->> '%s'::text))::bigint) NULLS FIRST, created_at, id)`
	f := field("rate", membership.TypeFloat)
	define(t, st, f, field("other", membership.TypeFloat))
	expect(t, "defined without", indexes(), "")
	f.Indexed = true
	redefine(t, st, f)
	expect(t, "asked for later", indexes(), fmt.Sprintf(of, "rate"))
	f.Name = "Rate"
	redefine(t, st, f)
	expect(t, "after a change of something else", indexes(), fmt.Sprintf(of, "rate"))
	f.Slug = "price"
	redefine(t, st, f)
	expect(t, "under another slug", indexes(), fmt.Sprintf(of, "price"))

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
	expect(t, "after a refusal and a change that was rolled back", indexes(), fmt.Sprintf(of, "price"))

	f.Indexed = false
	redefine(t, st, f)
	expect(t, "given up", indexes(), "")
	f.Indexed = true
	redefine(t, st, f)
	execute(t, db, `DROP INDEX roster_field_`+strings.ReplaceAll(f.ID.String(), "-", ""))
	update(t, st, func(tx store.Tx) error { // which does not mind that somebody else has dropped it
		_, err := tx.DeleteField(t.Context(), f.ID)
		return err
	})
	byMembership := field("grade", membership.TypeString)
	byMembership.Resource, byMembership.Indexed = membership.ResourceMembership, true
	define(t, st, byMembership)
	expect(t, "of memberships", indexes(),
		`(account_id, "left"(((fields ->> 'grade'::text) COLLATE "C"), 500) NULLS FIRST, created_at, id)`)
	update(t, st, func(tx store.Tx) error {
		_, err := tx.DeleteField(t.Context(), byMembership.ID)
		return err
	})
	expect(t, "of a field that was deleted", indexes(), "")
}

func TestRowsKeepWhatTheyWereGivenAndNoMore(t *testing.T) {
	t.Parallel()
	db := openPool(t)
	st := borrow(t, db)
	before := withFields(t, st)
	rate, big := field("rate", membership.TypeFloat), field("big", membership.TypeInteger)
	since, name := field("since", membership.TypeDate), field("name_", membership.TypeString)
	define(t, st, rate, big, since, name)
	date, _ := membership.ParseDate("2024-02-29")
	null := withFields(t, st, membership.FieldValue{Slug: "rate"}, membership.FieldValue{Slug: "big"})
	full := withFields(t, st, membership.FieldValue{Slug: "rate", Value: membership.NumberValue("1.50")},
		membership.FieldValue{Slug: "big", Value: membership.IntegerValue(9007199254740993)},
		membership.FieldValue{Slug: "since", Value: date},
		membership.FieldValue{Slug: "name_", Value: membership.StringValue("\"\\\u00e9\n")})
	expect(t, "before any field", column(t, db, before.ID), "NULL")
	expect(t, "nothing but nulls", column(t, db, null.ID), "NULL")
	expect(t, "values", column(t, db, full.ID), `{"big":9007199254740993,"name_":"\"\\é\u000a","rate":1.50,"since":"2024-02-29",`+
		`"$keys":{"rate":4609434218613702656,"since":1709164800000}}`)
	untouched := query(t, db, `SELECT ctid::text FROM roster_accounts WHERE id = $1`, null.ID.UUID)

	rate.Slug, big.Slug, name.Slug = "price", "huge", "title"
	update(t, st, func(tx store.Tx) error {
		ctx := t.Context()
		return errors.Join(tx.UpdateField(ctx, rate), tx.UpdateField(ctx, big), tx.UpdateField(ctx, name))
	})
	expect(t, "values under other slugs", column(t, db, full.ID), `{"huge":9007199254740993,"title":"\"\\é\u000a","price":1.50,`+
		`"since":"2024-02-29","$keys":{"price":4609434218613702656,"since":1709164800000}}`)
	expect(t, "what they answer", values(t, st, full.ID),
		`{huge: 9007199254740993, price: 1.50, since: 2024-02-29, title: "\"\\é\n"}`)
	expect(t, "nothing, under other slugs", column(t, db, null.ID), "NULL")

	for _, c := range []struct {
		delete membership.Field
		left   string
	}{
		{rate, `{"huge":9007199254740993,"title":"\"\\é\u000a","since":"2024-02-29","$keys":{"since":1709164800000}}`},
		{since, `{"huge":9007199254740993,"title":"\"\\é\u000a"}`},
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
	expect(t, "where a row without values is", query(t, db, `SELECT ctid::text FROM roster_accounts WHERE id = $1`, null.ID.UUID), untouched)
}

// A null that was kept is no value, and not nothing.
func TestNullsThatWereKept(t *testing.T) {
	t.Parallel()
	db := openPool(t)
	st := borrow(t, db)
	rate := field("rate", membership.TypeFloat)
	rate.Initial = membership.NumberValue("1e3")
	define(t, st, rate)
	a := withFields(t, st, membership.FieldValue{Slug: "rate"})
	expect(t, "kept", column(t, db, a.ID), `{"rate":null}`)
	rate.Slug = "price"
	redefine(t, st, rate)
	expect(t, "moved", column(t, db, a.ID), `{"price":null}`)
	update(t, st, func(tx store.Tx) error {
		if n, err := tx.DeleteField(t.Context(), rate.ID); n != 0 || err != nil {
			t.Errorf("%d values, %v", n, err)
		}
		return nil
	})
	expect(t, "removed", column(t, db, a.ID), "NULL")
}

// Each of two stores has its own memory, and neither trusts it.
func TestADefinitionThatAnotherStoreChangedIsSeenByTheNextRead(t *testing.T) {
	t.Parallel()
	db := openPool(t)
	here, there := borrow(t, db), borrow(t, db)
	f := field("a", membership.TypeString)
	f.Initial = membership.StringValue("initial")
	old := withFields(t, here)
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

	execute(t, db, `UPDATE roster_fields SET disabled = true`)
	expect(t, "disabled with SQL", values(t, here, y.ID), `{}`)
	y.Name, y.Fields = "Acme Labs", membership.Fields{}
	update(t, here, func(tx store.Tx) error { return tx.UpdateAccount(t.Context(), y) })
	execute(t, db, `UPDATE roster_fields SET disabled = false`)
	expect(t, "enabled again", values(t, there, y.ID), `{c: 5}`)
}

// A statement that reads values as what they are no more fails in the server, which lets nothing follow that in a
// transaction.
func TestAFieldThatBecameOneOfAnotherType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		list func(st *pgstore.Store, read func(store.Reader) error) error
	}{
		{"on its own", func(st *pgstore.Store, read func(store.Reader) error) error { return read(st) }},
		{"View", func(st *pgstore.Store, read func(store.Reader) error) error {
			return st.View(context.Background(), read)
		}},
		{"Update", func(st *pgstore.Store, read func(store.Reader) error) error {
			return st.Update(context.Background(), func(tx store.Tx) error { return read(tx) })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := openPool(t)
			here, there := borrow(t, db), borrow(t, db)
			number := field("a", membership.TypeInteger)
			define(t, there, number)
			withFields(t, here, membership.FieldValue{Slug: "a", Value: membership.IntegerValue(5)})
			update(t, there, func(tx store.Tx) error {
				_, err := tx.DeleteField(t.Context(), number.ID)
				return err
			})
			define(t, there, field("a", membership.TypeString))
			withFields(t, there, membership.FieldValue{Slug: "a", Value: membership.StringValue("five")})
			err := c.list(here, func(r store.Reader) error {
				for _, q := range []membership.Query{
					{Order: membership.Order{By: "a", Desc: true}},
					{Order: membership.Order{By: "a", Desc: true}, Filter: membership.Filter{{membership.Eq("a", membership.IntegerValue(5)), membership.Like("name", "*")}}},
				} {
					page, err := r.ListAccounts(t.Context(), q)
					if err != nil {
						return err
					}
					if page.Total != 2 || len(page.Items) != 2 || page.Items[0].Fields.Text("a") != "five" {
						t.Errorf("got %+v", page)
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestADefinitionThatWasRolledBackIsForgotten(t *testing.T) {
	t.Parallel()
	db := openPool(t)
	f := field("a", membership.TypeString)
	borrowed := borrow(t, db)
	define(t, borrowed, f)
	x := withFields(t, borrowed, membership.FieldValue{Slug: "a", Value: membership.StringValue("x")})
	byText := membership.Query{Filter: membership.All(membership.Eq("b", membership.StringValue("x")))}

	// InTx comes last: it keeps its locks.
	for i, st := range []store.Store{borrowed, pgstore.InTx(begin(t, db, pgx.Serializable))} {
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
	db := openPool(t)
	here, there := borrow(t, db), borrow(t, db)
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
	for n := range 30 {
		f.Slug = []string{"b", "a"}[n%2]
		redefine(t, there, f)
	}
	close(done)
	all.Wait()
}

func TestDamageToCustomFieldsIsReported(t *testing.T) {
	t.Parallel()
	db := openPool(t)
	st := borrow(t, db)
	define(t, st, field("n", membership.TypeInteger))
	sound := withFields(t, st, membership.FieldValue{Slug: "n", Value: membership.IntegerValue(1)})
	bad := withFields(t, st, membership.FieldValue{Slug: "n", Value: membership.IntegerValue(2)})
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
	execute(t, db, `UPDATE roster_accounts SET fields = '{"n":"two"}' WHERE id = $1`, bad.ID.UUID)
	check("another type", "the value of n is no whole number")
	expect(t, "a sound row beside it", values(t, st, sound.ID), `{n: 1}`)
	if _, err := st.ListAccounts(t.Context(), membership.Query{Order: membership.Order{By: "n"}}); err == nil {
		t.Error("a list is sorted by a number that is none")
	}
	execute(t, db, `UPDATE roster_accounts SET fields = '{ "n" : 3 }' WHERE id = $1`, bad.ID.UUID)
	expect(t, "mended by hand", values(t, st, bad.ID), `{n: 3}`)
	execute(t, db, `UPDATE roster_fields SET rules = '{"min":"x"}'`)
	check("a rule", "the definition of the field n is damaged")
	execute(t, db, `UPDATE roster_fields SET rules = '[]'`)
	check("the rules", "the rules of the field n are damaged")
}

// An initial value stands in statements.
func TestInitialValuesThatLookLikeSQL(t *testing.T) {
	t.Parallel()
	for _, conforming := range []string{"on", "off"} {
		t.Run(conforming, func(t *testing.T) {
			t.Parallel()
			st := open(t, pgtest.URL(t)+"&standard_conforming_strings="+conforming, pgstore.Options{})
			for n, text := range []string{`'`, `\`, `\'`, `'; DROP TABLE roster_fields; --`, `$1`, `%s`, `E'\\'''`, "\n", "é"} {
				a := withFields(t, st)
				f := field(fmt.Sprintf("s%d", n), membership.TypeString)
				f.Initial, f.Indexed = membership.StringValue(text), true
				define(t, st, f)
				page, err := st.ListAccounts(t.Context(), membership.Query{Order: membership.Order{By: membership.Attribute(f.Slug)},
					Filter: membership.All(membership.Eq(membership.Attribute(f.Slug), f.Initial), membership.Eq("id", membership.IDValue(a.ID.UUID)))})
				if err != nil || page.Total != 1 || page.Items[0].Fields.Text(f.Slug) != text {
					t.Errorf("%q: %+v, %v", text, page, err)
				}
			}
		})
	}
}

package input_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// engines are the stores that must agree about every text.
var engines = map[string]func(testing.TB) store.Store{
	"memory": func(testing.TB) store.Store { return memstore.New() },
	"SQLite": func(t testing.TB) store.Store {
		st, err := sqlitestore.Open(filepath.Join(t.TempDir(), "roster.db"), sqlitestore.Options{Synchronous: sqlitestore.Normal})
		must(t, err)
		return st
	},
	"PostgreSQL": func(t testing.TB) store.Store {
		st, err := pgstore.Open(t.Context(), pgtest.URL(t), pgstore.Options{MaxConns: 2})
		must(t, err)
		return st
	},
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// closeAtEnd closes a store. Why not with must: Fatal in the clean-up of a parallel test loses what it says.
func closeAtEnd(t testing.TB, st store.Store) {
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

// textsAt are the texts that a place meets: all of them in the long form, else others than its neighbours do, and those that
// nothing may keep.
func textsAt(place int) []string {
	every := 3 * torture.RaceCost
	if torture.Full() {
		every = 1
	}
	var some []string
	for i, text := range torture.Texts {
		if (i+place)%every == 0 || (i+place)%torture.RaceCost == 0 && slices.Contains(torture.Unstorable, text) {
			some = append(some, text)
		}
	}
	return some
}

// outcomes are what came of texts at places, of one store.
type outcomes struct {
	mu  sync.Mutex
	all map[string]string
}

func (o *outcomes) note(place, text, outcome string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[string]string{}
	}
	o.all[fmt.Sprintf("%s = %.60q (%d bytes)", place, text, len(text))] = outcome
}

// sameEverywhere compares what came of the texts in the stores that were asked, and counts both. A store whose test was skipped
// was not asked.
func sameEverywhere(t *testing.T, seen map[string]*outcomes) (tried, stores int) {
	t.Helper()
	var first *outcomes
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		got := seen[name]
		if len(got.all) == 0 {
			continue
		}
		tried, stores = tried+len(got.all), stores+1
		if first == nil {
			first = got
			continue
		}
		if len(got.all) != len(first.all) {
			t.Errorf("%s was asked %d times, another store %d times", name, len(got.all), len(first.all))
		}
		for what, outcome := range got.all {
			if outcome != first.all[what] {
				t.Errorf("%s: %s\n answers %.300s\n another %.300s", what, name, outcome, first.all[what])
			}
		}
	}
	return tried, stores
}

// noun is something that the Service keeps, with texts in it.
type noun struct {
	resource membership.Resource
	sample   func(n int) any // a valid one, unlike the others
	create   func(ctx context.Context, row any) (any, error)
	update   func(ctx context.Context, row, change any) (any, error)
	change   any // a zero update
	list     func(ctx context.Context, q membership.Query) ([]membership.Row, error)
}

// texts are the names of the fields of a struct that hold texts, or point to one.
func textFields(of any) []string {
	var names []string
	kind := reflect.TypeOf(of)
	for f := range kind.Fields() {
		typ := f.Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		if typ.Kind() == reflect.String {
			names = append(names, f.Name)
		}
	}
	return names
}

// with is a copy of a struct that has a text in a field.
func with(row any, field, text string) any {
	out := reflect.New(reflect.TypeOf(row)).Elem()
	out.Set(reflect.ValueOf(row))
	place := out.FieldByName(field)
	if place.Kind() == reflect.Pointer {
		place.Set(reflect.New(place.Type().Elem()))
		place = place.Elem()
	}
	place.SetString(text)
	return out.Interface()
}

// textOf is the text in a field; known is false where the struct has no such field.
func textOf(row any, field string) (text string, known bool) {
	place := reflect.ValueOf(row).FieldByName(field)
	if !place.IsValid() || place.Kind() != reflect.String {
		return "", false
	}
	return place.String(), true
}

// TestATextIsATextInEveryStore gives every text to every place where package roster takes one. It comes back as it was, or is
// refused by a rule that names the place; and a filter by it finds the rows that have it and no others.
func TestATextIsATextInEveryStore(t *testing.T) {
	t.Parallel()
	seen := map[string]*outcomes{}
	for name := range engines {
		seen[name] = &outcomes{}
	}
	t.Cleanup(func() { // when all stores have answered
		tried, stores := sameEverywhere(t, seen)
		torture.Report(t, torture.Result{Part: torture.Input, Promise: "In Go a text comes back byte for byte and finds only itself, or is refused, in every store alike",
			Method: "hostile texts at every text of package roster, found by reflection", Rounds: tried,
			Measured: fmt.Sprintf("%d texts, %d stores", len(torture.Texts), stores)})
	})
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			closeAtEnd(t, st)
			c := &textCase{t: t, store: st, svc: roster.New(st, roster.Options{HashPassword: hashed}), seen: seen[name]}
			c.prepare()
			for _, n := range c.nouns() {
				c.writes(n)
				c.filters(n)
			}
			c.beside()
		})
	}
}

func hashed(password string) (string, error) {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:]), nil
}

// textCase is one store that meets every text.
type textCase struct {
	t     *testing.T
	store store.Store
	svc   *roster.Service
	seen  *outcomes
	place int // how many places there have been

	account membership.Account
	member  membership.Member
	profile membership.PasswordProfile

	accounts map[membership.AccountID]membership.Account // of the memberships, by what they are called
	members  map[membership.MemberID]membership.Member
}

// noteSlug is a string field that accounts, members and memberships have.
const noteSlug = "note"

func (c *textCase) prepare() {
	c.t.Helper()
	ctx := c.t.Context()
	var err error
	c.account, err = c.svc.CreateAccount(ctx, membership.Account{Name: "of the case"})
	must(c.t, err)
	c.member, err = c.svc.CreateMember(ctx, membership.Member{Name: "of the case"})
	must(c.t, err)
	c.profile, err = c.svc.CreatePasswordProfile(ctx, membership.PasswordProfile{Name: "of the case"})
	must(c.t, err)
	for _, r := range membership.FlowResources() {
		must(c.t, c.svc.EnsureFields(ctx, membership.Field{Resource: r, Slug: noteSlug, Name: "Note", Type: membership.TypeString}))
	}
	c.accounts, c.members = map[membership.AccountID]membership.Account{}, map[membership.MemberID]membership.Member{}
	for i, text := range torture.Texts {
		if i%4 == 0 {
			c.join(text)
		}
	}
}

// join makes a membership of an account and a member that are called so, if they may be.
func (c *textCase) join(text string) {
	c.t.Helper()
	ctx := c.t.Context()
	note := membership.NewFields(membership.FieldValue{Slug: noteSlug, Value: membership.StringValue(text)})
	a, err := c.svc.CreateAccount(ctx, membership.Account{Name: text})
	if err != nil {
		return
	}
	m, err := c.svc.CreateMember(ctx, membership.Member{Name: text})
	must(c.t, err)
	_, err = c.svc.CreateMembership(ctx, membership.Membership{AccountID: a.ID, MemberID: m.ID, Fields: note})
	must(c.t, err)
	c.accounts[a.ID], c.members[m.ID] = a, m
}

// judge looks at what came of a text, and notes it.
func (c *textCase) judge(place, text string, err error) {
	c.t.Helper()
	c.seen.note(place, text, fmt.Sprint(err))
	switch {
	case err == nil:
	case !membership.IsRefusal(err):
		c.t.Errorf("%s = %.80q fails: %v", place, text, err)
	case errors.Is(err, membership.ErrInvalid):
		for _, fault := range membership.Faults(err) {
			if fault.Field == "" && text != "" && !errors.Is(err, membership.ErrInvalidFilter) && !errors.Is(err, membership.ErrInvalidOrder) {
				c.t.Errorf("%s = %.80q is refused without a name: %v", place, text, err)
			}
		}
		if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r == 0x7f }) {
			c.t.Errorf("%s = %.80q: the error has control characters in it: %q", place, text, err)
		}
	}
}

// writes creates and changes a noun with every text in every one of its places.
func (c *textCase) writes(n noun) {
	c.t.Helper()
	ctx := c.t.Context()
	number := 0
	for _, field := range textFields(n.sample(0)) {
		c.place++
		for _, text := range textsAt(c.place) {
			number++
			place := fmt.Sprintf("new %s %s", n.resource, field)
			got, err := n.create(ctx, with(n.sample(number), field, text))
			c.judge(place, text, err)
			c.compare(place, text, field, got, err)
		}
	}
	base, err := n.create(ctx, n.sample(number+1))
	must(c.t, err)
	for _, field := range textFields(n.change) {
		c.place++
		for _, text := range textsAt(c.place) {
			place := fmt.Sprintf("changed %s %s", n.resource, field)
			got, err := n.update(ctx, base, with(n.change, field, text))
			if errors.Is(err, membership.ErrConflict) {
				continue // a new one has it: names of tags, registration ids
			}
			c.judge(place, text, err)
			c.compare(place, text, field, got, err)
		}
	}
}

// compare looks at whether a text came back, or should not have been taken.
func (c *textCase) compare(place, text, field string, got any, err error) {
	c.t.Helper()
	if err != nil {
		return
	}
	back, known := textOf(got, field)
	if known && back != text && text != "" && field != "PasswordHash" { // an empty text may have a default
		c.t.Errorf("%s = %.80q came back as %.80q", place, text, back)
	}
	if slices.Contains(torture.Unstorable, text) && field != "PasswordHash" {
		c.t.Errorf("%s = %q is taken", place, text)
	}
}

// filters looks for every text at everything that the list can be filtered by, in every way.
func (c *textCase) filters(n noun) {
	c.t.Helper()
	ctx := c.t.Context()
	var fields []membership.Field
	if n.resource.FlowSlug() != "" {
		schema, err := c.svc.Schema(ctx, n.resource)
		must(c.t, err)
		fields = schema.Enabled()
	}
	all, err := n.list(ctx, membership.Query{Limit: 1 << 20})
	must(c.t, err)
	for _, attr := range n.resource.Attributes(fields...) {
		for _, op := range n.resource.Operators(attr, fields...) {
			if op != membership.OpEq && op != membership.OpLike && op != membership.OpILike && op != membership.OpIn && op != membership.OpLt {
				continue
			}
			c.place++
			for i, text := range textsAt(c.place) {
				operands := []membership.Value{membership.TextValue(text)}
				if slices.ContainsFunc(fields, func(f membership.Field) bool { return f.Slug == string(attr) }) {
					operands = []membership.Value{membership.StringValue(text)}
				}
				terms := []membership.Term{{Attr: attr, Op: op, Operands: operands}}
				if op == membership.OpLike || op == membership.OpILike {
					terms = nil
					for _, form := range formsAt(i + c.place) {
						pattern := membership.Like(attr, fmt.Sprintf(form, text)).Operands
						terms = append(terms, membership.Term{Attr: attr, Op: op, Operands: pattern})
					}
				}
				for _, term := range terms {
					c.finds(n, all, term, text)
				}
			}
		}
	}
}

// formsAt are the forms of patterns that a text meets: one of the four, or all of them in the long form.
func formsAt(n int) []string {
	forms := []string{"%s", "*%s", "%s*", "*%s*"}
	if torture.Full() {
		return forms
	}
	return forms[n%4 : n%4+1]
}

// finds asks for the rows that a term selects.
func (c *textCase) finds(n noun, all []membership.Row, term membership.Term, text string) {
	c.t.Helper()
	place := fmt.Sprintf("filter of %s: %s", n.resource, term.String())
	q := membership.Query{Filter: membership.All(term), Limit: 1 << 20, Order: membership.Order{By: membership.AttrID}}
	got, err := n.list(c.t.Context(), q)
	c.judge(place, text, err)
	if err != nil {
		return
	}
	want := map[membership.Value]bool{}
	for _, row := range all {
		if q.Filter.Match(row) {
			want[row.Value(membership.AttrID)] = true
		}
	}
	same := len(got) == len(want)
	for _, row := range got {
		same = same && want[row.Value(membership.AttrID)]
	}
	if !same {
		c.t.Errorf("%s finds %d rows, of which there are %d", place, len(got), len(want))
	}
}

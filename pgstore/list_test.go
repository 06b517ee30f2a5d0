package pgstore_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// longTexts are texts around the length that indexes have of them: alike up to there, and different behind it.
func longTexts() []string {
	stem := strings.Repeat("é", 499)
	top := string(rune(utf8.MaxRune))
	texts := []string{"", "a", "é", "ö"}
	for _, end := range []string{"", "é", "éa", "éb", "éb" + top, "ê", "a", top, top + "a", top + top, "é\U0001f9d1", "é" + strings.Repeat("z", 1500)} {
		texts = append(texts, stem+end, stem+end) // Why twice: then the id decides
	}
	return texts
}

// Pages begin and end wherever they may among texts that begin alike.
func TestListsByLongTexts(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	note := field("note", membership.TypeString)
	note.Resource, note.Indexed = membership.ResourceMember, true
	plain := field("plain", membership.TypeString)
	plain.Resource = membership.ResourceMember
	define(t, st, note, plain)
	var rows []membership.Member
	rng := rand.New(rand.NewPCG(1, 2))
	texts := longTexts()
	rng.Shuffle(len(texts), func(i, j int) { texts[i], texts[j] = texts[j], texts[i] })
	for _, text := range texts {
		id := membership.MemberID{UUID: uuid.UUID{0: byte(rng.Uint32()), 1: byte(rng.Uint32()), 15: 1}}
		m := membership.Member{ID: id, Name: text, Email: text, CreatedAt: aTime, UpdatedAt: aTime}
		value := membership.StringValue(text)
		m.Fields = membership.NewFields(membership.FieldValue{Slug: "note", Value: value}, membership.FieldValue{Slug: "plain", Value: value})
		if text == "a" {
			m.Fields = membership.NewFields(membership.FieldValue{Slug: "note"}, membership.FieldValue{Slug: "plain"})
		}
		rows = append(rows, m)
	}
	update(t, st, func(tx store.Tx) error {
		for _, m := range rows {
			if err := tx.InsertMember(t.Context(), m); err != nil {
				return err
			}
		}
		return nil
	})
	check := func(q membership.Query) membership.Page[membership.Member] {
		t.Helper()
		want := membership.Select(slices.Values(rows), func(m membership.Member) bool { return q.Filter.Match(m) }, q)
		got, err := st.ListMembers(t.Context(), q)
		if err != nil || got.Total != want.Total || !slices.Equal(got.Items, want.Items) {
			t.Errorf("by %+v, %d from %d, behind %.20q, filter %.80s: got %d of %d, want %d of %d, %v", q.Order, q.Limit, q.Offset,
				q.After.Key, q.Filter, len(got.Items), got.Total, len(want.Items), want.Total, err)
		}
		return want
	}
	for _, attr := range []membership.Attribute{"name", "email", "note", "plain"} {
		for _, desc := range []bool{false, true} {
			for _, size := range []int{1, 2, 5} {
				q := membership.Query{Order: membership.Order{By: attr, Desc: desc}, Limit: size}
				for from := 0; from <= len(rows); from++ {
					q.Offset = from
					check(q)
				}
				q.Offset = 0
				for page := check(q); len(page.Items) > 0; page = check(q) {
					q.After = q.Order.Position(page.Items[len(page.Items)-1])
				}
			}
			q := membership.Query{Order: membership.Order{By: attr, Desc: desc}, Limit: 3}
			for _, text := range texts { // also of rows that are not there
				q.After = membership.Position{Key: membership.TextValue(text), ID: uuid.UUID{0: 0x80}}
				check(q)
			}
		}
		for _, text := range append(slices.Compact(longTexts()), strings.Repeat("é", 498)+"è", "É", strings.Repeat("É", 500)) {
			ops := []membership.Term{membership.Eq(attr, membership.StringValue(text)), membership.Like(attr, text),
				membership.Like(attr, text+"*"), membership.Like(attr, "*"+text), membership.Like(attr, "*"+text+"*")}
			if attr == "name" { // Why no other: as regular expressions they take PostgreSQL a while
				ops = append(ops, membership.ILike(attr, text), membership.ILike(attr, text+"*"), membership.ILike(attr, "*"+text),
					membership.ILike(attr, "*"+text+"*"))
			}
			if attr == "note" || attr == "plain" {
				v := membership.StringValue(text)
				ops = append(ops, membership.Gt(attr, v), membership.Ge(attr, v), membership.Lt(attr, v), membership.Le(attr, v),
					membership.In(attr, v, membership.StringValue("a")), membership.In(attr, membership.StringValue("é"), membership.StringValue("ö")),
					membership.IsNull(attr))
			}
			for _, op := range ops {
				check(membership.Query{Filter: membership.All(op), Order: membership.Order{By: "id"}, Limit: 100})
			}
		}
	}
}

// A program may ask for what no text can be.
func TestPatternsOfAnyLength(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	update(t, st, func(tx store.Tx) error { return tx.InsertAccount(t.Context(), anAccount("Acme")) })
	for _, n := range []int{2048, 8191, 8192, 100_000, 1_000_000} {
		for _, pattern := range []string{strings.Repeat("é", n), strings.Repeat("éa", n/2) + "*", "*" + strings.Repeat("k", n) + "*"} {
			for _, term := range []membership.Term{membership.Like("name", pattern), membership.ILike("name", pattern), membership.Eq("name", membership.TextValue(pattern))} {
				page, err := st.ListAccounts(t.Context(), membership.Query{Filter: membership.All(term)})
				if err != nil || page.Total != 0 {
					t.Errorf("%s of %d characters: %d, %v", term.Op, n, page.Total, err)
				}
			}
		}
	}
}

// A page is as large as it is asked for, whether its size stands in the statement or is a parameter of it.
func TestPagesOfEverySize(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	const all = 1010
	update(t, st, func(tx store.Tx) error {
		for n := range all {
			if err := tx.InsertAccount(t.Context(), anAccount(fmt.Sprint(n))); err != nil {
				return err
			}
		}
		return nil
	})
	for _, size := range []int{-1, 1, 999, 1000, 1001, all, 1 << 31, 1 << 62} {
		for _, skip := range []int{0, 9, 1005, 1 << 31, 1 << 62} {
			page, err := st.ListAccounts(t.Context(), membership.Query{Limit: size, Offset: skip})
			if want := min(max(size, 0), max(all-skip, 0)); err != nil || len(page.Items) != want || page.Total != all {
				t.Errorf("%d from %d: %d of %d, %v; want %d", size, skip, len(page.Items), page.Total, err, want)
			}
		}
	}
}

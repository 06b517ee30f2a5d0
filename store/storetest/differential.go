package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Differential fuzzes two stores with the same history of transactions and fails where one answers differently from
// the other. Call it from a fuzz target:
//
//	func FuzzDifferential(f *testing.F) { storetest.Differential(f, openThis, openThat) }
func Differential(f *testing.F, a, b Open) {
	f.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		history := make([]byte, 600)
		for i := range history {
			history[i] = byte(rng.Uint32())
		}
		f.Add(history)
	}
	f.Fuzz(func(t *testing.T, history []byte) {
		one, other := a(t), b(t)
		defer func() { must(t, "Close", errors.Join(one.Close(), other.Close())) }()
		play(t, &script{bytes: history}, one, other)
	})
}

// script turns bytes into decisions; when they run out every decision is 0.
type script struct{ bytes []byte }

func (s *script) more() bool { return len(s.bytes) > 0 }

// pick decides between n choices.
func (s *script) pick(n int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(b) % n
}

// operation is one call within a transaction.
type operation struct {
	name string
	run  func(ctx context.Context, tx store.Tx) (any, error)
}

// play runs transactions of one to four operations, of which every eighth fails in the end, on both stores.
func play(t testing.TB, s *script, one, other store.Store) {
	for n := 0; s.more(); n++ {
		fails := s.pick(8) == 7
		ops := make([]operation, 1+s.pick(4))
		for i := range ops {
			ops[i] = s.operation(n*4 + i)
		}
		got, want := transact(t, one, ops, fails), transact(t, other, ops, fails)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("transaction %d: the stores differ:\n one  %s\nother %s", n, got, want)
		}
	}
}

// transact runs the operations in one transaction and prints every answer.
func transact(t testing.TB, st store.Store, ops []operation, fails bool) []string {
	var answers []string
	err := st.Update(t.Context(), func(tx store.Tx) error {
		answers = nil
		for _, op := range ops {
			v, err := op.run(t.Context(), tx)
			answers = append(answers, fmt.Sprintf("%s: %+v, %s", op.name, v, causeOf(err)))
		}
		if fails {
			return errChangedMind
		}
		return nil
	})
	return append(answers, causeOf(err))
}

// causeOf names an error by what a caller may act on.
func causeOf(err error) string {
	if fault, ok := errors.AsType[*membership.Error](err); ok {
		return fmt.Sprintf("%v %+v", fault.Cause, fault.Existing)
	}
	return fmt.Sprint(err)
}

// The nouns of a script are few, so that its operations meet.
const (
	scriptNouns       = 5
	scriptMemberships = 12
)

// operation decides on one operation; n is unique within the script and gives what it writes its time.
func (s *script) operation(n int) operation {
	kind, a, m := s.pick(37), s.pick(scriptNouns), s.pick(scriptNouns)
	switch {
	case kind < 8: // memberships are most of the work
		return s.membershipOperation(kind, n, accountID(a), memberID(m))
	case kind < 14:
		return s.tagOperation(kind, n, a, m)
	case kind < 20:
		return s.loginOperation(kind, n, a, m)
	case kind >= 30:
		return s.fieldOperation(kind, n, a)
	}
	return s.nounOperation(kind, n, a, m)
}

func (s *script) nounOperation(kind, n, a, m int) operation {
	switch kind {
	case 20, 21:
		row := s.account(a, n)
		return writing("InsertAccount", func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, row) })
	case 22:
		row := s.account(a, n)
		return writing("UpdateAccount", func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, row) })
	case 23:
		return writing("DeleteAccount", func(ctx context.Context, tx store.Tx) error { return tx.DeleteAccount(ctx, accountID(a), at(n)) })
	case 24, 25:
		row := s.member(m, n)
		return writing("InsertMember", func(ctx context.Context, tx store.Tx) error { return tx.InsertMember(ctx, row) })
	case 26:
		row := s.member(m, n)
		return writing("UpdateMember", func(ctx context.Context, tx store.Tx) error { return tx.UpdateMember(ctx, row) })
	case 27:
		return writing("DeleteMember", func(ctx context.Context, tx store.Tx) error { return tx.DeleteMember(ctx, memberID(m)) })
	case 28:
		q := s.query(membership.ResourceAccount)
		return reading("ListAccounts", func(ctx context.Context, tx store.Tx) (any, error) { return tx.ListAccounts(ctx, q) })
	default:
		q := s.query(membership.ResourceMember)
		return reading("ListUnassignedMembers", func(ctx context.Context, tx store.Tx) (any, error) {
			return tx.ListUnassignedMembers(ctx, accountID(a), q)
		})
	}
}

// tagOperation gives few names to few tags, so that they collide.
func (s *script) tagOperation(kind, n, a, m int) operation {
	row := tag(m)
	row.Name, row.CreatedAt, row.UpdatedAt = texts[s.pick(scriptNouns)], at(n), at(n+s.pick(9))
	switch kind {
	case 8:
		return writing("InsertTag", func(ctx context.Context, tx store.Tx) error { return tx.InsertTag(ctx, row) })
	case 9:
		return writing("UpdateTag", func(ctx context.Context, tx store.Tx) error { return tx.UpdateTag(ctx, row) })
	case 10:
		return writing("DeleteTag", func(ctx context.Context, tx store.Tx) error { return tx.DeleteTag(ctx, tagID(m)) })
	case 11:
		return writing("TagAccount", func(ctx context.Context, tx store.Tx) error { return tx.TagAccount(ctx, accountID(a), tagID(m)) })
	case 12:
		return writing("UntagAccount", func(ctx context.Context, tx store.Tx) error { return tx.UntagAccount(ctx, accountID(a), tagID(m)) })
	default:
		ids := []membership.AccountID{accountID(a), accountID(m)}
		return reading("AccountRelations", func(ctx context.Context, tx store.Tx) (any, error) { return tx.AccountRelations(ctx, ids) })
	}
}

func (s *script) loginOperation(kind, n, p, m int) operation {
	row := login(s.pick(scriptNouns), m, p)
	row.Username, row.CreatedAt, row.UpdatedAt = texts[s.pick(scriptNouns)], at(n), at(n+s.pick(9))
	switch kind {
	case 14:
		return writing("InsertPasswordProfile", func(ctx context.Context, tx store.Tx) error { return tx.InsertPasswordProfile(ctx, profile(p)) })
	case 15:
		return writing("DeletePasswordProfile", func(ctx context.Context, tx store.Tx) error { return tx.DeletePasswordProfile(ctx, profileID(p)) })
	case 16:
		return writing("InsertLogin", func(ctx context.Context, tx store.Tx) error { return tx.InsertLogin(ctx, row) })
	case 17:
		return writing("UpdateLogin", func(ctx context.Context, tx store.Tx) error { return tx.UpdateLogin(ctx, row) })
	case 18:
		return writing("DeleteLogin", func(ctx context.Context, tx store.Tx) error { return tx.DeleteLogin(ctx, memberID(m), row.ID) })
	default:
		q := s.query(membership.ResourceLogin)
		return reading("ListLogins", func(ctx context.Context, tx store.Tx) (any, error) { return tx.ListLogins(ctx, memberID(m), q) })
	}
}

func (s *script) membershipOperation(kind, n int, a membership.AccountID, m membership.MemberID) operation {
	j := joining(s.pick(scriptMemberships), a, m)
	j.CreatedAt, j.UpdatedAt = at(n), at(n+s.pick(9))
	j.Fields = s.fields()
	switch kind {
	case 0, 1:
		return writing("InsertMembership", func(ctx context.Context, tx store.Tx) error { return tx.InsertMembership(ctx, j) })
	case 2:
		all := []membership.Membership{j}
		for range s.pick(4) {
			all = append(all, joining(s.pick(scriptMemberships), accountID(s.pick(scriptNouns)), memberID(s.pick(scriptNouns))))
		}
		return reading("InsertMemberships", func(ctx context.Context, tx store.Tx) (any, error) {
			facts, err := tx.JoinFactsOf(ctx, all)
			if err != nil {
				return nil, err
			}
			added, err := tx.InsertMemberships(ctx, all)
			return []any{facts, added}, err
		})
	case 3:
		return writing("UpdateMembership", func(ctx context.Context, tx store.Tx) error { return tx.UpdateMembership(ctx, j) })
	case 4:
		return writing("DeleteMembership", func(ctx context.Context, tx store.Tx) error { return tx.DeleteMembership(ctx, a, j.ID) })
	case 5:
		return reading("JoinFacts", func(ctx context.Context, tx store.Tx) (any, error) { return tx.JoinFacts(ctx, a, m) })
	case 6:
		return reading("Membership", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Membership(ctx, a, j.ID) })
	default:
		scope := []membership.Scope{{All: true}, {Account: a}, {Member: m}, {Account: a, Member: m}}[s.pick(4)]
		q := s.query(membership.ResourceMembership)
		return reading("ListMemberships", func(ctx context.Context, tx store.Tx) (any, error) { return tx.ListMemberships(ctx, scope, q) })
	}
}

// fieldOperation defines few fields for few resources, all strings but for one.
func (s *script) fieldOperation(kind, n, a int) operation {
	r := membership.FlowResources()[s.pick(3)]
	f := field(a, r)
	f.Slug, f.CreatedAt, f.UpdatedAt = []string{"x", "y", "z"}[s.pick(3)], at(n), at(n)
	f.Disabled, f.OmitNull, f.Indexed = s.pick(4) == 1, s.pick(3) == 1, s.pick(2) == 1
	f.Initial = membership.StringValue(texts[s.pick(scriptNouns)])
	if s.pick(2) == 1 {
		f.Initial = membership.Value{}
	}
	switch kind {
	case 30:
		return writing("InsertFlow", func(ctx context.Context, tx store.Tx) error { return tx.InsertFlow(ctx, flow(r)) })
	case 31, 32:
		return writing("InsertField", func(ctx context.Context, tx store.Tx) error { return tx.InsertField(ctx, f) })
	case 33:
		return writing("UpdateField", func(ctx context.Context, tx store.Tx) error { return tx.UpdateField(ctx, f) })
	case 34:
		return reading("DeleteField", func(ctx context.Context, tx store.Tx) (any, error) { return tx.DeleteField(ctx, f.ID) })
	case 35:
		ids := make([]uuid.UUID, scriptNouns)
		for i := range ids {
			ids[i] = []uuid.UUID{accountID(i).UUID, memberID(i).UUID, membershipID(i).UUID}[slices.Index(membership.FlowResources(), r)]
		}
		return reading("DisabledValues", func(ctx context.Context, tx store.Tx) (any, error) { return tx.DisabledValues(ctx, r, ids) })
	default:
		return reading("Schema", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Schema(ctx, r) })
	}
}

// fields decides on values for the fields that a script may define.
func (s *script) fields() membership.Fields {
	var f membership.Fields
	for _, slug := range []string{"x", "y", "z"}[:s.pick(4)] {
		f = f.With(slug, membership.StringValue(texts[s.pick(len(texts))]))
	}
	return f
}

func reading(name string, run func(context.Context, store.Tx) (any, error)) operation {
	return operation{name, run}
}

func writing(name string, run func(context.Context, store.Tx) error) operation {
	return operation{name, func(ctx context.Context, tx store.Tx) (any, error) { return nil, run(ctx, tx) }}
}

func (s *script) account(a, n int) membership.Account {
	row := account(a)
	row.Name = texts[s.pick(len(texts))]
	row.Fields = s.fields()
	row.RegistrationID = []string{"", "R", "S"}[s.pick(3)]
	row.CreatedAt, row.UpdatedAt = at(n), at(n+s.pick(9))
	if s.pick(2) == 1 {
		row.ParentID = accountID(s.pick(scriptNouns))
	}
	return row
}

func (s *script) member(m, n int) membership.Member {
	row := member(m)
	row.Fields = s.fields()
	row.Name, row.Email, row.GivenName = texts[s.pick(len(texts))], texts[s.pick(len(texts))], texts[s.pick(len(texts))]
	row.CreatedAt, row.UpdatedAt = at(n), at(n+s.pick(9))
	return row
}

// query decides on an order, a page, and a filter of at most two groups.
func (s *script) query(r membership.Resource) membership.Query {
	q := membership.Query{Limit: s.pick(5) - 1, Offset: s.pick(3)}
	if by := s.pick(len(r.Sortable()) + 1); by > 0 {
		q.Order = membership.Order{By: r.Sortable()[by-1], Desc: s.pick(2) == 1}
	}
	for range s.pick(3) {
		var group membership.AnyOf
		for range 1 + s.pick(2) {
			group = append(group, s.term(r))
		}
		q.Filter = append(q.Filter, group)
	}
	return q
}

func (s *script) term(r membership.Resource) membership.Term {
	attr := r.Attributes()[s.pick(len(r.Attributes()))]
	op := r.Operators(attr)[s.pick(len(r.Operators(attr)))]
	term := membership.Term{Attr: attr, Op: op}
	switch op {
	case membership.OpIsNull:
	case membership.OpContains:
		term.Operands = []membership.Value{membership.IDValue(tagID(s.pick(scriptNouns)).UUID)}
	case membership.OpLike, membership.OpILike:
		pattern := []string{"%s", "*%s", "%s*", "*%s*"}[s.pick(4)]
		term.Operands = membership.Like(attr, fmt.Sprintf(pattern, texts[s.pick(len(texts))])).Operands
	case membership.OpIn:
		term.Operands = []membership.Value{s.value(attr), s.value(attr)}
	default:
		term.Operands = []membership.Value{s.value(attr)}
	}
	return term
}

// value decides on a value that some row may have.
func (s *script) value(attr membership.Attribute) membership.Value {
	switch attr {
	case membership.AttrCreatedAt, membership.AttrUpdatedAt:
		return membership.TimeValue(at(s.pick(256)))
	case membership.AttrParentID:
		return membership.IDValue(accountID(s.pick(scriptNouns)).UUID)
	case membership.AttrID:
		kind := []byte{accountKind, memberKind, membershipKind}[s.pick(3)]
		return membership.IDValue(id(kind, s.pick(scriptMemberships)))
	case membership.AttrAccountID:
		return membership.IDValue(accountID(s.pick(scriptNouns)).UUID)
	case membership.AttrMemberID:
		return membership.IDValue(memberID(s.pick(scriptNouns)).UUID)
	default:
		return membership.TextValue(texts[s.pick(len(texts))])
	}
}

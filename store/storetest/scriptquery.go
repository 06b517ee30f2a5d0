package storetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// list asks for a list of a resource, as the custom fields that there are allow.
func (s *script) list(name string, r membership.Resource, ask func(context.Context, store.Tx, membership.Query) (any, error)) operation {
	decisions := s.part(24)
	return reading(name, func(ctx context.Context, tx store.Tx) (any, error) {
		var fields []membership.Field
		if r.FlowSlug() != "" {
			schema, err := tx.Schema(ctx, r)
			if err != nil {
				return nil, err
			}
			fields = schema.Enabled()
		}
		sub := decisions
		q := sub.query(r, fields)
		v, err := ask(ctx, tx, q)
		return fmt.Sprintf("%s, %+v: %+v", q.Filter, q, v), err
	})
}

// query decides on an order, a page, and a filter of at most two groups.
func (s *script) query(r membership.Resource, fields []membership.Field) membership.Query {
	q := membership.Query{Limit: s.pick(5) - 1, Offset: s.pick(3)}
	sortable := r.Sortable(fields...)
	if by := s.pick(len(sortable) + 1); by > 0 {
		q.Order = membership.Order{By: sortable[by-1], Desc: s.pick(2) == 1}
	}
	if s.pick(4) == 3 { // Why made up: a position stays meaningful when its row is gone
		q.After = membership.Position{Key: s.value(r, q.Order.Attr(), fields), ID: id(s.kindOf(r), s.pick(scriptNouns))}
	}
	for range s.pick(3) {
		var group membership.AnyOf
		for range 1 + s.pick(2) {
			group = append(group, s.term(r, fields))
		}
		q.Filter = append(q.Filter, group)
	}
	return q
}

// kindOf is what the ids of a resource begin with.
func (s *script) kindOf(r membership.Resource) byte {
	return map[membership.Resource]byte{
		membership.ResourceAccount: accountKind, membership.ResourceMember: memberKind, membership.ResourceMembership: membershipKind,
		membership.ResourceTag: tagKind, membership.ResourcePasswordProfile: profileKind, membership.ResourceLogin: loginKind,
	}[r]
}

func (s *script) term(r membership.Resource, fields []membership.Field) membership.Term {
	attrs := r.Attributes(fields...)
	attr := attrs[s.pick(len(attrs))]
	ops := r.Operators(attr, fields...)
	op := ops[s.pick(len(ops))]
	term := membership.Term{Attr: attr, Op: op}
	switch op {
	case membership.OpIsNull:
	case membership.OpContains:
		term.Operands = []membership.Value{membership.IDValue(tagID(s.pick(scriptNouns)).UUID)}
	case membership.OpLike, membership.OpILike:
		pattern := []string{"%s", "*%s", "%s*", "*%s*"}[s.pick(4)]
		term.Operands = membership.Like(attr, fmt.Sprintf(pattern, texts[s.pick(len(texts))])).Operands
	case membership.OpIn:
		term.Operands = []membership.Value{s.value(r, attr, fields), s.value(r, attr, fields)}
	default:
		term.Operands = []membership.Value{s.value(r, attr, fields)}
	}
	return term
}

// value decides on a value that some row may have.
func (s *script) value(r membership.Resource, attr membership.Attribute, fields []membership.Field) membership.Value {
	for _, f := range fields {
		if f.Slug == string(attr) {
			return s.valueOf(f.Type)
		}
	}
	switch attr {
	case membership.AttrCreatedAt, membership.AttrUpdatedAt:
		return membership.TimeValue(at(s.pick(256)))
	case membership.AttrParentID, membership.AttrAccountID:
		return membership.IDValue(accountID(s.pick(scriptNouns)).UUID)
	case membership.AttrID:
		return membership.IDValue(id(s.kindOf(r), s.pick(scriptMemberships)))
	case membership.AttrMemberID:
		return membership.IDValue(memberID(s.pick(scriptNouns)).UUID)
	default:
		return membership.TextValue(texts[s.pick(len(texts))])
	}
}

// byIDs is what the reads of many at once answer.
func byIDs(ctx context.Context, tx store.Reader, numbers []int) (any, error) {
	var accounts []membership.AccountID
	var members []membership.MemberID
	for _, n := range numbers {
		accounts, members = append(accounts, accountID(n)), append(members, memberID(n))
	}
	a, err := tx.AccountsByID(ctx, accounts)
	if err != nil {
		return nil, err
	}
	m, err := tx.MembersByID(ctx, members)
	if err != nil {
		return nil, err
	}
	// They come in no particular order.
	slices.SortFunc(a, func(a, b membership.Account) int { return bytes.Compare(a.ID.UUID[:], b.ID.UUID[:]) })
	slices.SortFunc(m, func(a, b membership.Member) int { return bytes.Compare(a.ID.UUID[:], b.ID.UUID[:]) })
	l, err := tx.LoginsOfMembers(ctx, members)
	if err != nil {
		return nil, err
	}
	p, err := tx.LoginsOfProfile(ctx, profileID(numbers[0]))
	return []any{a, m, l, p}, err
}

// inventory reads everything that there is.
func inventory(sparse bool) operation {
	everything := membership.Query{Limit: 1000, Order: membership.Order{By: membership.AttrID}}
	return reading("everything", func(ctx context.Context, tx store.Tx) (any, error) {
		var all []any
		var errs []error
		add := func(v any, err error) { all, errs = append(all, v), append(errs, err) }
		add(tx.ListAccounts(ctx, everything))
		add(tx.ListMembers(ctx, everything))
		add(tx.ListMemberships(ctx, membership.Scope{All: true}, everything))
		add(tx.ListTags(ctx, everything))
		add(tx.ListPasswordProfiles(ctx, everything))
		add(tx.Credentials(ctx))
		add(tx.Settings(ctx))
		var accounts []membership.AccountID
		for n := range scriptNouns {
			accounts = append(accounts, accountID(n))
			add(tx.ListLogins(ctx, memberID(n), everything))
		}
		add(tx.AccountRelations(ctx, accounts))
		for _, r := range membership.FlowResources() {
			add(tx.Schema(ctx, r))
		}
		if !sparse {
			add(tx.Changes(ctx, membership.ChangeQuery{Limit: 1000}))
			add(tx.Consumers(ctx))
		}
		return all, firstFailure(errs)
	})
}

// firstFailure leaves out that something is not there.
func firstFailure(errs []error) error {
	for _, err := range errs {
		if err != nil && !membership.IsRefusal(err) {
			return err
		}
	}
	return nil
}

package memstore

import (
	"slices"

	"github.com/roster-go/roster/membership"
)

// timeline is memberships from the oldest to the newest, so that a page in this order or in the reverse needs no sorting,
// and no look at the others. What they are sorted by, their creation and their ids, never changes.
//
// Why a plain slice: the membership that is added is the newest, as a rule, and moves nobody. An older one moves 8 bytes
// for each that is newer, of which an account has 1000 at most unless its program sets another limit.
type timeline []*membership.Membership

// byAge is the order of a timeline.
var byAge = membership.Order{By: membership.AttrCreatedAt}

// find returns where a position is, or would be.
func (l timeline) find(p membership.Position) (int, bool) {
	return slices.BinarySearchFunc(l, p, func(m *membership.Membership, p membership.Position) int {
		return byAge.Compare(byAge.Position(m), p)
	})
}

// insert adds a membership, mostly at the end.
func (l *timeline) insert(m *membership.Membership) {
	at, newest := len(*l), byAge.Position(m)
	if at > 0 && byAge.Compare(newest, byAge.Position((*l)[at-1])) < 0 {
		at, _ = l.find(newest)
	}
	*l = slices.Insert(*l, at, m)
}

// remove takes out a membership that is in it.
func (l *timeline) remove(m *membership.Membership) {
	at, _ := l.find(byAge.Position(m))
	*l = slices.Delete(*l, at, at+1)
}

// only are those that match.
func (l timeline) only(match func(*membership.Membership) bool) timeline {
	var found timeline
	for _, m := range l {
		if match(m) {
			found = append(found, m)
		}
	}
	return found
}

// page is the page for a query that sorts by age, in either direction; its filter has been asked already.
func (l timeline) page(q membership.Query) timeline {
	rest := l.behind(q)
	first := min(q.Skip(), len(rest))
	last := first + min(q.Size(), len(rest)-first)
	if !q.Order.Descending() {
		return rest[first:last]
	}
	page := slices.Clone(rest[len(rest)-last : len(rest)-first])
	slices.Reverse(page)
	return page
}

// behind is what comes behind the query's position.
func (l timeline) behind(q membership.Query) timeline {
	if q.After.IsZero() {
		return l
	}
	at, found := l.find(q.After)
	switch {
	case q.Order.Descending():
		return l[:at]
	case found:
		return l[at+1:]
	}
	return l[at:]
}

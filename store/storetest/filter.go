package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// texts are what the rows of the filter cases are called: neighbours in every sense that an operator knows.
var texts = []string{
	"", "a", "A", "b", "ab", "aB", "Ab", "ba", "aba", "a%b", "a_b", "a*b", "*", "%", "_", "[a]", "?", `\`, `a\`, `'`, `"`, ";",
	"ß", "ss", "ſ", "s", "S", "K", "k", "\u212a", "é", "É", "e\u0301", "İ", "i", "I", "ı", "σ", "ς", "Σ", "日本", "日", "本", " a", "a ",
	"10", "9", "true", "null", "\U0001F9D1", "\U0001F9D1\u200d\U0001F91D", "ǆ", "ǅ", "Ǆ",
}

// filterWorld has an account and a member for each text, and a membership of each member in two accounts.
type filterWorld struct {
	accounts    []membership.AccountRow
	members     []membership.Member
	tags        []membership.Tag
	profiles    []membership.PasswordProfile
	logins      []membership.Login // of member 0
	memberships []membership.MembershipRow
}

// earlyTags is how many tags there are before the accounts, to be given to them.
const earlyTags = 4

func newFilterWorld(t testing.TB, st store.Store) filterWorld {
	var w filterWorld
	pick := func(n int) string { return texts[n%len(texts)] }
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		w = filterWorld{}
		for n := range earlyTags {
			tg := tag(n)
			tg.Name, tg.UpdatedAt = texts[n], at(n*2)
			must(t, "InsertTag", tx.InsertTag(ctx, tg))
		}
		for n := range texts {
			a := account(n)
			a.Name, a.LegalName, a.RegistrationID, a.ExternalRef = pick(n), pick(n*3+1), pick(n), pick(n*7+2)
			a.UpdatedAt = at(n * 2)
			if n%3 > 0 {
				a.ParentID = accountID(n - n%3)
			}
			must(t, "InsertAccount", tx.InsertAccount(ctx, a))
			row := membership.AccountRow{Account: a}
			for label := range min(n, 4) {
				if n>>label&1 == 1 {
					row.Tags = append(row.Tags, tagID(label))
					must(t, "TagAccount", tx.TagAccount(ctx, a.ID, tagID(label)))
				}
			}
			w.accounts = append(w.accounts, row)
			m := member(n)
			m.Name, m.Email, m.GivenName, m.MiddleName, m.FamilyName = pick(n), pick(n*3+1), pick(n*5), pick(n*7+2), pick(n*11+3)
			m.UpdatedAt = at(n * 2)
			w.members = append(w.members, m)
			must(t, "InsertMember", tx.InsertMember(ctx, m))
			w.namedRows(ctx, t, tx, n)
		}
		for n := range 2 * len(texts) {
			a, m := w.accounts[(n*13+n/len(texts))%len(texts)], w.members[n%len(texts)]
			j := joining(n, a.ID, m.ID)
			j.CreatedAt, j.UpdatedAt = at(n/2), at(n)
			w.memberships = append(w.memberships, membership.MembershipRow{Membership: j, Account: a.Account, Member: m})
			must(t, "InsertMembership", tx.InsertMembership(ctx, j))
		}
		return nil
	})
	return w
}

// namedRows adds a tag, a password profile and a login that are called like the text number n.
func (w *filterWorld) namedRows(ctx context.Context, t testing.TB, tx store.Tx, n int) {
	tg, p, l := tag(n), profile(n), login(n, 0, n)
	tg.Name, p.Name, l.Username = texts[n], texts[n], texts[n]
	tg.UpdatedAt, p.UpdatedAt, l.UpdatedAt = at(n*2), at(n*2), at(n*2)
	w.tags, w.profiles, w.logins = append(w.tags, tg), append(w.profiles, p), append(w.logins, l)
	if n >= earlyTags {
		must(t, "InsertTag", tx.InsertTag(ctx, tg))
	}
	must(t, "InsertPasswordProfile", tx.InsertPasswordProfile(ctx, p))
	must(t, "InsertLogin", tx.InsertLogin(ctx, l))
}

// check asks the store for what a filter of the resource selects, and package membership what it should.
func (w filterWorld) check(t testing.TB, st store.Store, r membership.Resource, filter membership.Filter) {
	t.Helper()
	if err := filter.Validate(r); err != nil {
		t.Fatalf("the suite made a bad filter %s: %v", filter, err)
	}
	q := membership.Query{Filter: filter, Order: membership.Order{By: membership.AttrID}, Limit: 1000}
	switch r {
	case membership.ResourceAccount:
		page, err := st.ListAccounts(t.Context(), q)
		must(t, filter.String(), err)
		var want []membership.Account
		for _, row := range expected(w.accounts, q.Order, filter) {
			want = append(want, row.Account)
		}
		sameSelection(t, filter, page, want)
	case membership.ResourceMember:
		page, err := st.ListMembers(t.Context(), q)
		must(t, filter.String(), err)
		sameSelection(t, filter, page, expected(w.members, q.Order, filter))
	case membership.ResourceMembership:
		w.checkMemberships(t, st, q)
	case membership.ResourceTag:
		page, err := st.ListTags(t.Context(), q)
		must(t, filter.String(), err)
		sameSelection(t, filter, page, expected(w.tags, q.Order, filter))
	case membership.ResourcePasswordProfile:
		page, err := st.ListPasswordProfiles(t.Context(), q)
		must(t, filter.String(), err)
		sameSelection(t, filter, page, expected(w.profiles, q.Order, filter))
	case membership.ResourceLogin:
		page, err := st.ListLogins(t.Context(), memberID(0), q)
		must(t, filter.String(), err)
		sameSelection(t, filter, page, expected(w.logins, q.Order, filter))
	}
}

// checkMemberships asks within every kind of scope.
func (w filterWorld) checkMemberships(t testing.TB, st store.Store, q membership.Query) {
	t.Helper()
	some := w.memberships[5]
	for _, scope := range []membership.Scope{
		{All: true}, {Account: some.AccountID}, {Member: some.MemberID}, {Account: some.AccountID, Member: some.MemberID},
	} {
		var want []membership.Membership
		for _, row := range expected(w.memberships, q.Order, q.Filter) {
			if scope.Match(row.Membership) {
				want = append(want, row.Membership)
			}
		}
		page, err := st.ListMemberships(t.Context(), scope, q)
		must(t, q.Filter.String(), err)
		sameSelection(t, q.Filter, page, want)
	}
}

func sameSelection[T comparable](t testing.TB, filter membership.Filter, page membership.Page[T], want []T) {
	t.Helper()
	same := len(page.Items) == len(want) && page.Total == len(want)
	for i := 0; same && i < len(want); i++ {
		same = page.Items[i] == want[i]
	}
	if !same {
		t.Errorf("filter %s: got %d rows of %d, want %d:\n got %+v\nwant %+v", filter, len(page.Items), page.Total, len(want), page.Items, want)
	}
}

var resources = []membership.Resource{
	membership.ResourceAccount, membership.ResourceMember, membership.ResourceMembership,
	membership.ResourceTag, membership.ResourcePasswordProfile, membership.ResourceLogin,
}

// everyOperator tries every operator that an attribute allows with every operand that a row has, and with patterns
// made of it.
func everyOperator(t *testing.T, st store.Store) {
	w := newFilterWorld(t, st)
	tried := 0
	for _, r := range resources {
		for _, attr := range r.Attributes() {
			for _, op := range r.Operators(attr) {
				for n := 0; n < len(texts); n += 1 + tried%2 { // Why: every operand is tried with some attribute
					term := membership.Term{Attr: attr, Op: op, Operands: w.operands(r, attr, op, n)}
					w.check(t, st, r, membership.Filter{{term}})
					tried++
				}
			}
		}
	}
	if tried < 1000 {
		t.Errorf("tried %d filters, want at least 1000", tried)
	}
}

// operands makes operands that fit an attribute and an operator, from the row and the text number n.
func (w filterWorld) operands(r membership.Resource, attr membership.Attribute, op membership.Operator, n int) []membership.Value {
	text := texts[n%len(texts)]
	switch op {
	case membership.OpIsNull:
		return nil
	case membership.OpContains:
		return []membership.Value{membership.IDValue(tagID(n % 6).UUID)}
	case membership.OpLike, membership.OpILike:
		if attr == membership.AttrMemberID {
			text = w.members[n%len(w.members)].ID.String()[n%3 : 36-n%5]
		}
		forms := []string{"%s", "*%s", "%s*", "*%s*"}
		return membership.Like(attr, fmt.Sprintf(forms[n%len(forms)], text)).Operands
	case membership.OpIn:
		return []membership.Value{w.value(r, attr, n), w.value(r, attr, n*3+1), w.value(r, attr, n+2)}
	default:
		return []membership.Value{w.value(r, attr, n)}
	}
}

// value is some row's value of an attribute; of a text attribute any text.
func (w filterWorld) value(r membership.Resource, attr membership.Attribute, n int) membership.Value {
	var v membership.Value
	switch r {
	case membership.ResourceAccount:
		v = w.accounts[n%len(w.accounts)].Value(attr)
	case membership.ResourceMember:
		v = w.members[n%len(w.members)].Value(attr)
	case membership.ResourceMembership:
		v = w.memberships[n%len(w.memberships)].Value(attr)
	case membership.ResourceTag:
		v = w.tags[n%len(w.tags)].Value(attr)
	case membership.ResourcePasswordProfile:
		v = w.profiles[n%len(w.profiles)].Value(attr)
	case membership.ResourceLogin:
		v = w.logins[n%len(w.logins)].Value(attr)
	}
	if attr == membership.AttrParentID {
		return membership.IDValue(accountID(n % len(w.accounts)).UUID)
	}
	if v.Kind() == membership.KindText || v.Kind() == membership.KindNull {
		return membership.TextValue(texts[n%len(texts)])
	}
	return v
}

// randomFilter makes a filter of up to ten terms in groups.
func (w filterWorld) randomFilter(r membership.Resource, rng *rand.Rand) membership.Filter {
	var filter membership.Filter
	for terms := 1 + rng.IntN(membership.MaxFilterTerms); terms > 0; {
		var group membership.AnyOf
		for size := 1 + rng.IntN(min(terms, 4)); size > 0; size-- {
			attrs := r.Attributes()
			attr := attrs[rng.IntN(len(attrs))]
			ops := r.Operators(attr)
			op := ops[rng.IntN(len(ops))]
			group = append(group, membership.Term{Attr: attr, Op: op, Operands: w.operands(r, attr, op, rng.IntN(10_000))})
			terms--
		}
		filter = append(filter, group)
	}
	return filter
}

// combinations is on how many pairs of a random filter and a row every store has to agree with package membership, and
// so with every other store: the filters are the same for all of them.
const combinations = 100_000

func randomFilters(t *testing.T, st store.Store) {
	w := newFilterWorld(t, st)
	rng := rand.New(rand.NewPCG(1, 2))
	filters, pairs := 0, 0
	for pairs < combinations || filters < 300*len(resources) {
		for _, r := range resources {
			w.check(t, st, r, w.randomFilter(r, rng))
			filters++
			pairs += w.size(r)
		}
	}
	t.Logf("%d random filters, %d combinations of a filter and a row", filters, pairs)
}

// size is how many rows of the resource a filter chooses from.
func (w filterWorld) size(r membership.Resource) int {
	return map[membership.Resource]int{
		membership.ResourceAccount: len(w.accounts), membership.ResourceMember: len(w.members),
		membership.ResourceMembership: len(w.memberships), membership.ResourceTag: len(w.tags),
		membership.ResourcePasswordProfile: len(w.profiles), membership.ResourceLogin: len(w.logins),
	}[r]
}

// hostileText looks for rows by text that would mean something to an engine which is told it in the wrong way.
func hostileText(t *testing.T, st store.Store) {
	populate(t, st, 0, 3)
	for _, text := range []string{
		`' OR 1=1 --`, `"; DROP TABLE roster_members; --`, `%`, `_____`, `?1`, `:a`, `$1`, `*' OR ''='`, strings.Repeat("a", 5000), "\x1a", "\\x00",
	} {
		for _, term := range []membership.Term{
			membership.Eq(membership.AttrName, membership.TextValue(text)),
			membership.Like(membership.AttrName, text), membership.ILike(membership.AttrEmail, text),
			membership.Like(membership.AttrName, "*"+text+"?*"),
		} {
			page, err := st.ListMembers(t.Context(), membership.Query{Filter: membership.All(term)})
			must(t, term.String(), err)
			equal(t, "rows for "+term.String(), page.Total, 0)
		}
	}
	page, err := st.ListMembers(t.Context(), membership.Query{})
	must(t, "ListMembers", err)
	equal(t, "members that are left", page.Total, 3)
}

package membership_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

// ronJoinedAcme is a typical change.
var ronJoinedAcme = membership.Change{
	Sequence: 7, Type: membership.MembershipCreated, Time: at("2021-02-25T00:00:00Z"), Actor: "leslie",
	Cause: membership.CauseRequest, RequestID: "r1",
	AccountID: acme.ID, MemberID: ron.ID, MembershipID: ronInAcme.ID, After: ronInAcme,
}

func TestAChangeQueryMatchesWhatItNames(t *testing.T) {
	t.Parallel()
	ofATag := membership.Change{Sequence: 8, Type: membership.TagCreated, After: press}
	for _, test := range []struct {
		name          string
		q             membership.ChangeQuery
		joined, ofTag bool
	}{
		{"nothing", membership.ChangeQuery{}, true, true},
		{"where it begins", membership.ChangeQuery{After: 1000}, true, true},
		{"how many", membership.ChangeQuery{Limit: -1}, true, true},
		{"the account", membership.ChangeQuery{Account: acme.ID}, true, false},
		{"another account", membership.ChangeQuery{Account: accountID(99)}, false, false},
		{"the member", membership.ChangeQuery{Member: ron.ID}, true, false},
		{"another member", membership.ChangeQuery{Member: memberID(99)}, false, false},
		{"the membership", membership.ChangeQuery{Membership: ronInAcme.ID}, true, false},
		{"another membership", membership.ChangeQuery{Membership: membershipID(99)}, false, false},
		{"its type", membership.ChangeQuery{Types: []membership.ChangeType{membership.MembershipCreated}}, true, false},
		{"another type", membership.ChangeQuery{Types: []membership.ChangeType{membership.MembershipDeleted}}, false, false},
		{"both types", membership.ChangeQuery{Types: []membership.ChangeType{membership.TagCreated, membership.MembershipCreated}}, true, true},
		{"an empty list of types", membership.ChangeQuery{Types: []membership.ChangeType{}}, true, true},
		{"everything", membership.ChangeQuery{
			Account: acme.ID, Member: ron.ID, Membership: ronInAcme.ID, Types: []membership.ChangeType{membership.MembershipCreated},
		}, true, false},
		{"everything but the type", membership.ChangeQuery{
			Account: acme.ID, Member: ron.ID, Membership: ronInAcme.ID, Types: []membership.ChangeType{membership.AccountTagged},
		}, false, false},
		{"the account and another member", membership.ChangeQuery{Account: acme.ID, Member: memberID(99)}, false, false},
	} {
		if got := test.q.Match(ronJoinedAcme); got != test.joined {
			t.Errorf("%s: matches a joining: %t", test.name, got)
		}
		if got := test.q.Match(ofATag); got != test.ofTag {
			t.Errorf("%s: matches a new tag: %t", test.name, got)
		}
	}
}

func TestTheSizeOfAPageOfChanges(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{
		0: membership.DefaultChangeLimit, 1: 1, 100: 100, 101: 101, math.MaxInt: math.MaxInt, -1: 0, math.MinInt: 0,
	} {
		if got := (membership.ChangeQuery{Limit: limit}).Size(); got != want {
			t.Errorf("limit %d: %d changes, want %d", limit, got, want)
		}
	}
}

// changesAt are changes with these sequence numbers.
func changesAt(numbers ...int64) []membership.Change {
	all := []membership.Change{}
	for _, n := range numbers {
		all = append(all, membership.Change{Sequence: n})
	}
	return all
}

func TestNextMissesNoChange(t *testing.T) {
	t.Parallel()
	type page = membership.ChangePage
	type query = membership.ChangeQuery
	for _, test := range []struct {
		name string
		page page
		q    query
		want int64
	}{
		{"a log that is empty", page{}, query{}, 0},
		{"a full page", page{Changes: changesAt(3, 5), First: 1, Last: 9}, query{After: 2, Limit: 2}, 5},
		{"a full page at the end", page{Changes: changesAt(8, 9), First: 1, Last: 9}, query{After: 2, Limit: 2}, 9},
		{"a page that is not full", page{Changes: changesAt(3), First: 1, Last: 9}, query{After: 2, Limit: 2}, 9},
		{"a page of nothing that matters", page{First: 1, Last: 9}, query{After: 2}, 9},
		{"at the end", page{First: 1, Last: 9}, query{After: 9}, 9},
		{"beyond the end", page{First: 1, Last: 9}, query{After: 12}, 12},
		{"a query for no changes", page{First: 1, Last: 9}, query{After: 2, Limit: -1}, 2},
		{"the largest number", page{Changes: changesAt(math.MaxInt64), First: math.MaxInt64, Last: math.MaxInt64},
			query{After: math.MaxInt64 - 1, Limit: 1}, math.MaxInt64},
	} {
		if got := test.page.Next(test.q); got != test.want {
			t.Errorf("%s: go on behind %d, want %d", test.name, got, test.want)
		}
	}
}

func TestCheckTellsWhetherAReaderCanGoOn(t *testing.T) {
	t.Parallel()
	const highest = math.MaxInt64
	for _, test := range []struct {
		first, last, after int64
		want               error
	}{
		{0, 0, 0, nil}, // a log that has never had a change
		{0, 0, 1, membership.ErrInvalidField},
		{0, 0, -1, membership.ErrInvalidField},
		{1, 9, 0, nil},
		{1, 9, 9, nil},
		{1, 9, 10, membership.ErrInvalidField},
		{1, 9, -1, membership.ErrInvalidField},
		{1, 9, math.MinInt64, membership.ErrInvalidField},
		{1, 9, highest, membership.ErrInvalidField},
		{5, 9, 0, membership.ErrPruned},
		{5, 9, 3, membership.ErrPruned},
		{5, 9, 4, nil}, // nothing between 4 and 5 is missing
		{5, 9, 5, nil},
		{5, 9, 10, membership.ErrInvalidField},
		{9, 9, 8, nil},
		{9, 9, 7, membership.ErrPruned},
		{highest, highest, highest, nil},
		{highest, highest, highest - 1, nil},
		{highest, highest, highest - 2, membership.ErrPruned},
		{highest - 1, highest, highest, nil},
		{highest - 1, highest, 0, membership.ErrPruned},
	} {
		page := membership.ChangePage{First: test.first, Last: test.last}
		err := page.Check(membership.ChangeQuery{After: test.after})
		if !errors.Is(err, test.want) || test.want == nil && err != nil {
			t.Errorf("%d to %d, after %d: got %v, want %v", test.first, test.last, test.after, err, test.want)
			continue
		}
		if err == nil {
			continue
		}
		first, told := int64(0), test.last
		if errors.Is(err, membership.ErrPruned) {
			first, told = test.first, test.first
		}
		facts := factsOf(t, err)
		if facts.Field != "after" || facts.First != first || !strings.Contains(facts.Detail, strconv.FormatInt(told, 10)) {
			t.Errorf("after %d: %v, of %q, does not tell of %d", test.after, err, facts.Field, told)
		}
	}
}

// declaredConstants reads from change.go the constants of a type: their names and values.
func declaredConstants(t *testing.T, typ string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "change.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for node := range ast.Preorder(file) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			continue
		}
		if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != typ {
			continue
		}
		for i, name := range spec.Names {
			value, err := strconv.Unquote(spec.Values[i].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values[name.Name] = value
		}
	}
	return values
}

func TestChangeTypesAreAllTheConstants(t *testing.T) {
	t.Parallel()
	var declared, listed []string
	for _, value := range declaredConstants(t, "ChangeType") {
		declared = append(declared, value)
	}
	for _, typ := range membership.ChangeTypes() {
		listed = append(listed, string(typ))
	}
	slices.Sort(declared)
	slices.Sort(listed)
	if len(declared) == 0 || !slices.Equal(declared, listed) {
		t.Errorf("change.go declares %v, ChangeTypes lists %v", declared, listed)
	}
	if compact := slices.Compact(slices.Clone(listed)); len(compact) != len(listed) {
		t.Errorf("a type is listed twice: %v", listed)
	}
}

func TestChangeTypesAreTheCallersOwn(t *testing.T) {
	t.Parallel()
	membership.ChangeTypes()[0] = "scribbled"
	if got := membership.ChangeTypes()[0]; got != membership.AccountCreated {
		t.Errorf("the first type is %q by now", got)
	}
}

func TestParseChangeType(t *testing.T) {
	t.Parallel()
	for _, want := range membership.ChangeTypes() {
		got, err := membership.ParseChangeType(string(want))
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v", want, got, err)
		}
	}
	for _, spelt := range []string{"", "account", "account.", "Account.created", "account.created ", "account.renamed", "*"} {
		got, err := membership.ParseChangeType(spelt)
		if got != "" || !errors.Is(err, membership.ErrInvalidField) {
			t.Errorf("%q: got %q, %v", spelt, got, err)
			continue
		}
		facts := factsOf(t, err)
		if facts.Field != "type" || !strings.Contains(facts.Detail, string(membership.FieldDeleted)) {
			t.Errorf("%q: %v does not say what is allowed", spelt, err)
		}
	}
}

func TestRestoredChangesComeBehindTheLog(t *testing.T) {
	t.Parallel()
	numbered := func(numbers ...int64) []membership.Change {
		var changes []membership.Change
		for _, n := range numbers {
			changes = append(changes, membership.Change{Sequence: n})
		}
		return changes
	}
	for _, test := range []struct {
		changes     []membership.Change
		first, last int64
		fault       string
	}{
		{nil, 0, 0, ""},
		{nil, -7, 12, ""},
		{numbered(1), 1, 0, ""},
		{numbered(5, 6, 90), 1, 0, ""},
		{numbered(5, 6, 90), 5, 0, ""},
		{numbered(5, 6, 90), 6, 0, "first"},
		{numbered(5, 6, 90), 0, 0, "first"},
		{numbered(0), 1, 0, "first"},
		{numbered(-1), -3, 0, "first"},
		{numbered(5, 5), 5, 0, "sequence"},
		{numbered(5, 7, 6), 5, 0, "sequence"},
		{numbered(5, 7), 0, 4, ""}, // where it begins is known
		{numbered(5, 7), 99, 4, ""},
		{numbered(5, 7), 1, 5, "sequence"},
		{numbered(5, 7), 1, 6, "sequence"},
	} {
		err := membership.CheckRestored(test.changes, test.first, test.last)
		if test.fault == "" && err == nil {
			continue
		}
		fault, _ := errors.AsType[*membership.Error](err)
		if !errors.Is(err, membership.ErrInvalidField) || fault.Field != test.fault {
			t.Errorf("%v in a log that begins at %d and goes to %d: %v, want a fault of %q", test.changes, test.first, test.last, err, test.fault)
		}
	}
}

func TestRetentionIsZero(t *testing.T) {
	t.Parallel()
	for r, want := range map[membership.Retention]bool{
		{}:                               true,
		{MaxAge: -time.Hour}:             true,
		{MaxCount: -1}:                   true,
		{MaxAge: 1}:                      false,
		{MaxCount: 1}:                    false,
		{MaxAge: -1, MaxCount: 1}:        false,
		{MaxAge: time.Hour, MaxCount: 5}: false,
	} {
		if got := r.IsZero(); got != want {
			t.Errorf("%+v: keeps changes for ever: %t, want %t", r, got, want)
		}
	}
}

func TestCheckConsumerName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"mailer", "a b", "été", " padded ", strings.Repeat("x", membership.MaxTextLength)} {
		if err := membership.CheckConsumerName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", " ", "\t\n", "\xff", strings.Repeat("x", membership.MaxTextLength+1)} {
		err := membership.CheckConsumerName(name)
		if !errors.Is(err, membership.ErrInvalidField) {
			t.Errorf("%q: got %v", name, err)
			continue
		}
		if facts := factsOf(t, err); facts.Field != "name" {
			t.Errorf("%q: blames %q", name, facts.Field)
		}
	}
}

func TestCheckOrigin(t *testing.T) {
	t.Parallel()
	if err := membership.CheckOrigin("", strings.Repeat("x", 10*membership.MaxTextLength)); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"\x00", "a\x00b", "\xff", "\xed\xa0\x80"} {
		for field, err := range map[string]error{"actor": membership.CheckOrigin(text, "r"), "request_id": membership.CheckOrigin("a", text)} {
			if !errors.Is(err, membership.ErrInvalidField) || factsOf(t, err).Field != field {
				t.Errorf("%q as %s: got %v", text, field, err)
			}
		}
	}
}

func TestTheLogCanShowEveryRowButSecrets(t *testing.T) {
	t.Parallel()
	for resource, row := range oneOfEach {
		switch of := row.(type) {
		case membership.AccountRow:
			row = of.Account
		case membership.MembershipRow:
			row = of.Membership
		}
		if _, is := row.(membership.Image); !is {
			t.Errorf("the log cannot show an %s", resource)
		}
	}
	for _, never := range []any{membership.Credential{}, membership.Token{}} {
		if _, is := never.(membership.Image); is {
			t.Errorf("the log can show a %T", never)
		}
	}
}

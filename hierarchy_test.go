package roster_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// below creates an account below another one.
func (w *world) below(parent membership.Account, name string) membership.Account {
	w.t.Helper()
	a, err := w.CreateAccount(w.t.Context(), membership.Account{Name: name, ParentID: parent.ID})
	must(w.t, err)
	return a
}

// ancestors reads the ancestors of an account, from the root down.
func (w *world) ancestors(a membership.Account) []membership.AccountID {
	w.t.Helper()
	relations, err := w.AccountRelations(w.t.Context(), []membership.AccountID{a.ID})
	must(w.t, err)
	return relations[a.ID].Ancestors
}

func TestAnAccountIsCreatedBelowAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.account("Root")
	child := w.below(root, "Child")
	equal(t, "created", child, membership.Account{
		ID: child.ID, ParentID: root.ID, Name: "Child", CreatedAt: cutMorning, UpdatedAt: cutMorning,
	})
	stored, err := w.Account(t.Context(), child.ID)
	must(t, err)
	equal(t, "stored", stored, child)
	unchanged, err := w.Account(t.Context(), root.ID)
	must(t, err)
	equal(t, "the parent", unchanged, root)
	for parent, want := range map[membership.AccountID]int{root.ID: 1, child.ID: 0} {
		page, err := w.Accounts(t.Context(), membership.Query{Filter: membership.All(
			membership.Eq(membership.AttrParentID, membership.IDValue(parent.UUID)))})
		must(t, err)
		equal(t, "accounts right below", page.Total, want)
	}
}

func TestAnAccountIsNotCreatedBelowNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root, err := w.CreateAccount(t.Context(), membership.Account{Name: "Root", RegistrationID: "HRB 1"})
	must(t, err)
	for name, a := range map[string]membership.Account{
		"an unknown one":                  {Name: "Child", ParentID: noAccount},
		"itself":                          {Name: "Child", ID: noAccount, ParentID: noAccount},
		"an unknown one, and an id taken": {Name: "Child", ID: root.ID, ParentID: noAccount},
		"an unknown one, and more taken":  {Name: "Child", RegistrationID: "HRB 1", ParentID: noAccount},
	} {
		got, err := w.CreateAccount(t.Context(), a)
		wantError(t, name, err, membership.ErrAccountNotFound)
		equal(t, name, got, membership.Account{})
		if facts, ok := errors.AsType[*membership.Error](err); !ok || facts.Field != "parent_id" {
			t.Errorf("%s: the error does not name the field: %v", name, err)
		}
	}
	_, err = w.CreateAccount(t.Context(), membership.Account{ParentID: noAccount})
	wantError(t, "invalid, whatever is stored", err, membership.ErrInvalidField)
	equal(t, "what is there", w.census(), [3]int{1, 0, 0})
}

func TestAHierarchyHas100AncestorsAtMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	chain := []membership.Account{w.account("0")}
	for n := range membership.MaxAncestors { // the last has exactly so many
		chain = append(chain, w.below(chain[n], fmt.Sprint(n+1)))
	}
	deepest := chain[len(chain)-1]
	equal(t, "ancestors of the deepest", len(w.ancestors(deepest)), 100)
	w.below(chain[len(chain)-2], "beside the deepest")

	before := w.census()
	got, err := w.CreateAccount(t.Context(), membership.Account{Name: "too deep", ParentID: deepest.ID})
	wantError(t, "one deeper", err, membership.ErrHierarchyTooDeep)
	equal(t, "what comes with an error", got, membership.Account{})
	if facts, ok := errors.AsType[*membership.Error](err); !ok || facts.Field != "parent_id" || facts.Limit != 100 || facts.Used != 100 {
		t.Errorf("the facts: %+v", facts)
	}
	equal(t, "what is there", w.census(), before)

	must(t, w.DeleteAccount(t.Context(), chain[0].ID))
	equal(t, "ancestors of the deepest without the root", len(w.ancestors(deepest)), 99)
	w.below(deepest, "deep enough now")
}

func TestWithinAnUpdateAHierarchyGrows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var root, child membership.Account
	must(t, w.Update(t.Context(), func(svc *roster.Service) (err error) {
		if root, err = svc.CreateAccount(t.Context(), membership.Account{Name: "Root"}); err != nil {
			return err
		}
		if _, err := svc.CreateAccount(t.Context(), membership.Account{Name: "X", ParentID: noAccount}); !errors.Is(err, membership.ErrAccountNotFound) {
			t.Errorf("below an unknown account: %v", err)
		}
		child, err = svc.CreateAccount(t.Context(), membership.Account{Name: "Child", ParentID: root.ID})
		return err
	}))
	if got := w.ancestors(child); !slices.Equal(got, []membership.AccountID{root.ID}) {
		t.Errorf("ancestors: %v", got)
	}
}

func TestAnUpdateMayNameTheParentItHas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root, other := w.account("Root"), w.account("Other")
	child := w.below(root, "Child")
	w.clock.Advance(time.Minute)
	for _, test := range []struct {
		name    string
		account membership.Account
		parent  membership.AccountID
		want    error
	}{
		{"the present one", child, root.ID, nil},
		{"none, of a root", root, membership.AccountID{}, nil},
		{"another", child, other.ID, membership.ErrParentImmutable},
		{"an unknown one", child, noAccount, membership.ErrParentImmutable},
		{"none, of a child", child, membership.AccountID{}, membership.ErrParentImmutable},
		{"its own child, which would be a cycle", root, child.ID, membership.ErrParentImmutable},
	} {
		got, err := w.UpdateAccount(t.Context(), test.account.ID, membership.AccountUpdate{ParentID: &test.parent, Name: &test.account.Name})
		wantError(t, test.name, err, test.want)
		if test.want == nil {
			equal(t, test.name, got, test.account) // not even the time of update has moved
		} else {
			equal(t, test.name, got, membership.Account{})
		}
		stored, err := w.Account(t.Context(), test.account.ID)
		must(t, err)
		equal(t, "stored: "+test.name, stored, test.account)
	}
	_, err := w.UpdateAccount(t.Context(), noAccount, membership.AccountUpdate{ParentID: &other.ID})
	wantError(t, "of an unknown account", err, membership.ErrAccountNotFound)
}

func TestTheChildrenOfADeletedAccountBecomeRoots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	top := w.account("Top")
	middle := w.below(top, "Middle")
	left, right := w.below(middle, "Left"), w.below(middle, "Right")
	leaf := w.below(left, "Leaf")
	joined := w.join(left, w.member("Ron"))
	w.clock.Advance(time.Minute)
	must(t, w.DeleteAccount(t.Context(), middle.ID))

	left.ParentID, left.UpdatedAt = membership.AccountID{}, cutMorning.Add(time.Minute)
	right.ParentID, right.UpdatedAt = membership.AccountID{}, cutMorning.Add(time.Minute)
	for _, want := range []membership.Account{top, left, right, leaf} { // above and two below, nothing changes
		got, err := w.Account(t.Context(), want.ID)
		must(t, err)
		equal(t, want.Name, got, want)
	}
	relations, err := w.AccountRelations(t.Context(), []membership.AccountID{top.ID, left.ID, right.ID, leaf.ID})
	must(t, err)
	equal(t, "accounts with relations", len(relations), 1)
	if got := relations[leaf.ID].Ancestors; !slices.Equal(got, []membership.AccountID{left.ID}) {
		t.Errorf("ancestors of the leaf: %v", got)
	}
	roots, err := w.Accounts(t.Context(), membership.Query{Filter: membership.All(membership.IsNull(membership.AttrParentID))})
	must(t, err)
	equal(t, "roots", roots.Total, 3)
	still, err := w.Membership(t.Context(), left.ID, joined.ID)
	must(t, err)
	equal(t, "the membership of a child", still, joined)

	_, err = w.UpdateAccount(t.Context(), left.ID, membership.AccountUpdate{ParentID: &middle.ID})
	wantError(t, "going back below it", err, membership.ErrParentImmutable)
	_, err = w.UpdateAccount(t.Context(), left.ID, membership.AccountUpdate{ParentID: &top.ID})
	wantError(t, "moving up", err, membership.ErrParentImmutable)
}

func TestADeletionThatIsUndoneLeavesTheChildrenInPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.account("Root")
	child := w.below(root, "Child")
	failure := errors.New("changed my mind")
	w.clock.Advance(time.Minute)
	wantError(t, "Update", w.Update(t.Context(), func(svc *roster.Service) error {
		must(t, svc.DeleteAccount(t.Context(), root.ID))
		return failure
	}), failure)
	stored, err := w.Account(t.Context(), child.ID)
	must(t, err)
	equal(t, "the child", stored, child)
}

func TestRelationsAreReadForManyAccountsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.account("Root")
	child := w.below(root, "Child")
	leaf := w.below(child, "Leaf")
	lone := w.account("Lone")
	press, err := w.CreateTag(t.Context(), membership.Tag{Name: "press"})
	must(t, err)
	_, err = w.TagAccount(t.Context(), root.ID, press.ID)
	must(t, err)
	_, err = w.TagAccount(t.Context(), leaf.ID, press.ID)
	must(t, err)

	ids := []membership.AccountID{leaf.ID, noAccount, root.ID, lone.ID, leaf.ID, child.ID, {}}
	relations, err := w.AccountRelations(t.Context(), ids)
	must(t, err)
	want := map[membership.AccountID]membership.Relations{
		root.ID:  {Tags: []membership.Tag{press}},
		child.ID: {Ancestors: []membership.AccountID{root.ID}},
		leaf.ID:  {Ancestors: []membership.AccountID{root.ID, child.ID}, Tags: []membership.Tag{press}},
	}
	equal(t, "accounts with relations", len(relations), len(want))
	for id, r := range want {
		if got := relations[id]; !slices.Equal(got.Ancestors, r.Ancestors) || !slices.Equal(got.Tags, r.Tags) {
			t.Errorf("%s: got %+v, want %+v", id, got, r)
		}
	}
	relations, err = w.AccountRelations(t.Context(), nil)
	must(t, err)
	equal(t, "relations of no accounts", len(relations), 0)
}

package roster_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// tag creates an account tag.
func (w *world) tag(name string) membership.Tag {
	w.t.Helper()
	tag, err := w.CreateTag(w.t.Context(), membership.Tag{Name: name})
	must(w.t, err)
	return tag
}

// tagNames are the names of tags, in a row.
func tagNames(tags []membership.Tag) string {
	var names []string
	for _, tag := range tags {
		names = append(names, tag.Name)
	}
	return strings.Join(names, " ")
}

func TestCreateTagSetsIDAndTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	given := membership.Tag{Name: "press", Description: "gets the newsletter", CreatedAt: time.Now(), UpdatedAt: time.Now().Add(-time.Hour)}
	tag, err := w.CreateTag(t.Context(), given)
	must(t, err)
	want := given
	want.ID, want.CreatedAt, want.UpdatedAt = tag.ID, cutMorning, cutMorning
	equal(t, "created", tag, want)
	equal(t, "version of the new id", tag.ID.Version(), 7)
	stored, err := w.Tag(t.Context(), tag.ID)
	must(t, err)
	equal(t, "stored", stored, want)
	_, err = w.Tag(t.Context(), noTag)
	wantError(t, "an unknown one", err, membership.ErrTagNotFound)
}

func TestCreateTagRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	press, err := w.CreateTag(t.Context(), membership.Tag{ID: someTag, Name: "press"})
	must(t, err)
	equal(t, "a given id is kept", press.ID, someTag)
	for name, test := range map[string]struct {
		tag  membership.Tag
		want error
	}{
		"a blank name":               {membership.Tag{Name: " "}, membership.ErrInvalidField},
		"a description too long":     {membership.Tag{Name: "x", Description: strings.Repeat("x", 2049)}, membership.ErrInvalidField},
		"a name that is taken":       {membership.Tag{Name: "press"}, membership.ErrTagNameTaken},
		"an id that is taken":        {membership.Tag{ID: someTag, Name: "media"}, membership.ErrDuplicateID},
		"both taken, the id first":   {membership.Tag{ID: someTag, Name: "press"}, membership.ErrDuplicateID},
		"invalid, whatever is taken": {membership.Tag{ID: someTag}, membership.ErrInvalidField},
	} {
		got, err := w.CreateTag(t.Context(), test.tag)
		wantError(t, name, err, test.want)
		equal(t, name, got, membership.Tag{})
	}
	w.tag("Press") // a name that differs in case is another
	page, err := w.Tags(t.Context(), membership.Query{Order: membership.Order{By: membership.AttrName}})
	must(t, err)
	equal(t, "what is there", tagNames(page.Items), "Press press")
}

func TestUpdateTagChangesWhatIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	press, err := w.CreateTag(t.Context(), membership.Tag{Name: "press", Description: "about it"})
	must(t, err)
	checkUpdateTimes(t, w, press.UpdatedAt, func(name string) (time.Time, error) {
		tag, err := w.UpdateTag(t.Context(), press.ID, membership.TagUpdate{Name: &name})
		return tag.UpdatedAt, err
	})
	updated, err := w.UpdateTag(t.Context(), press.ID, membership.TagUpdate{Description: new("")})
	must(t, err)
	want := membership.Tag{ID: press.ID, Name: "third", CreatedAt: press.CreatedAt, UpdatedAt: updated.UpdatedAt}
	equal(t, "updated", updated, want)
	stored, err := w.Tag(t.Context(), press.ID)
	must(t, err)
	equal(t, "stored", stored, want)
}

func TestUpdateTagRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	press, media := w.tag("press"), w.tag("media")
	_, err := w.UpdateTag(t.Context(), noTag, membership.TagUpdate{Name: new("")})
	wantError(t, "an unknown tag, whatever else is wrong", err, membership.ErrTagNotFound)
	for name, want := range map[string]error{" ": membership.ErrInvalidField, "media": membership.ErrTagNameTaken} {
		updated, err := w.UpdateTag(t.Context(), press.ID, membership.TagUpdate{Name: &name})
		wantError(t, name, err, want)
		equal(t, "what comes with an error", updated, membership.Tag{})
	}
	stored, err := w.Tag(t.Context(), press.ID)
	must(t, err)
	equal(t, "stored", stored, press)

	must(t, w.DeleteTag(t.Context(), media.ID))
	_, err = w.UpdateTag(t.Context(), press.ID, membership.TagUpdate{Name: new("media")})
	wantError(t, "a name that became free", err, nil)
}

func TestDeleteTagTakesItFromItsAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, press, media := w.account("Acme"), w.tag("press"), w.tag("media")
	_, err := w.TagAccount(t.Context(), acme.ID, press.ID, media.ID)
	must(t, err)
	must(t, w.DeleteTag(t.Context(), press.ID))
	tags, err := w.AccountTags(t.Context(), acme.ID)
	must(t, err)
	equal(t, "tags that are left", tagNames(tags), "media")
	wantError(t, "again", w.DeleteTag(t.Context(), press.ID), membership.ErrTagNotFound)
}

func TestAnAccountsTagsAreSortedByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech := w.account("Acme"), w.account("Initech")
	wholesale, press, big, accented := w.tag("wholesale"), w.tag("press"), w.tag("Big"), w.tag("élite")
	steps := []struct {
		name   string
		change func(...membership.TagID) ([]membership.Tag, error)
		tags   []membership.Tag
		want   string
	}{
		{"no tag", w.tagger(acme), nil, ""},
		{"one", w.tagger(acme), []membership.Tag{wholesale}, "wholesale"},
		{"two more", w.tagger(acme), []membership.Tag{press, big}, "Big press wholesale"},
		{"one that it has, and twice", w.tagger(acme), []membership.Tag{press, press}, "Big press wholesale"},
		{"one that it has and one that it has not", w.tagger(acme), []membership.Tag{press, accented}, "Big press wholesale élite"},
		{"another account's", w.tagger(initech), []membership.Tag{press}, "press"},
		{"taking none", w.untagger(acme), nil, "Big press wholesale élite"},
		{"taking one", w.untagger(acme), []membership.Tag{press}, "Big wholesale élite"},
		{"taking it again, and twice", w.untagger(acme), []membership.Tag{press, press}, "Big wholesale élite"},
		{"taking one it has and one it has not", w.untagger(acme), []membership.Tag{press, big}, "wholesale élite"},
		{"taking the rest", w.untagger(acme), []membership.Tag{accented, wholesale}, ""},
	}
	for _, step := range steps {
		var ids []membership.TagID
		for _, tag := range step.tags {
			ids = append(ids, tag.ID)
		}
		got, err := step.change(ids...)
		must(t, err)
		equal(t, step.name, tagNames(got), step.want)
	}
	for account, want := range map[membership.Account]string{acme: "", initech: "press"} {
		tags, err := w.AccountTags(t.Context(), account.ID)
		must(t, err)
		equal(t, "in the end", tagNames(tags), want)
		unchanged, err := w.Account(t.Context(), account.ID)
		must(t, err)
		equal(t, "the account itself", unchanged, account)
	}
}

func (w *world) tagger(a membership.Account) func(...membership.TagID) ([]membership.Tag, error) {
	return func(tags ...membership.TagID) ([]membership.Tag, error) {
		return w.TagAccount(w.t.Context(), a.ID, tags...)
	}
}

func (w *world) untagger(a membership.Account) func(...membership.TagID) ([]membership.Tag, error) {
	return func(tags ...membership.TagID) ([]membership.Tag, error) {
		return w.UntagAccount(w.t.Context(), a.ID, tags...)
	}
}

func TestTagsAreGivenAndTakenAllOrNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, press, media := w.account("Acme"), w.tag("press"), w.tag("media")
	_, err := w.TagAccount(t.Context(), acme.ID, press.ID)
	must(t, err)
	for _, ids := range [][]membership.TagID{
		{noTag}, {media.ID, noTag}, {noTag, media.ID}, {press.ID, noTag, media.ID}, {membership.TagID{}},
	} {
		// In a transaction that goes on, too, a refusal has written nothing.
		must(t, w.Update(t.Context(), func(svc *roster.Service) error {
			tags, err := svc.TagAccount(t.Context(), acme.ID, ids...)
			wantError(t, "giving", err, membership.ErrTagNotFound)
			equal(t, "what comes with an error", len(tags), 0)
			tags, err = svc.UntagAccount(t.Context(), acme.ID, ids...)
			wantError(t, "taking", err, membership.ErrTagNotFound)
			equal(t, "what comes with an error", len(tags), 0)
			return nil
		}))
		tags, err := w.AccountTags(t.Context(), acme.ID)
		must(t, err)
		equal(t, "tags", tagNames(tags), "press")
	}
	for name, ids := range map[string][]membership.TagID{"a tag": {press.ID}, "an unknown tag": {noTag}, "no tag": nil} {
		_, err = w.TagAccount(t.Context(), noAccount, ids...)
		wantError(t, "giving an unknown account "+name, err, membership.ErrAccountNotFound)
		_, err = w.UntagAccount(t.Context(), noAccount, ids...)
		wantError(t, "taking from an unknown account "+name, err, membership.ErrAccountNotFound)
	}
	_, err = w.AccountTags(t.Context(), noAccount)
	wantError(t, "the tags of an unknown account", err, membership.ErrAccountNotFound)
}

func TestATaggingThatIsUndoneLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, press, media := w.account("Acme"), w.tag("press"), w.tag("media")
	_, err := w.TagAccount(t.Context(), acme.ID, press.ID)
	must(t, err)
	failure := errors.New("changed my mind")
	wantError(t, "Update", w.Update(t.Context(), func(svc *roster.Service) error {
		_, err := svc.TagAccount(t.Context(), acme.ID, media.ID)
		must(t, err)
		_, err = svc.UntagAccount(t.Context(), acme.ID, press.ID)
		must(t, err)
		tags, err := svc.AccountTags(t.Context(), acme.ID)
		must(t, err)
		equal(t, "it sees what it wrote", tagNames(tags), "media")
		must(t, svc.DeleteTag(t.Context(), media.ID))
		return failure
	}), failure)
	tags, err := w.AccountTags(t.Context(), acme.ID)
	must(t, err)
	equal(t, "tags", tagNames(tags), "press")
}

func TestAccountsAreFoundByTheirTags(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	acme, initech, press, media := w.account("Acme"), w.account("Initech"), w.tag("press"), w.tag("media")
	w.account("Hooli")
	_, err := w.TagAccount(t.Context(), acme.ID, press.ID, media.ID)
	must(t, err)
	_, err = w.TagAccount(t.Context(), initech.ID, media.ID)
	must(t, err)
	has := func(tag membership.TagID) membership.Term {
		return membership.Contains(membership.AttrAccountTags, membership.IDValue(tag.UUID))
	}
	for _, test := range []struct {
		filter membership.Filter
		want   string
	}{
		{membership.All(has(press.ID)), "Acme"},
		{membership.All(has(media.ID)), "Acme Initech"},
		{membership.All(has(press.ID), has(media.ID)), "Acme"},
		{membership.Filter{{has(press.ID), membership.Like(membership.AttrName, "H*")}}, "Acme Hooli"},
		{membership.All(has(noTag)), ""},
	} {
		var names []string
		for a, err := range w.AllAccounts(t.Context(), membership.Query{Filter: test.filter, Order: membership.Order{By: membership.AttrName}}) {
			must(t, err)
			names = append(names, a.Name)
		}
		equal(t, test.filter.String(), strings.Join(names, " "), test.want)
	}
}

func TestAWalkOverTagsIsAllPagesInARow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	must(t, w.Update(t.Context(), func(svc *roster.Service) error {
		for n := range crowdSize {
			if n%5 == 0 {
				w.clock.Advance(time.Millisecond)
			}
			_, err := svc.CreateTag(t.Context(), membership.Tag{Name: fmt.Sprintf("tag %d", n*7%crowdSize)})
			must(t, err)
		}
		return nil
	}))
	checkWalk(t, membership.ResourceTag, crowdSize,
		func(q membership.Query) (membership.Page[membership.Tag], error) { return w.Tags(t.Context(), q) },
		func(q membership.Query) iter.Seq2[membership.Tag, error] { return w.AllTags(t.Context(), q) })
	some := membership.Query{Filter: membership.All(membership.Like(membership.AttrName, "tag 1*"))}
	names := map[string]bool{}
	for tag, err := range w.AllTags(t.Context(), some) {
		must(t, err)
		names[tag.Name] = true
	}
	equal(t, "tags that a filter selects", len(names), 1+10+100+207) // 1, 10.., 100.., 1000 to 1206
}

func TestTagsRefusesAQueryThatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, want := range wrongQueries(membership.AttrEmail) {
		page, err := w.Tags(t.Context(), query)
		wantError(t, "Tags", err, want)
		equal(t, "rows that come with an error", len(page.Items), 0)
		wantError(t, "AllTags", lastError(w.AllTags(t.Context(), query)), want)
	}
}

func TestTagsAnswersAQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var tags []membership.Tag
	for _, name := range []string{"b", "a", "c"} {
		tags = append(tags, w.tag(name))
		w.clock.Advance(time.Second)
	}
	page, err := w.Tags(t.Context(), membership.Query{})
	must(t, err)
	slices.Reverse(tags)
	if !slices.Equal(page.Items, tags) || page.Total != 3 {
		t.Errorf("the newest first: %+v", page)
	}
	page, err = w.Tags(t.Context(), membership.Query{Order: membership.Order{By: membership.AttrName, Desc: true}, Limit: 1, Offset: 1})
	must(t, err)
	equal(t, "a page by name", tagNames(page.Items), "b")
	equal(t, "total", page.Total, 3)
}

// relationsCounted counts how often the relations of accounts are read within updates.
type relationsCounted struct {
	store.Store
	reads *int
}

func (s relationsCounted) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(relationsCountedTx{tx, s.reads}) })
}

type relationsCountedTx struct {
	store.Tx
	reads *int
}

func (t relationsCountedTx) AccountRelations(ctx context.Context, ids []membership.AccountID) (map[membership.AccountID]membership.Relations, error) {
	*t.reads++
	return t.Tx.AccountRelations(ctx, ids)
}

// TestManyTagsTakeNoLookAtAllOfThemEach: what an account has is as long as the list of what it gets.
func TestManyTagsTakeNoLookAtAllOfThemEach(t *testing.T) {
	t.Parallel()
	reads := 0
	svc := roster.New(relationsCounted{memstore.New(), &reads}, roster.Options{})
	acme, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
	must(t, err)
	ids := make([]membership.TagID, 50)
	for i := range ids {
		tag, err := svc.CreateTag(t.Context(), membership.Tag{Name: strings.Repeat("t", i+1)})
		must(t, err)
		ids[i] = tag.ID
	}
	reads = 0
	given, err := svc.TagAccount(t.Context(), acme.ID, slices.Concat(ids, ids)...)
	must(t, err)
	left, err := svc.UntagAccount(t.Context(), acme.ID, ids[1:]...)
	must(t, err)
	if len(given) != len(ids) || len(left) != 1 || reads != 4 { // one to know what it has, and one to tell
		t.Errorf("%d tags were given and %d are left, after %d reads", len(given), len(left), reads)
	}
	page, err := svc.ListChanges(t.Context(), membership.ChangeQuery{Types: []membership.ChangeType{membership.AccountTagged, membership.AccountUntagged}, Limit: 1000})
	must(t, err)
	if len(page.Changes) != len(ids)+len(ids)-1 {
		t.Errorf("%d changes are recorded", len(page.Changes))
	}
}

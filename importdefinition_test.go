package roster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/replay"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func TestAnImportMakesTagsFlowsAndFields(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Date(2019, 8, 7, hour, 5, 4, 321_000_000, time.UTC) }
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		press := membership.Tag{ID: membership.TagID{UUID: uuid.New()}, Name: "press", CreatedAt: at(1), UpdatedAt: at(2)}
		flow := membership.Flow{ID: membership.FlowID{UUID: uuid.New()}, Resource: membership.ResourceMember, Name: "People", CreatedAt: at(3)}
		role := fieldOf(membership.ResourceMember, "role", membership.TypeString)
		role.ID, role.CreatedAt, role.UpdatedAt = membership.FieldID{UUID: uuid.New()}, at(4).In(morning.Location()), at(5)
		role.Default, role.Enum = text("guest"), []membership.Value{text("guest"), text("owner")}
		size := fieldOf(membership.ResourceAccount, "size", membership.TypeInteger)
		given := []membership.Row{
			press, membership.Tag{Name: "wholesale"}, flow,
			membership.Member{Name: "Before"}, role, membership.Member{Name: "Behind"}, membership.Member{Name: "Ron", Fields: fields("role", text("owner"))},
			membership.Account{Name: "Before"}, size, membership.Account{Name: "Behind", Fields: fields("size", integer(3))},
		}
		results := collect(t, w.onboarding(roster.ImportOptions{}, given...))
		equal(t, "results", len(results), len(given))
		for _, result := range results {
			must(t, result.Err)
			stored, err := replay.Present(t.Context(), st, result.Row.(membership.Image))
			must(t, err)
			before := result.Index == 3 || result.Index == 7 // which answers with what was defined behind it
			if want := fmt.Sprintf("%+v", stored); !before && fmt.Sprintf("%+v", result.Row) != want {
				t.Errorf("the result shows %+v, the store has %s", result.Row, want)
			}
		}
		flow.UpdatedAt, role.CreatedAt, role.Initial = at(3), at(4), role.Default
		equal(t, "the tag", results[0].Row, membership.Row(press))
		equal(t, "another tag's time", results[1].Row.(membership.Tag).CreatedAt, cutMorning)
		equal(t, "the flow", results[2].Row, membership.Row(flow))
		if got := results[4].Row.(membership.Field); !got.Equal(role) {
			t.Errorf("the field is %+v, not %+v", got, role)
		}
		equal(t, "a row before the field", results[3].Row.(membership.Member).Fields, membership.Fields{})
		equal(t, "a row behind it", results[5].Row.(membership.Member).Fields, fields("role", text("guest")))
		equal(t, "one with a value", results[9].Row.(membership.Account).Fields, fields("size", integer(3)))
		schema, err := w.Schema(t.Context(), membership.ResourceAccount)
		must(t, err)
		equal(t, "the flow that was missing", schema.Flow, membership.Flow{ID: schema.Flow.ID, Resource: membership.ResourceAccount,
			Name: "Accounts", CreatedAt: cutMorning, UpdatedAt: cutMorning})
		changes := w.changes(0)
		equal(t, "changes", len(changes), len(given)+1)
		for _, c := range changes {
			equal(t, "cause", c.Cause, membership.CauseImport)
		}
		sameTables(t, "replayed", tables(t, fromLog(t, changes)), tables(t, st))
	})
}

// TestARefusedDefinitionIsRefusedAsByItself creates the same rows one by one.
func TestARefusedDefinitionIsRefusedAsByItself(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		press := w.tag("press")
		role := w.define(membership.ResourceMember, "role", membership.TypeString)
		schema, err := w.Schema(t.Context(), membership.ResourceMember)
		must(t, err)
		again := fieldOf(membership.ResourceAccount, "role", membership.TypeString)
		again.ID = role.ID
		off := membership.NewFlow(membership.ResourceMembership)
		off.Disabled = true
		acme, ron := w.account("Acme"), w.member("Ron")
		given := []membership.Row{
			membership.Tag{},
			membership.Tag{Name: "press"},
			membership.Tag{ID: press.ID, Name: "wholesale"},
			membership.Flow{Resource: membership.ResourceTag},
			membership.NewFlow(membership.ResourceMember),
			membership.Flow{ID: schema.Flow.ID, Resource: membership.ResourceAccount, Name: "Accounts"},
			membership.Field{},
			fieldOf(membership.ResourceTag, "role", membership.TypeString),
			fieldOf(membership.ResourceMember, "ROLE", membership.TypeString),
			again,
			fieldOf(membership.ResourceAccount, "name", membership.TypeString),
			fieldOf(membership.ResourceAccount, "size", "huge"),
			membership.Field{Resource: membership.ResourceAccount, Slug: "size", CreatedAt: time.Unix(1, 1), UpdatedAt: time.Unix(0, 1)},
			off,
			fieldOf(membership.ResourceMembership, "level", membership.TypeInteger),
			membership.Membership{AccountID: acme.ID, MemberID: ron.ID, Fields: fields("level", integer(3))},
		}
		single := newWorldOver(t, fromLog(t, w.changes(0)), roster.Options{})
		var want []string
		for i, row := range given {
			_, err := createOne(t, single.Service, row)
			if good := i == 13 || i == 14; good == (err != nil) {
				t.Errorf("row %d by itself: %v", i, err)
			}
			want = append(want, verdict(err))
		}
		last := w.last()
		for _, result := range collect(t, w.onboarding(roster.ImportOptions{}, given...)) {
			if i := result.Index; i != 12 { // whose times are at fault, too
				equal(t, fmt.Sprint("row ", i), verdict(result.Err), want[i])
				continue
			}
			equal(t, "faults with those of the times", len(membership.Faults(result.Err)), strings.Count(want[12], "\n\t")+2)
		}
		equal(t, "changes", len(w.changes(last)), 2)
		equal(t, "definitions", definitionsOf(t, w), definitionsOf(t, single))
	})
}

// definitionsOf are the names of all flows and fields.
func definitionsOf(t *testing.T, w *world) (all string) {
	t.Helper()
	for _, r := range membership.FlowResources() {
		schema, err := w.Schema(t.Context(), r)
		must(t, err)
		all += fmt.Sprint(schema.Flow.Name, schema.Flow.Disabled, " ")
		for _, f := range schema.Fields {
			all += f.Slug + " "
		}
	}
	return all
}

func TestAServiceForAnImportSaysSoInTheLog(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.ForImport().CreateTag(t.Context(), membership.Tag{Name: "press"})
	must(t, err)
	_, err = w.CreateTag(t.Context(), membership.Tag{Name: "wholesale"})
	must(t, err)
	causes := []membership.Cause{}
	for _, c := range w.changes(0) {
		causes = append(causes, c.Cause)
	}
	if want := []membership.Cause{membership.CauseImport, membership.CauseRequest}; !slices.Equal(causes, want) {
		t.Errorf("the log says %v, not %v", causes, want)
	}
}

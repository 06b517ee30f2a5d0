package compat

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// change is a change as the API tells it.
type change struct {
	Sequence   int64  `json:"sequence"`
	Type       string `json:"type"`
	Membership string `json:"account_membership_id"`
}

const (
	created = "account-membership.created"
	updated = "account-membership.updated"
	deleted = "account-membership.deleted"
	theEnd  = "account-tag.created" // nobody creates tags
)

// lastChange is the number of the last change that there is.
func (c caller) lastChange(t *testing.T) int64 {
	t.Helper()
	last, _ := c.want(t, http.StatusOK, http.MethodGet, "/v1/changes?limit=0", "").At("meta", "last").(float64)
	return int64(last)
}

// log reads changes of some types behind a number, a page after the other.
func (c caller) log(t *testing.T, after int64, types ...string) (all []change) {
	t.Helper()
	for {
		var page struct{ Data []change }
		query := fmt.Sprintf("?limit=1000&after=%d&type=%s", after, strings.Join(types, ","))
		c.want(t, http.StatusOK, http.MethodGet, "/v1/changes"+query, "").Into(t, &page)
		if len(page.Data) == 0 {
			return all
		}
		all = append(all, page.Data...)
		after = all[len(all)-1].Sequence
	}
}

// collect follows the changes behind a number. What it returns creates a tag, and answers with what came before that.
func (c caller) collect(t *testing.T, after int64) (changes func() []change) {
	t.Helper()
	told := c.follow(t, after, created, updated, deleted, theEnd)
	var all []change
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for a := range told {
			if a.Type == theEnd {
				return
			}
			all = append(all, a.change)
		}
		if t.Context().Err() == nil {
			t.Error("the stream broke off")
		}
	}()
	return func() []change {
		t.Helper()
		c.want(t, http.StatusCreated, http.MethodPost, "/v2/account-tags", `{"data": {"type": "account_tag", "name": "the end"}}`)
		<-ended
		return all
	}
}

// compareChanges looks for each change that writers were told is done, once, and for no other. It returns how many they were
// told of, how many of those are missing, and how many come twice.
func compareChanges(t *testing.T, where string, changes []change, writers []*writer) (acknowledged, lost, twice int) {
	t.Helper()
	there := map[string]int{} // how often, by type and membership
	last := int64(0)
	for _, c := range changes {
		there[c.Type+" "+c.Membership]++
		if c.Sequence <= last {
			t.Errorf("%s change %d behind %d", where, c.Sequence, last)
		}
		last = c.Sequence
	}
	wrong := ""
	expect := func(kind, id string, times int) {
		found := there[kind+" "+id]
		delete(there, kind+" "+id)
		acknowledged += times
		lost += max(times-found, 0)
		twice += max(found-times, 0)
		if found != times {
			wrong = fmt.Sprintf("; for one %s of %s %d times instead of %d", kind, id, found, times)
		}
	}
	for _, w := range writers {
		for _, m := range w.written {
			expect(created, m.id, 1)
			expect(updated, m.id, m.updates)
			expect(deleted, m.id, m.deletions)
		}
	}
	if len(there) > 0 || wrong != "" {
		t.Errorf("%s %d changes that no writer knows of%s", where, len(there), wrong)
	}
	t.Logf("%s %d changes; of %d that were acknowledged %d are missing, %d come twice", where, len(changes), acknowledged, lost, twice)
	return acknowledged, lost, twice
}

// compareLists looks for each membership in its account's list.
func (c caller) compareLists(t *testing.T, writers []*writer) {
	t.Helper()
	expected := 0
	for _, w := range writers {
		want, used := map[string]*written{}, []string{}
		for _, m := range w.written {
			used = append(used, m.account)
			if m.deletions == 0 {
				want[m.id] = m
				expected++
			}
		}
		for _, account := range slices.Compact(used) {
			for _, row := range c.all(t, memberships(account)) {
				id, _ := row["id"].(string)
				seat, _ := row["seat"].(float64)
				m := want[id]
				if m == nil || m.account != account || row["account_member_id"] != m.member || int(seat) != m.updates {
					t.Errorf("%s has %v, which was acknowledged as %+v", account, row, m)
				}
				delete(want, id)
			}
		}
		for id, m := range want {
			t.Errorf("%s, %+v, is in no list", id, *m)
		}
	}
	t.Logf("the lists have %d memberships that were acknowledged and not ended", expected)
}

// defineSeat defines a custom field, so that there is something to change about a membership.
func (c caller) defineSeat(t *testing.T) {
	t.Helper()
	flow := c.want(t, http.StatusCreated, http.MethodPost, "/v2/flows", `{"data": {"type": "flow", "name": "Account memberships",
		"slug": "account-memberships", "description": "with a seat", "enabled": true}}`).Text("data", "id")
	c.want(t, http.StatusCreated, http.MethodPost, "/v2/fields", `{"data": {"type": "field", "name": "Seat", "slug": "seat",
		"field_type": "integer", "description": "where they sit", "required": false, "enabled": true, "order": 1, "omit_null": false,
		"relationships": {"flow": {"data": {"type": "flow", "id": "`+flow+`"}}}}}`)
}

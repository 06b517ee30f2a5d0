package rows

import (
	"fmt"
	"strings"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

const changesPath = "/v1/changes"

// changeNoun is what commands know of changes.
func changeNoun() noun {
	return noun{one: "change", path: changesPath, columns: append(append([]output.Column{
		output.At("sequence"), output.At("time"), output.At("type"), output.At("actor")}, notInTables(
		"cause", "request_id", "account_id", "account_member_id", "account_membership_id")...),
		summaryColumn())}
}

// summaryColumn says what a change was about and, of one that changed something, what.
func summaryColumn() output.Column {
	c := output.Told("summary", func(r api.Row) string { return summary(r) })
	c.Extra = true
	return c
}

// summary is a change in a few words.
func summary(change api.Row) string {
	before, after := change.Within("before"), change.Within("after")
	row := after
	if len(after.Names()) == 0 {
		row = before
	}
	subject := row.Text("name")
	switch {
	case row.Text("type") == string(membership.ResourceMembership):
		subject = "member " + change.Text("account_member_id") + " in account " + change.Text("account_id")
	case row.Text("email") != "":
		subject += " <" + row.Text("email") + ">"
	case subject == "":
		subject = row.Text("username")
	}
	if len(before.Names()) > 0 && len(after.Names()) > 0 {
		if changes := differences(before, after); changes != "" {
			subject += ": " + changes
		}
	}
	return strings.TrimPrefix(subject, ": ")
}

// differences are the members that changed.
func differences(before, after api.Row) string {
	var all []string
	for _, name := range after.Names() {
		was, is := string(before.Raw(name)), string(after.Raw(name))
		if was == is || name == "meta" || name == "links" || name == "relationships" {
			continue
		}
		all = append(all, fmt.Sprintf("%s %s -> %s", name, was, is))
	}
	return strings.Join(all, ", ")
}

// changeRow is a change without the links of its images, which lead nowhere from a terminal.
func changeRow(row api.Row) api.Row {
	for _, image := range []string{"before", "after"} {
		if inner := row.Within(image); len(inner.Names()) > 0 {
			row = row.Put(image, inner.Without("links"))
		}
	}
	return row
}

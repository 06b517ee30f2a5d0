package output

import (
	"encoding/json"
	"strings"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// Column is one of what can be shown of a row.
type Column struct {
	Name   string
	value  func(api.Row) json.RawMessage
	Custom bool // a custom field
	Whole  bool // never cut: what people copy
	Hidden bool // not in a table, unless somebody asks for it
	Extra  bool // not the row's own: only for people, or where somebody asks for it
	File   bool // only for programs, or where somebody asks for it
}

// At is a column of a member, or of what is at the end of a way of members.
func At(name string, way ...string) Column {
	if len(way) == 0 {
		way = []string{name}
	}
	return Column{Name: name, value: func(r api.Row) json.RawMessage { return r.At(way...) }}
}

// Told is a column of what something tells about a row.
func Told(name string, tell func(api.Row) string) Column {
	return Column{Name: name, value: func(r api.Row) json.RawMessage { return api.Spelled(tell(r)) }}
}

// Text is what people read of a row in the column.
func (c Column) Text(r api.Row) string { return api.Plain(c.value(r)) }

// heading is what a column is called in a table.
func (c Column) heading() string {
	if c.Custom {
		return strings.ToUpper(c.Name)
	}
	return strings.ToUpper(strings.NewReplacer("account_member.", "member ", "_", " ", ".", " ").Replace(c.Name))
}

func columnNames(columns []Column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	return names
}

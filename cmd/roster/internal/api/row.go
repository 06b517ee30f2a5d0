package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Row is a resource as the API shows it: its members in their order, with their values as they are spelled there. A Row
// does not change.
type Row struct{ members []member }

type member struct {
	name  string
	value json.RawMessage
}

// ParseRow reads a JSON object.
func ParseRow(text []byte) (Row, error) {
	var r Row
	d := json.NewDecoder(bytes.NewReader(text))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return Row{}, fmt.Errorf("the answer has no object where a row is expected")
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return Row{}, fmt.Errorf("the answer breaks off: %w", err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return Row{}, fmt.Errorf("the answer breaks off: %w", err)
		}
		r.members = append(r.members, member{name.(string), value})
	}
	return r, nil
}

func parseRows(all []json.RawMessage) ([]Row, error) {
	rows := make([]Row, 0, len(all))
	for _, text := range all {
		r, err := ParseRow(text)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Names are the names of the members, in their order.
func (r Row) Names() []string {
	var names []string
	for _, m := range r.members {
		names = append(names, m.name)
	}
	return names
}

// JSON is the row as one line, without its end.
func (r Row) JSON() []byte {
	text := []byte{'{'}
	for i, m := range r.members {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(append(append(text, Spelled(m.name)...), ':'), m.value...)
	}
	return append(text, '}')
}

// Without is the row without some members.
func (r Row) Without(names ...string) Row {
	kept := slices.DeleteFunc(slices.Clone(r.members), func(m member) bool { return slices.Contains(names, m.name) })
	return Row{kept}
}

// With is the row with one more member, or another value of it: a text, a number or a truth value. A new one stands
// behind the one that is called after, or last.
func (r Row) With(name string, value any, after string) Row {
	next := member{name, Spelled(value)}
	members := slices.Clone(r.members)
	for i, m := range members {
		if m.name == name {
			members[i] = next
			return Row{members}
		}
	}
	at := slices.IndexFunc(members, func(m member) bool { return m.name == after })
	if at < 0 {
		at = len(members) - 1
	}
	return Row{slices.Insert(members, at+1, next)}
}

// Within is the object that a member is; one without members where it is something else.
func (r Row) Within(name string) Row {
	inner, err := ParseRow(r.Raw(name))
	if err != nil {
		return Row{}
	}
	return inner
}

// Put is the row with an object as the value of a member that it has.
func (r Row) Put(name string, value Row) Row {
	members := slices.Clone(r.members)
	for i, m := range members {
		if m.name == name {
			members[i].value = value.JSON()
		}
	}
	return Row{members}
}

// Raw is the value of a member as it is spelled; null where there is none.
func (r Row) Raw(name string) json.RawMessage {
	for _, m := range r.members {
		if m.name == name {
			return m.value
		}
	}
	return json.RawMessage("null")
}

// At is the value at the end of a way of names, as it is spelled; null where there is none.
func (r Row) At(way ...string) json.RawMessage {
	for _, name := range way[:len(way)-1] {
		r = r.Within(name)
	}
	return r.Raw(way[len(way)-1])
}

// Text is the value at the end of a way of names as people read it; see [Plain].
func (r Row) Text(way ...string) string { return Plain(r.At(way...)) }

// Plain is a value as people read it: a text as it is, nothing for null, anything else as it is spelled.
func Plain(value json.RawMessage) string {
	if string(value) == "null" {
		return ""
	}
	if value[0] != '"' {
		return string(value)
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	return text
}

// Spelled is a text, a number or a truth value as JSON that escapes nothing needlessly.
func Spelled(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // which these do not
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// ID is the row's id.
func (r Row) ID() string { return r.Text("id") }

// List are the rows at the end of a way of names; none where there is null.
func (r Row) List(way ...string) ([]Row, error) { return Document{Data: r.At(way...)}.Rows() }

// Texts are the values of a list as people read them; none where a value is no list.
func Texts(list json.RawMessage) []string {
	var all []json.RawMessage
	if json.Unmarshal(list, &all) != nil {
		return nil
	}
	var texts []string
	for _, value := range all {
		texts = append(texts, Plain(value))
	}
	return texts
}

// WithRaw is the row with one more member, last, whose value is spelled.
func (r Row) WithRaw(name string, value json.RawMessage) Row {
	return Row{append(slices.Clip(r.members), member{name, value})}
}

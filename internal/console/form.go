package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// kind is what an input looks like.
type kind string

const (
	kindText     kind = "" // the zero value
	kindArea     kind = "area"
	kindPassword kind = "password"
	kindSelect   kind = "select"
	kindCheck    kind = "check"
	kindHidden   kind = "hidden"
)

// checked is what a box that is ticked sends.
const checked = "on"

// option is one of the choices of a select.
type option struct{ Value, Text string }

// input is one input of a form.
type input struct {
	Name         string // as the rules call the field
	Label        string
	Kind         kind
	Value        string
	Was          string // when the form was shown
	Options      []option
	Hint         string
	Error        string
	Required     bool
	Fixed        bool   // shown, and not to be changed
	Autocomplete string // what browsers may fill in; empty means nothing
	Mode         string // which keyboard a phone shows
	Focus        bool

	ID     string // unique on the page
	FormID string // of the form, where the input stands outside of it
}

// Chosen reports whether an option is the one that the input has.
func (i *input) Chosen(o option) bool { return i.Value == o.Value }

// Checked reports whether the box is ticked.
func (i *input) Checked() bool { return i.Value == checked }

// Described are the ids of what explains the input.
func (i *input) Described() string {
	var ids []string
	if i.Error != "" {
		ids = append(ids, i.ID+"-error")
	}
	if i.Hint != "" {
		ids = append(ids, i.ID+"-hint")
	}
	return strings.Join(ids, " ")
}

// form is a form that remembers what was typed, and what is wrong with it.
type form struct {
	Inputs []*input
	Error  string // what is wrong with no input of it
}

// newForm puts inputs together. They show what they have.
func newForm(inputs ...*input) *form {
	f := &form{Inputs: inputs}
	for _, i := range inputs {
		i.Was = i.Value
		if i.ID == "" {
			i.ID = "f-" + i.Name
		}
		if i.Kind == kindText && strings.ContainsAny(i.Value, "\r\n") {
			i.Kind = kindArea // Why: the other one would lose the ends of lines
		}
	}
	return f
}

// wasPrefix begins the names of what inputs showed at first.
const wasPrefix = "was."

// read takes what was typed and what had been shown. What the form did not have when it was shown, such as a field that
// was defined since, stays as it is.
func (f *form) read(sent url.Values) {
	for _, i := range f.Inputs {
		was, shown := sent[wasPrefix+i.Name]
		typed := sent.Has(i.Name) || i.Kind == kindCheck && shown // a box that is not ticked sends nothing
		if i.Fixed || !typed {
			continue
		}
		i.Value = plain(sent.Get(i.Name))
		if shown {
			i.Was = plain(was[0])
		}
		if i.Kind == kindText && strings.Contains(i.Value, "\n") {
			i.Kind = kindArea
		}
	}
}

// plain is a text as it was before the browser changed the ends of its lines.
func plain(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// input is the input of a name; nil when there is none.
func (f *form) input(name string) *input {
	for _, i := range f.Inputs {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// value is what was typed.
func (f *form) value(name string) string { return f.input(name).Value }

// checked reports whether a box is ticked.
func (f *form) checked(name string) bool { return f.input(name).Checked() }

// changed is what was typed where that differs from what had been shown, else nil. Why not everything: what somebody
// else has changed since must not be set back.
func (f *form) changed(name string) *string {
	if i := f.input(name); !i.Fixed && i.Value != plain(i.Was) {
		return &i.Value
	}
	return nil
}

// toggled is changed for a box.
func (f *form) toggled(name string) *bool {
	if f.changed(name) == nil {
		return nil
	}
	on := f.checked(name)
	return &on
}

// blame says at an input, by the name of a field, what is wrong with it; where there is no such input, above the form.
func (f *form) blame(name, text string) {
	i := f.input(name)
	if i == nil || i.Kind == kindHidden {
		if name != "" {
			text = name + " " + text
		}
		f.Error = strings.TrimSpace(f.Error + " " + sentence(text))
		return
	}
	i.Error = strings.TrimSpace(i.Error + " " + sentence(text))
	for _, other := range f.Inputs {
		if other.Focus {
			return
		}
	}
	i.Focus = true
}

// refusedBy puts a refusal of the rules into the form, and answers with the status of the page that shows it. ok is
// false for every other error.
func (f *form) refusedBy(err error) (status int, ok bool) {
	if err == nil || !errors.Is(err, membership.ErrInvalid) && !errors.Is(err, membership.ErrConflict) && !errors.Is(err, membership.ErrLimit) {
		return 0, false
	}
	status, _, detail := httpadapter.Status(err)
	if status == http.StatusBadRequest {
		status = http.StatusUnprocessableEntity // Why: the form was read; what it says is refused
	}
	faults := membership.Faults(err)
	for _, fault := range faults {
		f.blame(fault.Field, explain(fault))
	}
	if len(faults) == 0 {
		f.blame("", detail)
	}
	return status, true
}

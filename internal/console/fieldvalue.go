package console

import (
	"strings"

	"github.com/roster-go/roster/membership"
)

// columns are the custom fields that rows answer with, in the order in which people want to see them.
func columns(schema membership.Schema) []membership.Field {
	var fields []membership.Field
	for _, f := range schema.Fields {
		if _, enabled := schema.Find(f.Slug); enabled {
			fields = append(fields, f)
		}
	}
	return fields
}

// fact is something about a row, for people.
type fact struct{ Label, Value string }

// facts are the values of custom fields with their names.
func facts(fields []membership.Field, values membership.Fields) []fact {
	all := make([]fact, 0, len(fields))
	for _, f := range fields {
		all = append(all, fact{f.Name, shown(values.Value(f.Slug))})
	}
	return all
}

// newInputs are inputs for the custom fields of a new row, with their defaults.
func newInputs(fields []membership.Field) []*input {
	var defaults membership.Fields
	for _, f := range fields {
		defaults = defaults.With(f.Slug, f.Default)
	}
	return inputs(fields, defaults)
}

// inputs are inputs for the values that a row has.
func inputs(fields []membership.Field, values membership.Fields) []*input {
	var all []*input
	for _, f := range fields {
		i := &input{Name: f.Slug, Label: f.Name, Value: values.Value(f.Slug).String(), Hint: f.Description, Required: f.Required}
		choose(i, f)
		all = append(all, i)
	}
	return all
}

// choose gives an input the look that a field needs.
func choose(i *input, f membership.Field) {
	switch {
	case len(f.Enum) > 0:
		i.Kind, i.Options = kindSelect, []option{{"", "—"}}
		for _, v := range f.Enum {
			i.Options = append(i.Options, option{v.String(), v.String()})
		}
		i.keepChosen()
	case f.Type == membership.TypeBoolean:
		i.Kind, i.Options = kindSelect, []option{{"", "—"}, {"true", "Yes"}, {"false", "No"}}
	case f.Type == membership.TypeInteger:
		i.Mode = "numeric"
	case f.Type == membership.TypeFloat:
		i.Mode = "decimal"
	case f.Type == membership.TypeDate && i.Hint == "":
		i.Hint = "YYYY-MM-DD, or with a time: 2026-01-31T09:30:00Z"
	case f.Format == membership.FormatEmail:
		i.Mode = "email"
	}
}

// keepChosen adds the present value to the options where it is none of them: it may be from before the rule.
func (i *input) keepChosen() {
	for _, o := range i.Options {
		if i.Chosen(o) {
			return
		}
	}
	i.Options = append(i.Options, option{i.Value, i.Value})
}

// given are the values of custom fields that were changed in a form.
func given(f *form, fields []membership.Field) membership.Fields {
	var values membership.Fields
	for _, field := range fields {
		if text := f.changed(field.Slug); text != nil {
			values = values.With(field.Slug, valueOf(field.Type, *text))
		}
	}
	return values
}

// valueOf makes a value of what was typed; nothing typed is null. What is no value of the type is left for the rules to
// refuse.
func valueOf(t membership.FieldType, text string) membership.Value {
	if text == "" {
		return membership.Value{}
	}
	switch t {
	case membership.TypeInteger, membership.TypeFloat:
		return membership.NumberValue(strings.TrimSpace(text))
	case membership.TypeBoolean:
		if text == "true" || text == "false" {
			return membership.BooleanValue(text == "true")
		}
	case membership.TypeDate:
		return membership.StringValue(strings.TrimSpace(text))
	case membership.TypeString:
	}
	return membership.StringValue(text)
}

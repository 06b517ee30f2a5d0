package rows

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/membership"
)

// fieldFlags say how a field is defined.
type fieldFlags struct {
	slug, name, kind, description string
	required, index               bool
	omitNull, enabled             bool
	order                         int
	standard                      string
	noDefault                     bool
	options                       []string
	format, from, to              string
	noRules                       bool
}

// flags gives a command the flags.
func (f *fieldFlags) flags(c *cobra.Command, created bool) {
	s := c.Flags()
	s.StringVar(&f.slug, "slug", "", "`name` of the field in the API: letters, digits, - and _")
	s.StringVar(&f.name, "name", "", "`text`: what people call the field; else its slug")
	s.StringVar(&f.description, "description", "", "`text`: what the field is for")
	s.BoolVar(&f.required, "required", false, "every row must have a value, or the default")
	s.BoolVar(&f.index, "index", false, "keep an index, so that filters by the field find rows at once")
	s.BoolVar(&f.omitNull, "omit-null", false, "leave the field out of rows that have no value, instead of showing null")
	s.BoolVar(&f.enabled, "enabled", true, "show the field; one that is disabled keeps its values")
	s.IntVar(&f.order, "order", 0, "`number` by which fields are sorted")
	s.StringVar(&f.standard, "default", "", "`value` that rows get which are given none")
	s.StringArrayVar(&f.options, "option", nil, "`value` that the field may have; may be given several times, and then no other value is taken")
	s.StringVar(&f.from, "min", "", "`value` that is the least")
	s.StringVar(&f.to, "max", "", "`value` that is the most")
	s.StringVar(&f.format, "format", "", "`format` of texts: email or slug")
	for _, name := range []string{"slug", "name", "description", "order", "default", "option", "min", "max"} {
		command.Complete(c, name)
	}
	command.Complete(c, "format", string(membership.FormatEmail), string(membership.FormatSlug))
	if created {
		s.StringVar(&f.kind, "type", string(membership.TypeString), "`type` of the values: string, integer, boolean, float or date")
		command.Complete(c, "type", fieldTypes...)
		return
	}
	s.BoolVar(&f.noDefault, "no-default", false, "have no default any more")
	s.BoolVar(&f.noRules, "no-rules", false, "drop every rule that is not given here: --option, --min, --max, --format")
	c.MarkFlagsMutuallyExclusive("default", "no-default")
}

var fieldTypes = []string{
	string(membership.TypeString), string(membership.TypeInteger), string(membership.TypeBoolean), string(membership.TypeFloat), string(membership.TypeDate),
}

// body is what the flags say about a field of a type, which may have rules already.
func (f *fieldFlags) body(c *cobra.Command, kind membership.FieldType, present api.Row) (map[string]any, error) {
	d := definition{kind: kind}
	body := map[string]any{"type": "field"}
	for flag, put := range map[string]func(){
		"type":        func() { body["field_type"] = f.kind },
		"slug":        func() { body["slug"] = f.slug },
		"name":        func() { body["name"] = f.name },
		"description": func() { body["description"] = f.description },
		"required":    func() { body["required"] = f.required },
		"index":       func() { body["index"] = f.index },
		"omit-null":   func() { body["omit_null"] = f.omitNull },
		"enabled":     func() { body["enabled"] = f.enabled },
		"order":       func() { body["order"] = f.order },
		"default":     func() { body["default"] = d.value(f.standard) },
		"no-default":  func() { body["default"] = nil },
	} {
		if c.Flags().Changed(flag) {
			put()
		}
	}
	if c.Flags().Lookup("type") != nil {
		body["field_type"] = f.kind
	}
	rules, err := f.rules(c, d, present)
	if rules != nil {
		body["validation_rules"] = rules
	}
	return body, err
}

// rules are those that the flags name, and those of the present ones that they do not; nil where they say nothing.
func (f *fieldFlags) rules(c *cobra.Command, d definition, present api.Row) ([]any, error) {
	given := func(flags ...string) bool {
		for _, flag := range flags {
			if c.Flags().Changed(flag) {
				return true
			}
		}
		return false
	}
	if !given("option", "min", "max", "format", "no-rules") {
		return nil, nil
	}
	rules := []any{}
	if !f.noRules && len(present.Names()) > 0 {
		all, err := present.List("validation_rules")
		if err != nil {
			return nil, err
		}
		for _, rule := range all {
			replaced := map[string]bool{"enum": given("option"), "between": given("min", "max"), "email": given("format"), "slug": given("format")}
			if !replaced[rule.Text("type")] {
				rules = append(rules, json.RawMessage(rule.JSON()))
			}
		}
	}
	if given("option") {
		var options []any
		for _, option := range f.options {
			options = append(options, d.value(option))
		}
		rules = append(rules, map[string]any{"type": "enum", "options": options})
	}
	if given("format") {
		rules = append(rules, map[string]any{"type": f.format})
	}
	if bounds := (map[string]any{}); given("min", "max") {
		for name, bound := range map[string]struct{ flag, value string }{"from": {"min", f.from}, "to": {"max", f.to}} {
			if given(bound.flag) {
				bounds[name] = d.value(bound.value)
			}
		}
		rules = append(rules, map[string]any{"type": "between", "options": bounds})
	}
	return rules, nil
}

package rows

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/membership"
)

// textFlag is a flag for a text of a row.
type textFlag struct {
	flag   string
	member string // of the API
	usage  string
	value  string
}

// textFlags gives a command flags for texts. What they were given is in the slice that is returned.
func textFlags(c *cobra.Command, texts []textFlag) []textFlag {
	given := slices.Clone(texts)
	for i := range given {
		c.Flags().StringVar(&given[i].value, given[i].flag, "", given[i].usage)
		command.Complete(c, given[i].flag)
	}
	return given
}

// putTexts puts into a body the texts that the command line says; an empty one clears.
func putTexts(c *cobra.Command, given []textFlag, body map[string]any) {
	for _, t := range given {
		switch {
		case !c.Flags().Changed(t.flag):
		case t.value == "":
			body[t.member] = nil
		default:
			body[t.member] = t.value
		}
	}
}

// definition is an enabled custom field, as far as commands need to know it.
type definition struct {
	slug string
	kind membership.FieldType
	enum []string // the values that there may be; empty means any
}

// definitions are the enabled custom fields of a resource, in their order.
func definitions(ctx context.Context, a *api.Client, r membership.Resource) ([]definition, error) {
	flows, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: flowsPath, Query: url.Values{
		"filter": {membership.All(membership.Eq(membership.AttrSlug, membership.TextValue(r.FlowSlug()))).String()},
	}})
	if err != nil {
		return nil, err
	}
	found, err := flows.Rows()
	if err != nil || len(found) == 0 || found[0].Text("enabled") != "true" {
		return nil, err
	}
	fields, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: api.Place(flowsPath, r.FlowSlug(), "fields"), Query: url.Values{"page[limit]": {"100"}}})
	if err != nil {
		return nil, err
	}
	rows, err := fields.Rows()
	var all []definition
	for _, row := range rows {
		if row.Text("enabled") == "true" {
			all = append(all, definition{row.Text("slug"), membership.FieldType(row.Text("field_type")), options(row)})
		}
	}
	return all, err
}

// options are the values that a field's rules allow; none where they allow any.
func options(field api.Row) []string {
	rules, err := field.List("validation_rules")
	if err != nil {
		return nil
	}
	for _, rule := range rules {
		if rule.Text("type") == "enum" {
			return api.Texts(rule.Raw("options"))
		}
	}
	return nil
}

// value is a text as a value of the field's type. One that is none is sent as a text: the API says what is wrong with it.
func (d definition) value(text string) any {
	switch d.kind {
	case membership.TypeInteger, membership.TypeFloat:
		return number(text)
	case membership.TypeBoolean:
		if text == "true" || text == "false" {
			return text == "true"
		}
	case membership.TypeString, membership.TypeDate:
	}
	return text
}

// setFlags say what custom fields a row is to have.
type setFlags struct {
	set   []string
	unset []string
}

// flags gives a command the flags; a new row has nothing to unset.
func (s *setFlags) flags(c *cobra.Command, t *target, r membership.Resource, created bool) {
	c.Flags().StringArrayVar(&s.set, "set", nil, "`slug=value` of a custom field; may be given several times")
	t.completeFlag(c, "set", func(ctx context.Context, a *api.Client, _ []string, begun string) ([]string, error) {
		return completeSet(ctx, a, r, begun)
	})
	if !created {
		c.Flags().StringArrayVar(&s.unset, "unset", nil, "`slug` of a custom field to clear; may be given several times")
		t.completeFlag(c, "unset", func(ctx context.Context, a *api.Client, _ []string, _ string) ([]string, error) {
			fields, err := definitions(ctx, a, r)
			return slugs(fields), err
		})
	}
}

// completeSet are the slugs, and behind one of them the values that it may have.
func completeSet(ctx context.Context, a *api.Client, r membership.Resource, begun string) ([]string, error) {
	fields, err := definitions(ctx, a, r)
	var all []string
	for _, f := range fields {
		if f.kind == membership.TypeBoolean {
			f.enum = []string{"true", "false"}
		}
		if len(f.enum) == 0 || !strings.HasPrefix(begun, f.slug+"=") {
			all = append(all, f.slug+"=")
			continue
		}
		for _, value := range f.enum {
			all = append(all, f.slug+"="+value)
		}
	}
	return all, err
}

func slugs(fields []definition) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.slug)
	}
	return all
}

// put puts the values into a body.
func (s *setFlags) put(ctx context.Context, a *api.Client, r membership.Resource, body map[string]any) error {
	if len(s.set)+len(s.unset) == 0 {
		return nil
	}
	fields, err := definitions(ctx, a, r)
	if err != nil {
		return err
	}
	for _, one := range s.set {
		slug, text, ok := strings.Cut(one, "=")
		if !ok {
			return exit.Usagef("--set %q has no value: say --set %s=VALUE, or --unset %[2]s", one, slug)
		}
		f, err := definitionOf(fields, r, slug)
		if err != nil {
			return err
		}
		body[slug] = f.value(text)
	}
	for _, slug := range s.unset {
		if _, err := definitionOf(fields, r, slug); err != nil {
			return err
		}
		if _, twice := body[slug]; twice {
			return exit.Usagef("--set and --unset both name %s", slug)
		}
		body[slug] = nil
	}
	return nil
}

// definitionOf finds a field by its slug.
func definitionOf(fields []definition, r membership.Resource, slug string) (definition, error) {
	for _, f := range fields {
		if f.slug == slug {
			return f, nil
		}
	}
	if len(fields) == 0 {
		return definition{}, exit.Refusedf("there is no custom field %q: %s has none yet; roster field define --resource %s --slug %s defines one", slug, r, resourceName(r), slug)
	}
	return definition{}, exit.Refusedf("there is no custom field %q: those of %s are %s", slug, r, strings.Join(slugs(fields), ", "))
}

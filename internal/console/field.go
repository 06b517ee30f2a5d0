package console

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

var fieldRoutes = []route{
	read("/fields", listFields),
	write("/fields", defineField),
	ask("/fields/new", askNewField),
	write("/fields/{field}", updateField),
	ask("/fields/{field}/edit", askField),
	ask("/fields/{field}/delete", askDeleteField),
	write("/fields/{field}/delete", deleteField),
}

// resourceNames are the resources that have custom fields, as people call their rows.
var resourceNames = map[membership.Resource]string{
	membership.ResourceAccount:    "account",
	membership.ResourceMember:     "member",
	membership.ResourceMembership: "membership",
}

// fieldsOf are the definitions of a resource.
type fieldsOf struct {
	Resource membership.Resource
	Name     string // of a row
	Disabled bool   // all of them
	Fields   []fieldRow
}

// fieldRow is a definition in a list.
type fieldRow struct {
	membership.Field
	Rules string
	Href  string
}

func listFields(c *call) error {
	var all []fieldsOf
	for _, r := range []membership.Resource{membership.ResourceMembership, membership.ResourceAccount, membership.ResourceMember} {
		schema, err := c.svc.Schema(c.ctx(), r)
		if err != nil {
			return err
		}
		of := fieldsOf{Resource: r, Name: resourceNames[r], Disabled: schema.Flow.Disabled}
		for _, f := range schema.Fields {
			of.Fields = append(of.Fields, fieldRow{f, rulesOf(f), fieldHref(f.ID)})
		}
		all = append(all, of)
	}
	return c.show(http.StatusOK, "fields", page{Title: "Custom fields", Section: "Fields", Body: all})
}

func fieldHref(id membership.FieldID) string { return Path + "/fields/" + id.String() }

// rulesOf says for people what a field's values have to be.
func rulesOf(f membership.Field) string {
	var rules []string
	if len(f.Enum) > 0 {
		rules = append(rules, "one of "+joined(f.Enum, ", "))
	}
	if f.Format != "" {
		rules = append(rules, "like an "+string(f.Format))
		if f.Format == membership.FormatSlug {
			rules[len(rules)-1] = "letters, digits, - and _"
		}
	}
	if f.Min.Kind() != membership.KindNull {
		rules = append(rules, "at least "+f.Min.String())
	}
	if f.Max.Kind() != membership.KindNull {
		rules = append(rules, "at most "+f.Max.String())
	}
	return strings.Join(rules, "; ")
}

func joined(values []membership.Value, between string) string {
	texts := make([]string, 0, len(values))
	for _, v := range values {
		texts = append(texts, v.String())
	}
	return strings.Join(texts, between)
}

// fieldToChange is the definition that the address names.
func (c *call) fieldToChange() (membership.Field, error) {
	id, err := membership.ParseFieldID(c.r.PathValue("field"))
	if err != nil {
		return membership.Field{}, errNoPage
	}
	return c.svc.Field(c.ctx(), id)
}

func askDeleteField(c *call) error {
	f, err := c.fieldToChange()
	if err != nil {
		return err
	}
	point, err := c.valuesOf(f)
	if err != nil {
		return err
	}
	return c.show(http.StatusOK, "confirm", page{Title: "Delete " + f.Name, Section: "Fields",
		Trail: []link{{"Fields", Path + "/fields"}},
		Body: confirmPage{Question: "Delete the field “" + f.Name + "” of every " + resourceNames[f.Resource] + "?",
			Points: []string{point, "To keep the values and hide the field, disable it instead."},
			Action: fieldHref(f.ID) + "/delete", Button: "Delete field", Cancel: Path + "/fields"}})
}

// valuesOf says which values go along with a definition.
func (c *call) valuesOf(f membership.Field) (string, error) {
	name := resourceNames[f.Resource]
	schema, err := c.svc.Schema(c.ctx(), f.Resource)
	if err != nil {
		return "", err
	}
	if _, enabled := schema.Find(f.Slug); !enabled {
		return "The field is disabled; the values that were kept of it go with it.", nil
	}
	var rows, unset int
	err = c.svc.View(c.ctx(), func(in *roster.Service) (err error) {
		if rows, err = total(c.ctx(), in, f.Resource, nil); err != nil {
			return err
		}
		unset, err = total(c.ctx(), in, f.Resource, membership.All(membership.IsNull(membership.Attribute(f.Slug))))
		return err
	})
	switch n := rows - unset; n {
	case 0:
		return "No " + name + " has a value.", err
	case 1:
		return "1 " + name + " has a value, which goes with it.", err
	default:
		return count(n, name) + " have a value, which goes with it.", err
	}
}

// total is how many rows of a resource fulfil a filter.
func total(ctx context.Context, in *roster.Service, r membership.Resource, filter membership.Filter) (n int, err error) {
	q := membership.Query{Filter: filter, Limit: -1}
	switch r {
	case membership.ResourceAccount:
		found, err := in.Accounts(ctx, q)
		return found.Total, err
	case membership.ResourceMember:
		found, err := in.Members(ctx, q)
		return found.Total, err
	case membership.ResourceMembership:
		found, err := in.Memberships(ctx, membership.Scope{All: true}, q)
		return found.Total, err
	default:
		return 0, fmt.Errorf("%s has no custom fields", r)
	}
}

func deleteField(c *call) error {
	f, err := c.fieldToChange()
	if err != nil {
		return err
	}
	values, err := c.svc.DeleteField(c.ctx(), f.ID)
	if err != nil {
		return err
	}
	done := url.Values{"done": {"field-deleted"}, "values": {strconv.Itoa(values)}}
	return c.redirect(Path + "/fields?" + done.Encode())
}

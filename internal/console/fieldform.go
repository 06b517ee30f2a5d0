package console

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/roster-go/roster/membership"
)

// The names of a definition's attributes on the wire, which faults have, and those of the inputs that the wire has within
// validation_rules.
const (
	rulesName  = "validation_rules" // of what is wrong with any of the rules; the values of an enum
	minName    = "rules.from"
	maxName    = "rules.to"
	formatName = "rules.format"
)

// fieldForm has everything of a definition. Of one that exists, resource and type are shown only.
func fieldForm(f membership.Field, isNew bool) *form {
	return newForm(
		&input{Name: "flow", Label: "Of", Kind: kindSelect, Value: string(f.Resource), Fixed: !isNew, Options: []option{
			{string(membership.ResourceMembership), "Memberships"}, {string(membership.ResourceAccount), "Accounts"},
			{string(membership.ResourceMember), "Members"},
		}},
		&input{Name: "name", Label: "Name", Value: f.Name, Required: true, Hint: "What people read."},
		&input{Name: "slug", Label: "Slug", Value: f.Slug, Required: true,
			Hint: "What programs call it: letters, digits, - and _."},
		&input{Name: "field_type", Label: "Type", Kind: kindSelect, Value: string(f.Type), Fixed: !isNew, Options: []option{
			{string(membership.TypeString), "Text"}, {string(membership.TypeInteger), "Whole number"},
			{string(membership.TypeFloat), "Number"}, {string(membership.TypeBoolean), "Yes or no"}, {string(membership.TypeDate), "Date"},
		}},
		&input{Name: "description", Label: "Description", Value: f.Description},
		&input{Name: "required", Label: "Required", Kind: kindCheck, Value: box(f.Required),
			Hint: "New rows need a value or get the default; rows that are there stay as they are."},
		&input{Name: "default", Label: "Default", Value: f.Default.String(),
			Hint: "What new rows get that are given no value. Yes or no is spelled true or false."},
		&input{Name: minName, Label: "At least", Value: f.Min.String(), Hint: "For numbers and dates."},
		&input{Name: maxName, Label: "At most", Value: f.Max.String(), Hint: "For numbers and dates."},
		&input{Name: formatName, Label: "Format", Kind: kindSelect, Value: string(f.Format), Hint: "For texts.", Options: []option{
			{"", "Any"}, {string(membership.FormatEmail), "E-mail address"}, {string(membership.FormatSlug), "Letters, digits, - and _"},
		}},
		&input{Name: rulesName, Label: "Allowed values", Kind: kindArea, Value: joined(f.Enum, "\n"), Hint: "One on each line; empty allows all."},
		&input{Name: "order", Label: "Order", Value: strconv.Itoa(f.Order), Mode: "numeric", Hint: "Fields with smaller numbers come first."},
		&input{Name: "omit_null", Label: "Leave it out where it is unset", Kind: kindCheck, Value: box(f.OmitNull),
			Hint: "The API answers without the field instead of with null."},
		&input{Name: "index", Label: "Keep an index", Kind: kindCheck, Value: box(f.Indexed),
			Hint: "For filters by the field among many rows; making one reads every row."},
		&input{Name: "disabled", Label: "Disabled", Kind: kindCheck, Value: box(f.Disabled), Hint: "Hides the field and keeps its values."},
	)
}

func askNewField(c *call) error {
	resource := membership.Resource(c.query.Get("resource"))
	if resourceNames[resource] == "" {
		resource = membership.ResourceMembership
	}
	return c.showNewField(http.StatusOK, fieldForm(membership.Field{Resource: resource, Type: membership.TypeString}, true))
}

func (c *call) showNewField(status int, f *form) error {
	return c.show(status, "form", page{Title: "New field", Section: "Fields",
		Trail: []link{{"Fields", Path + "/fields"}},
		Body: formPage{Form: f, Action: Path + "/fields", Button: "Define field", Cancel: Path + "/fields",
			Intro: "A field is one more value that every row can have. Defining one changes no row, however many there are."}})
}

func defineField(c *call) error {
	f := fieldForm(membership.Field{}, true)
	f.read(c.form)
	t := membership.FieldType(f.value("field_type"))
	_, err := c.svc.DefineField(c.ctx(), membership.Field{
		Resource: membership.Resource(f.value("flow")), Slug: f.value("slug"), Name: f.value("name"), Type: t,
		Description: f.value("description"), Required: f.checked("required"), Default: valueOf(t, f.value("default")),
		Min: valueOf(t, f.value(minName)), Max: valueOf(t, f.value(maxName)), Format: membership.FieldFormat(f.value(formatName)),
		Enum: linesOf(t, f.value(rulesName)), Order: place(f.value("order")), OmitNull: f.checked("omit_null"),
		Indexed: f.checked("index"), Disabled: f.checked("disabled"),
	})
	if status, refused := f.refusedBy(err); refused {
		return c.showNewField(status, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(Path + "/fields?done=field-defined")
}

func askField(c *call) error {
	field, err := c.fieldToChange()
	if err != nil {
		return err
	}
	return c.showField(http.StatusOK, field, fieldForm(field, false))
}

func (c *call) showField(status int, field membership.Field, f *form) error {
	return c.show(status, "form", page{Title: "Edit " + field.Name, Section: "Fields",
		Trail: []link{{"Fields", Path + "/fields"}},
		Body: formPage{Form: f, Action: fieldHref(field.ID), Button: "Save", Cancel: Path + "/fields",
			Intro: "A change of a definition changes no value that there is. Another type takes another field."}})
}

func updateField(c *call) error {
	field, err := c.fieldToChange()
	if err != nil {
		return err
	}
	f := fieldForm(field, false)
	f.read(c.form)
	_, err = c.svc.UpdateField(c.ctx(), field.ID, fieldUpdate(field.Type, f))
	if status, refused := f.refusedBy(err); refused {
		return c.showField(status, field, f)
	}
	if err != nil {
		return err
	}
	return c.redirect(Path + "/fields?done=field-saved")
}

// fieldUpdate is what was changed in the form of a definition.
func fieldUpdate(t membership.FieldType, f *form) membership.FieldUpdate {
	u := membership.FieldUpdate{
		Slug: f.changed("slug"), Name: f.changed("name"), Description: f.changed("description"), Required: f.toggled("required"),
		Format: (*membership.FieldFormat)(f.changed(formatName)), OmitNull: f.toggled("omit_null"), Indexed: f.toggled("index"),
		Disabled: f.toggled("disabled"),
	}
	for name, at := range map[string]**membership.Value{"default": &u.Default, minName: &u.Min, maxName: &u.Max} {
		if text := f.changed(name); text != nil {
			*at = new(valueOf(t, *text))
		}
	}
	if text := f.changed(rulesName); text != nil {
		u.Enum = new(linesOf(t, *text))
	}
	if text := f.changed("order"); text != nil {
		u.Order = new(place(*text))
	}
	return u
}

// linesOf makes a value of each line.
func linesOf(t membership.FieldType, text string) []membership.Value {
	var values []membership.Value
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			values = append(values, valueOf(t, line))
		}
	}
	return values
}

// place reads where a field stands; what is no number becomes one that no field takes.
func place(text string) int {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return math.MaxInt
	}
	return n
}

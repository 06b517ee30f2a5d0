package httpadapter

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const (
	fieldType         = "field"
	fieldsPath        = "/v2/fields"
	fieldPattern      = fieldsPath + "/{field}"
	fieldsSuffix      = "/fields"
	flowFieldsPattern = flowPattern + fieldsSuffix

	// valuesRemovedHeader tells how many values went with a field.
	valuesRemovedHeader = "Roster-Values-Removed"
)

var fieldRoutes = []route{
	create(fieldsPath, createField),
	read(fieldsPath, listFields),
	read(flowFieldsPattern, on((*call).flowName, listFieldsOfFlow)),
	read(fieldPattern, on((*call).fieldID, getField)),
	update(fieldPattern, on((*call).fieldID, updateField)),
	remove(fieldPattern, on((*call).fieldID, deleteField)),
}

// definition is a field beside the flow that it is in.
type definition struct {
	membership.Field
	flow membership.FlowID
}

func (e *encoder) field(d definition) {
	e.beginField(d.Field)
	e.name("relationships").open()
	e.name("flow").relationship(d.flow.UUID, flowType)
	e.close()
	e.endField(d.Field)
}

// bareField is a field without its flow.
func (e *encoder) bareField(f membership.Field) {
	e.beginField(f)
	e.endField(f)
}

func (e *encoder) beginField(f membership.Field) {
	e.begin(f.ID.UUID, fieldType)
	e.name("name").text(f.Name)
	e.name("slug").text(f.Slug)
	e.name("field_type").text(string(f.Type))
	e.name("description").textOrNull(f.Description)
	e.name("required").flag(f.Required)
	e.name("default").value(f.Default)
	e.name("enabled").flag(!f.Disabled)
	e.name("order").number(int64(f.Order))
	e.name("omit_null").flag(f.OmitNull)
	e.name("index").flag(f.Indexed)
	e.name(rulesField).rules(f)
	e.timestamps(f.CreatedAt, f.UpdatedAt)
}

func (e *encoder) endField(f membership.Field) {
	e.links(place{names: fieldsPath, id: f.ID.UUID})
	e.close()
}

// inFlows finds the flows of fields.
func (c *call) inFlows(svc *roster.Service, fields ...membership.Field) ([]definition, error) {
	flows := map[membership.Resource]membership.FlowID{}
	all := make([]definition, 0, len(fields))
	for _, f := range fields {
		if _, known := flows[f.Resource]; !known {
			schema, err := svc.Schema(c.context(), f.Resource)
			if err != nil {
				return nil, err
			}
			flows[f.Resource] = schema.Flow.ID
		}
		all = append(all, definition{f, flows[f.Resource]})
	}
	return all, nil
}

// oneField answers with the field that act returns and its flow, as of one moment.
func (c *call) oneField(within viewOrUpdate, act func(*roster.Service) (membership.Field, error)) (response, error) {
	var found []definition
	err := within(c.context(), func(svc *roster.Service) error {
		f, err := act(svc)
		if err != nil {
			return err
		}
		found, err = c.inFlows(svc, f)
		return err
	})
	if err != nil {
		return response{}, err
	}
	return one(c, found[0], (*encoder).field, nil), nil
}

// fieldChange reads what a body says about a field.
func (b *body) fieldChange() membership.FieldUpdate {
	u := membership.FieldUpdate{
		Type:        (*membership.FieldType)(b.change("field_type")),
		Slug:        b.change("slug"),
		Name:        b.change("name"),
		Description: b.change("description"),
		Required:    b.flag("required"),
		Disabled:    b.disabled(),
		Order:       b.order(),
		OmitNull:    b.flag("omit_null"),
		Indexed:     b.flag("index"),
	}
	if given, ok := b.data["default"]; ok {
		v, ok := valueOf(given)
		if !ok {
			b.refuse("default", scalar)
		}
		u.Default = &v
	}
	b.readRules(&u)
	return u
}

// order is where a field stands; null clears it.
func (b *body) order() *int {
	if value, given := b.data["order"]; given && value == nil {
		return new(int)
	}
	return b.whole("order")
}

// flowOfField is the way to the flow that a new field is to be in.
var flowOfField = []string{"relationships", "flow", "data", "id"}

// within is the member at the end of a way of names; nil where there is none.
func (b *body) within(way []string) any {
	var member any = b.data
	for _, name := range way {
		members, _ := member.(map[string]any)
		member = members[name]
	}
	return member
}

// flow reads the flow that a new field is to be in: the zero id where it is at fault.
func (b *body) flow() membership.FlowID {
	text, ok := b.within(flowOfField).(string)
	if !ok {
		b.refuseWithin("is required and must be a string", flowOfField...)
		return membership.FlowID{}
	}
	id, err := membership.ParseFlowID(text)
	if err != nil {
		b.refuseWithin(detailOf(err), flowOfField...)
	}
	return id
}

func createField(c *call) (response, error) {
	b, err := c.body(fieldType)
	if err != nil {
		return response{}, err
	}
	flow, u := b.flow(), b.fieldChange()
	var f membership.Field
	if u.Type != nil {
		f.Type = *u.Type
	}
	f, _ = u.Apply(f)
	return c.created(c.oneField(b.transaction(c.svc, nil), func(svc *roster.Service) (membership.Field, error) {
		in, err := svc.Flow(c.context(), flow)
		if err != nil && !errors.Is(err, membership.ErrFlowNotFound) {
			return f, err
		}
		err = inFlowOfField(err)
		f.Resource = in.Resource
		if b.err(err) != nil {
			_, rules := f.Normalize()
			return f, b.err(errors.Join(err, but("flow", rules)))
		}
		return svc.DefineField(c.context(), f)
	}))
}

// inFlowOfField points at the flow where that was not found.
func inFlowOfField(err error) error {
	if errors.Is(err, membership.ErrFlowNotFound) {
		return inBody(err, strings.Join(flowOfField, "/"))
	}
	return err
}

// but leaves the faults of one field out.
func but(field string, err error) error {
	var others []error
	for _, f := range membership.Faults(err) {
		if f.Field != field {
			others = append(others, f)
		}
	}
	return errors.Join(others...)
}

func listFields(c *call) (response, error) {
	return list(c, membership.ResourceField, place{names: fieldsPath},
		func(ctx context.Context, q membership.Query) (page membership.Page[definition], err error) {
			err = c.svc.View(ctx, func(svc *roster.Service) error {
				found, err := svc.ListFields(ctx, q)
				if err != nil {
					return err
				}
				page.Total = found.Total
				page.Items, err = c.inFlows(svc, found.Items...)
				return err
			})
			return page, err
		}, (*encoder).field)
}

func listFieldsOfFlow(c *call, flow flowName) (response, error) {
	return list(c, membership.ResourceField, flow.fields(),
		func(ctx context.Context, q membership.Query) (page membership.Page[definition], err error) {
			err = c.svc.View(ctx, func(svc *roster.Service) error {
				schema, err := flow.schema(ctx, svc)
				if err != nil {
					return err
				}
				fields := make([]definition, 0, len(schema.Fields))
				for _, f := range schema.Fields {
					fields = append(fields, definition{f, schema.Flow.ID})
				}
				if q.Order == (membership.Order{}) { // Why: here the fields stand in the order that they were given
					q.Order.By = membership.AttrOrder
				}
				match := func(d definition) bool { return q.Filter.Match(d) }
				page = membership.Select(slices.Values(fields), match, q)
				return nil
			})
			return page, err
		}, (*encoder).field)
}

func getField(c *call, id membership.FieldID) (response, error) {
	return c.oneField(c.svc.View, func(svc *roster.Service) (membership.Field, error) {
		return svc.Field(c.context(), id)
	})
}

func updateField(c *call, id membership.FieldID) (response, error) {
	b, err := c.body(fieldType)
	if err != nil {
		return response{}, err
	}
	u := b.fieldChange()
	var flow membership.FlowID
	if b.within(flowOfField) != nil {
		flow = b.flow()
	}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	return c.oneField(c.svc.Update, func(svc *roster.Service) (membership.Field, error) {
		if !flow.IsZero() {
			in, err := svc.Flow(c.context(), flow)
			if err != nil {
				return membership.Field{}, inFlowOfField(err)
			}
			u.Resource = &in.Resource
		}
		return svc.UpdateField(c.context(), id, u)
	})
}

func deleteField(c *call, id membership.FieldID) (response, error) {
	values, err := c.svc.DeleteField(c.context(), id)
	if err != nil {
		return response{}, err
	}
	res := noContent
	res.headers = []header{{valuesRemovedHeader, strconv.Itoa(values)}}
	return res, nil
}

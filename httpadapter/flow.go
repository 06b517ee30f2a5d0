package httpadapter

import (
	"context"
	"errors"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

const (
	flowType    = "flow"
	flowsPath   = "/v2/flows"
	flowPattern = flowsPath + "/{flow}"
)

var flowRoutes = []route{
	create(flowsPath, createFlow),
	read(flowsPath, listFlows),
	read(flowPattern, on((*call).flowID, getFlow)),
	update(flowPattern, on((*call).flowID, updateFlow)),
	remove(flowPattern, on((*call).flowID, deleteFlow)),
}

func (e *encoder) flow(f membership.Flow) {
	e.flowMembers(f)
	e.name("relationships").open() // Why empty: a flow's fields have a list of their own.
	e.close()
	e.links(place{names: flowsPath, id: f.ID.UUID})
	e.close()
}

// flowMembers begins a flow.
func (e *encoder) flowMembers(f membership.Flow) {
	e.begin(f.ID.UUID, flowType)
	e.name("name").text(f.Name)
	e.name("slug").text(f.Resource.FlowSlug())
	e.name("description").textOrNull(f.Description)
	e.name("enabled").flag(!f.Disabled)
	e.timestamps(f.CreatedAt, f.UpdatedAt)
}

// flowChange reads what a body says about a flow, but for its slug.
func (b *body) flowChange() membership.FlowUpdate {
	return membership.FlowUpdate{
		Name:        b.change("name"),
		Description: b.change("description"),
		Disabled:    b.disabled(),
	}
}

// flowUpdate reads what a body says about a flow that there is.
func (b *body) flowUpdate() membership.FlowUpdate {
	u := b.flowChange()
	if slug := b.change("slug"); slug != nil {
		resource, _ := membership.ParseFlowSlug(*slug) // Why no error: what is no flow's slug is not the present one
		u.Resource = &resource
	}
	return u
}

// disabled is the opposite of enabled: nil when that is absent.
func (b *body) disabled() *bool {
	enabled := b.flag("enabled")
	if enabled != nil {
		*enabled = !*enabled
	}
	return enabled
}

func createFlow(c *call) (response, error) {
	b, err := c.body(flowType)
	if err != nil {
		return response{}, err
	}
	if b.data["slug"] == nil {
		b.refuse("slug", "is required")
	}
	resource, unknown := membership.ParseFlowSlug(b.text("slug"))
	// Why some resource: a slug that is at fault has its own fault.
	f, _ := b.flowChange().Apply(membership.Flow{Resource: membership.ResourceAccount})
	if err := b.err(errors.Join(f.Validate(), unknown)); err != nil {
		return response{}, err
	}
	f.Resource = resource
	f, err = c.svc.CreateFlow(c.context(), f)
	return c.created(answer(c, f, err, (*encoder).flow))
}

func listFlows(c *call) (response, error) {
	return list(c, membership.ResourceFlow, place{names: flowsPath}, c.svc.Flows, (*encoder).flow)
}

func getFlow(c *call, id membership.FlowID) (response, error) {
	f, err := c.svc.Flow(c.context(), id)
	return answer(c, f, err, (*encoder).flow)
}

func updateFlow(c *call, id membership.FlowID) (response, error) {
	b, err := c.body(flowType)
	if err != nil {
		return response{}, err
	}
	u := b.flowUpdate()
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	f, err := c.svc.UpdateFlow(c.context(), id, u)
	return answer(c, f, err, (*encoder).flow)
}

func deleteFlow(c *call, id membership.FlowID) (response, error) {
	return noContent, c.svc.DeleteFlow(c.context(), id)
}

// flowName is a flow in the path by either of its names. It has a resource or an id.
type flowName struct {
	resource membership.Resource
	id       membership.FlowID
}

func (c *call) flowName() (flowName, error) {
	if r, err := membership.ParseFlowSlug(c.request.PathValue("flow")); err == nil {
		return flowName{resource: r}, nil
	}
	id, err := c.flowID()
	return flowName{id: id}, err
}

// fields is where the list of the flow's fields is.
func (f flowName) fields() place {
	if f.resource != "" {
		return place{names: flowsPath + "/" + f.resource.FlowSlug() + fieldsSuffix}
	}
	return place{names: flowsPath, id: f.id.UUID, below: fieldsSuffix}
}

// schema reads the flow and its fields, or answers [membership.ErrFlowNotFound].
func (f flowName) schema(ctx context.Context, svc *roster.Service) (membership.Schema, error) {
	resource := f.resource
	if resource == "" {
		flow, err := svc.Flow(ctx, f.id)
		if err != nil {
			return membership.Schema{}, err
		}
		resource = flow.Resource
	}
	schema, err := svc.Schema(ctx, resource)
	if err == nil && schema.Flow.ID.IsZero() {
		err = membership.ErrFlowNotFound
	}
	return schema, err
}

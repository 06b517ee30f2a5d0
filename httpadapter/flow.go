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

type flowJSON struct {
	ID            string   `json:"id"`
	Type          string   `json:"type"`
	Name          string   `json:"name"`
	Slug          string   `json:"slug"`
	Description   *string  `json:"description"`
	Enabled       bool     `json:"enabled"`
	Meta          meta     `json:"meta"`
	Relationships struct{} `json:"relationships"` // Why empty: a flow's fields have a list of their own.
	linked
}

func (c *call) flow(f membership.Flow) flowJSON {
	return flowJSON{
		ID:          f.ID.String(),
		Type:        flowType,
		Name:        f.Name,
		Slug:        f.Resource.FlowSlug(),
		Description: orNull(f.Description),
		Enabled:     !f.Disabled,
		Meta:        timestamps(f.CreatedAt, f.UpdatedAt),
		linked:      c.linked(flowsPath + "/" + f.ID.String()),
	}
}

// flowChange reads what a body says about a flow, but for its slug.
func (b *body) flowChange() membership.FlowUpdate {
	return membership.FlowUpdate{
		Name:        b.change("name"),
		Description: b.change("description"),
		Disabled:    b.disabled(),
	}
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
	return created(answer(f, err, c.flow))
}

func listFlows(c *call) (response, error) {
	return list(c, membership.ResourceFlow, flowsPath, c.svc.Flows, c.flow)
}

func getFlow(c *call, id membership.FlowID) (response, error) {
	f, err := c.svc.Flow(c.context(), id)
	return answer(f, err, c.flow)
}

func updateFlow(c *call, id membership.FlowID) (response, error) {
	b, err := c.body(flowType)
	if err != nil {
		return response{}, err
	}
	u := b.flowChange()
	if slug := b.change("slug"); slug != nil {
		resource, _ := membership.ParseFlowSlug(*slug) // Why no error: what is no flow's slug is not the present one
		u.Resource = &resource
	}
	if err := b.err(nil); err != nil {
		return response{}, err
	}
	f, err := c.svc.UpdateFlow(c.context(), id, u)
	return answer(f, err, c.flow)
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

func (f flowName) path() string {
	if f.resource != "" {
		return flowsPath + "/" + f.resource.FlowSlug()
	}
	return flowsPath + "/" + f.id.String()
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

package membership

import (
	"errors"
	"time"
)

// Flow is the set of a resource's custom fields. A resource has at most one.
type Flow struct {
	ID          FlowID
	Resource    Resource // account, member or membership; fixed when the flow is created
	Name        string   // required, not blank
	Description string   // optional
	Disabled    bool     // as if each of its fields were
	CreatedAt   time.Time
	UpdatedAt   time.Time // never before CreatedAt; moves only when something changed
}

// flows is what the resources that have custom fields call their flows.
var flows = []struct {
	resource   Resource
	slug, name string
}{
	{ResourceAccount, "accounts", "Accounts"},
	{ResourceMember, "account-members", "Account members"},
	{ResourceMembership, "account-memberships", "Account memberships"},
}

// FlowResources lists the resources that have custom fields.
func FlowResources() []Resource {
	var all []Resource
	for _, f := range flows {
		all = append(all, f.resource)
	}
	return all
}

// FlowSlug is what the resource's flow is called on the wire; empty when the resource has no custom fields.
func (r Resource) FlowSlug() string {
	for _, f := range flows {
		if f.resource == r {
			return f.slug
		}
	}
	return ""
}

// ParseFlowSlug finds the resource whose flow has the slug. Its error is [ErrInvalidValue].
func ParseFlowSlug(slug string) (Resource, error) {
	var slugs []string
	for _, f := range flows {
		if f.slug == slug {
			return f.resource, nil
		}
		slugs = append(slugs, f.slug)
	}
	return "", broken("slug", "must be one of: %s", list(slugs))
}

// NewFlow is the flow of a resource that nobody has described yet.
func NewFlow(r Resource) Flow {
	for _, f := range flows {
		if f.resource == r {
			return Flow{Resource: r, Name: f.name}
		}
	}
	return Flow{Resource: r}
}

// Validate checks every field and reports all faults at once.
func (f Flow) Validate() error {
	return errors.Join(
		hasFields(f.Resource),
		required("name", f.Name),
		bounded("description", f.Description, MaxTextLength),
	)
}

func hasFields(r Resource) error {
	if r.FlowSlug() == "" {
		return invalid("flow", "must be that of a resource that can have custom fields: %s", list(FlowResources()))
	}
	return nil
}

// Value is the flow's value of an attribute, for filters and orders.
func (f Flow) Value(attr Attribute) Value {
	switch attr {
	case AttrID:
		return IDValue(f.ID.UUID)
	case AttrName:
		return TextValue(f.Name)
	case AttrSlug:
		return TextValue(f.Resource.FlowSlug())
	case AttrCreatedAt:
		return TimeValue(f.CreatedAt)
	case AttrUpdatedAt:
		return TimeValue(f.UpdatedAt)
	}
	return Value{}
}

// FlowUpdate is a partial change: nil leaves a field alone, a pointer to the empty string clears it.
type FlowUpdate struct {
	Resource    *Resource // which cannot be changed: naming another is [ErrFlowImmutable]
	Name        *string
	Description *string
	Disabled    *bool
}

// Apply returns the flow with the update's fields in place. It checks nothing but the resource and moves no time.
func (u FlowUpdate) Apply(f Flow) (Flow, error) {
	if u.Resource != nil && *u.Resource != f.Resource {
		return f, &Error{Cause: ErrFlowImmutable, Field: "slug", Detail: "leave it out, or send the present one"}
	}
	set(&f.Name, u.Name)
	set(&f.Description, u.Description)
	set(&f.Disabled, u.Disabled)
	return f, nil
}

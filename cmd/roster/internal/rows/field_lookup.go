package rows

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/membership"
)

const flowsPath = "/v2/flows"

// resourceNames are what commands call the resources that can have custom fields.
var resourceNames = []string{"account", "member", "membership"}

// resourceName is what commands call a resource.
func resourceName(r membership.Resource) string {
	if r == membership.ResourceAccount {
		return "account"
	}
	return strings.TrimPrefix(string(r), "account_")
}

// resourceNamed is the resource that somebody calls so, as commands or as the API do.
func resourceNamed(name string) (membership.Resource, error) {
	for _, r := range membership.FlowResources() {
		if name == string(r) || name == resourceName(r) {
			return r, nil
		}
	}
	return "", exit.Usagef("%q can have no custom fields: say %s", name, strings.Join(resourceNames, ", "))
}

// withResources gives fields the names of their resources, which the API leaves to their flows.
func withResources(ctx context.Context, a *api.Client, fields []api.Row) ([]api.Row, error) {
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: flowsPath})
	if err != nil {
		return nil, err
	}
	flows, err := d.Rows()
	if err != nil {
		return nil, err
	}
	resources := map[string]string{}
	for _, flow := range flows {
		r, _ := membership.ParseFlowSlug(flow.Text("slug")) // an unknown one has no name
		resources[flow.ID()] = string(r)
	}
	for i, f := range fields {
		fields[i] = f.Without("links").With("resource", resources[f.Text("relationships", "flow", "data", "id")], "type")
	}
	return fields, nil
}

// flowOf is the id of the flow that a resource's fields are in; empty where nobody has made it.
func flowOf(ctx context.Context, a *api.Client, r membership.Resource) (string, error) {
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: flowsPath, Query: url.Values{
		"filter": {membership.All(membership.Eq(membership.AttrSlug, membership.TextValue(r.FlowSlug()))).String()},
	}})
	if err != nil {
		return "", err
	}
	rows, err := d.Rows()
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].ID(), nil
}

// findField finds the one field that an argument means.
func findField(ctx context.Context, a *api.Client, argument string) (api.Row, error) {
	n := fieldNoun()
	if isID(argument) {
		row, err := n.get(ctx, a, argument)
		if err != nil {
			return row, err
		}
		rows, err := withResources(ctx, a, []api.Row{row})
		if err != nil {
			return row, err
		}
		return rows[0], nil
	}
	of, slug, named := strings.Cut(argument, "/")
	var only membership.Resource
	if !named {
		slug = argument
	} else {
		var err error
		if only, err = resourceNamed(of); err != nil {
			return api.Row{}, err
		}
	}
	rows, err := fieldsCalled(ctx, a, slug)
	if err != nil {
		return api.Row{}, err
	}
	if named {
		rows = slices.DeleteFunc(rows, func(r api.Row) bool { return r.Text("resource") != string(only) })
	}
	switch len(rows) {
	case 0:
		return api.Row{}, exit.Refusedf("there is no custom field %q: roster field list shows those that there are", argument)
	case 1:
		return rows[0], nil
	default:
		return api.Row{}, exit.Refusedf("several resources have a custom field %q: say which, such as %s/%[1]s", slug, resourceName(membership.Resource(rows[0].Text("resource"))))
	}
}

// fieldsCalled are the fields with a slug.
func fieldsCalled(ctx context.Context, a *api.Client, slug string) ([]api.Row, error) {
	filter := membership.All(membership.Eq(membership.AttrSlug, membership.TextValue(slug)))
	d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: fieldNoun().path, Query: url.Values{"filter": {filter.String()}}})
	if err != nil {
		return nil, err
	}
	rows, err := d.Rows()
	if err != nil {
		return nil, err
	}
	return withResources(ctx, a, rows)
}

// completeField completes an argument to the fields that there are.
func completeField(ctx context.Context, a *api.Client, _ []string, _ string) ([]string, error) {
	var all []string
	for _, r := range membership.FlowResources() {
		fields, err := definitions(ctx, a, r)
		if err != nil {
			return nil, err
		}
		for _, f := range fields {
			all = append(all, resourceName(r)+"/"+f.slug)
		}
	}
	return all, nil
}

// ensureFlow is the id of the flow that a resource's fields are in, which is made where there is none.
func ensureFlow(ctx context.Context, a *api.Client, r membership.Resource) (string, error) {
	flow, err := flowOf(ctx, a, r)
	if err != nil || flow != "" {
		return flow, err
	}
	made, err := one(a.Do(ctx, api.Request{Method: http.MethodPost, Path: flowsPath, Data: map[string]any{
		"type": "flow", "name": membership.NewFlow(r).Name, "slug": r.FlowSlug(),
	}}))
	return made.Text("id"), err
}

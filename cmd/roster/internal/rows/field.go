package rows

import (
	"context"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// fieldNoun is what commands know of the definitions of custom fields.
func fieldNoun() noun {
	return noun{
		resource: membership.ResourceField,
		one:      "field",
		argument: "FIELD",
		path:     "/v2/fields",
		columns: slices.Concat(firstColumns(), []output.Column{output.At("resource"), output.At("slug"), output.At("name"), output.At("field_type"), output.At("required"), output.At("default")},
			[]output.Column{output.At("validation_rules"), output.At("enabled"), output.At("index")}, notInTables("omit_null", "order", "description"), hiddenTimestamps()),
		search: []membership.Attribute{membership.AttrName, membership.AttrSlug},
	}
}

func hiddenTimestamps() []output.Column {
	all := timestamps()
	for i := range all {
		all[i].Hidden = true
	}
	return all
}

// Field is `roster field`.
func Field(p *command.Program) *cobra.Command {
	n := fieldNoun()
	g := command.Group("field", "List, show, define, change and delete custom fields",
		listFieldsCommand(p),
		fieldAction(p, &cobra.Command{
			Use:     "get",
			Aliases: []string{"show"},
			Short:   "Show one field",
			Example: "  roster field get membership/role -o json",
		}, func(_ context.Context, _ *api.Client, row api.Row) (api.Row, error) { return row, nil }),
		defineFieldCommand(p),
		updateFieldCommand(p),
		deleteFieldCommand(p, n))
	g.Aliases = []string{"fields"}
	g.Long = `roster field works with the definitions of custom fields, such as the role of a membership; --set of roster account, member
and membership gives rows their values.

FIELD is a field's id, its resource and its slug, such as membership/role, or its slug where only one resource has such a
field.`
	return g
}

func listFieldsCommand(p *command.Program) *cobra.Command {
	return listCommand(p, fieldNoun(), "  roster field list\n  roster field list --resource membership -o json",
		func(r *rowCommand) func(context.Context, *api.Client, *list) (preparation, error) {
			var resource string
			r.Flags().StringVar(&resource, "resource", "", "only those of this `resource`: account, member or membership")
			command.Complete(r.Command, "resource", resourceNames...)
			return func(ctx context.Context, a *api.Client, l *list) (preparation, error) {
				if r.Flags().Changed("resource") {
					of, err := resourceNamed(resource)
					if err != nil {
						return nil, err
					}
					flow, err := flowOf(ctx, a, of)
					if err != nil {
						return nil, err
					}
					if flow == "" { // Why not its list: it has none
						l.only = append(l.only, "eq(slug,'')")
					} else {
						l.path = api.Place(flowsPath, flow, "fields")
					}
				}
				return func(_ api.Document, rows []api.Row) ([]api.Row, error) { return withResources(ctx, a, rows) }, nil
			}
		})
}

// fieldAction makes a command one that does something about a field, and shows what became of it.
func fieldAction(p *command.Program, c *cobra.Command, do func(context.Context, *api.Client, api.Row) (api.Row, error)) *cobra.Command {
	c.Use += " FIELD"
	c.Args = command.Arguments("the FIELD")
	r := newRowCommand(p, fieldNoun(), c).shows()
	r.target.completeArguments(c, completeField)
	return r.runs(func(ctx context.Context, a *api.Client, args []string) error {
		row, err := findField(ctx, a, args[0])
		if err != nil {
			return err
		}
		row, err = do(ctx, a, row)
		return r.show(ctx, a, row, err)
	})
}

// shownField is a field that was just written, with its resource.
func shownField(ctx context.Context, a *api.Client, row api.Row, err error) (api.Row, error) {
	if err != nil {
		return row, err
	}
	rows, err := withResources(ctx, a, []api.Row{row})
	if err != nil {
		return row, err
	}
	return rows[0], nil
}

func defineFieldCommand(p *command.Program) *cobra.Command {
	var f fieldFlags
	var resource string
	r := newRowCommand(p, fieldNoun(), &cobra.Command{
		Use:     "define",
		Aliases: []string{"create", "add"},
		Short:   "Define a new custom field",
		Long: `roster field define defines a new custom field of accounts, of members or of memberships. No row is rewritten: those that
there are answer with the default that is given here.`,
		Example: "  roster field define --resource membership --slug role --option member --option admin --default member --required\n  roster field define --resource account --slug seats --type integer --min 1",
		Args:    command.Arguments(),
	}).shows()
	r.target.makes = true
	r.Flags().StringVar(&resource, "resource", "", "`resource` that has the field: account, member or membership")
	command.Complete(r.Command, "resource", resourceNames...)
	f.flags(r.Command, true)
	return r.runs(func(ctx context.Context, a *api.Client, _ []string) error {
		of, err := resourceNamed(resource)
		if err != nil {
			return err
		}
		body, err := f.body(r.Command, membership.FieldType(f.kind), api.Row{})
		if err != nil {
			return err
		}
		flow, err := ensureFlow(ctx, a, of)
		if err != nil {
			return err
		}
		if f.name == "" {
			body["name"] = f.slug
		}
		body["relationships"] = map[string]any{"flow": map[string]any{"data": map[string]any{"type": "flow", "id": flow}}}
		row, err := one(a.Do(ctx, api.Request{Method: http.MethodPost, Path: r.path, Data: body}))
		row, err = shownField(ctx, a, row, err)
		return r.show(ctx, a, row, err)
	})
}

func updateFieldCommand(p *command.Program) *cobra.Command {
	var f fieldFlags
	c := &cobra.Command{
		Use:     "update",
		Aliases: []string{"set"},
		Short:   "Change the definition of a field",
		Long: `roster field update changes of a definition what its flags say, and leaves the rest. It changes no value: rules are asked
when a value is written.`,
		Example: "  roster field update membership/role --option member --option admin --option owner\n  roster field update membership/role --enabled=false",
	}
	f.flags(c, false)
	return fieldAction(p, c, func(ctx context.Context, a *api.Client, row api.Row) (api.Row, error) {
		body, err := f.body(c, membership.FieldType(row.Text("field_type")), row)
		if err != nil {
			return row, err
		}
		if len(body) == 1 {
			return row, exit.Usagef("field update: say what is to change; roster field update -h lists the flags")
		}
		row, err = one(a.Do(ctx, api.Request{Method: http.MethodPut, Path: api.Place(fieldNoun().path, row.ID()), Data: body}))
		return shownField(ctx, a, row, err)
	})
}

func deleteFieldCommand(p *command.Program, n noun) *cobra.Command {
	n.lookup = func(ctx context.Context, a *api.Client, argument string) (string, error) {
		row, err := findField(ctx, a, argument)
		return row.Text("id"), err
	}
	n.completes = completeField
	return deleteCommand(p, n, "  roster field delete membership/role --yes",
		"roster field delete deletes one definition and, of every row, the value that it has.",
		func(context.Context, *api.Client, string) (string, error) { return "its values in every row", nil })
}

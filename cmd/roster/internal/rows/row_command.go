package rows

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/membership"
)

// rowCommand is a command about rows on its way to being made: what all of them have in common.
type rowCommand struct {
	*command.Program
	noun
	*cobra.Command
	target target
	output output.Flags
}

// newRowCommand gives a command the flags that all about rows have.
func newRowCommand(p *command.Program, n noun, c *cobra.Command) *rowCommand {
	r := &rowCommand{Program: p, noun: n, Command: c}
	r.target.flags(p, c)
	return r
}

// shows gives the command the flags for what it shows.
func (r *rowCommand) shows() *rowCommand {
	r.output.AddTo(r.Command, r.columns)
	return r
}

// runs says what the command does.
func (r *rowCommand) runs(do func(ctx context.Context, a *api.Client, args []string) error) *cobra.Command {
	r.RunE = func(c *cobra.Command, args []string) error {
		if err := legible(c, args); err != nil {
			return err
		}
		if r.Flags().Lookup("output") != nil {
			if err := r.output.Check(); err != nil {
				return err
			}
		}
		return r.target.with(c, func(a *api.Client) error { return do(c.Context(), a, args) })
	}
	return r.Command
}

// legible refuses arguments and flags that are not valid UTF-8: JSON has no way to say them, and what encoding/json makes of them
// is something else. Paths may be anything.
func legible(c *cobra.Command, args []string) error {
	for _, argument := range args {
		if !utf8.ValidString(argument) {
			return exit.Usagef("the argument %q is not valid UTF-8", argument)
		}
	}
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "db" && f.Name != "ca" && !utf8.ValidString(f.Value.String()) {
			err = exit.Usagef("--%s %q is not valid UTF-8", f.Name, f.Value.String())
		}
	})
	return err
}

// show shows one row, or the error.
func (r *rowCommand) show(ctx context.Context, a *api.Client, row api.Row, err error) error {
	if err != nil {
		return err
	}
	columns, err := shownColumns(ctx, &r.output, a, r.noun)
	if err != nil {
		return err
	}
	return r.output.One(r.Stdout, columns, row)
}

// completeName completes an argument to what rows of the noun are known by.
func (n noun) completeName(ctx context.Context, a *api.Client, before []string, begun string) ([]string, error) {
	if n.completes != nil {
		return n.completes(ctx, a, before, begun)
	}
	var found []string
	for _, key := range n.keys {
		query := url.Values{"page[limit]": {"50"}}
		if begun != "" {
			query.Set("filter", membership.All(membership.Like(key, begun+"*")).String())
		}
		d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: n.path, Query: query})
		if err != nil {
			return nil, err
		}
		rows, err := d.Rows()
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if name := row.Text(string(key)); name != "" && name == terminal.Printable(name) {
				found = append(found, name)
			}
		}
	}
	return found, nil
}

// listCommand is the command that lists rows of a noun. What is special about it is said by more, which may be nil: it is
// asked when the command runs.
func listCommand(p *command.Program, n noun, example string, more func(*rowCommand) func(context.Context, *api.Client, *list) (preparation, error)) *cobra.Command {
	var flags listFlags
	r := newRowCommand(p, n, &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List " + n.plural() + ", the newest first",
		Example: example,
		Args:    command.Arguments(),
	}).shows()
	flags.flags(r.Command, n)
	r.PreRunE = func(c *cobra.Command, _ []string) error { return flags.check(c) }
	var special func(context.Context, *api.Client, *list) (preparation, error)
	if more != nil {
		special = more(r)
	}
	return r.runs(func(ctx context.Context, a *api.Client, _ []string) error {
		l := &list{listFlags: flags, noun: n, path: n.path}
		var prepare preparation
		if special != nil {
			var err error
			if prepare, err = special(ctx, a, l); err != nil {
				return err
			}
		}
		columns, err := shownColumns(ctx, &r.output, a, l.noun)
		if err != nil {
			return err
		}
		return printList(ctx, p, a, l, r.output, columns, prepare)
	})
}

// preparation makes of the rows of a page what is shown of them.
type preparation func(api.Document, []api.Row) ([]api.Row, error)

// getCommand is the command that shows one row.
func getCommand(p *command.Program, n noun, example string, read func(context.Context, *rowCommand, *api.Client, string) (api.Row, error)) *cobra.Command {
	r := newRowCommand(p, n, &cobra.Command{
		Use:     "get " + n.argument,
		Aliases: []string{"show"},
		Short:   "Show one " + n.one,
		Long:    fmt.Sprintf("roster %s get shows one %[1]s. %s is its id, or its %s where no other %[1]s has the same.", n.one, n.argument, n.known()),
		Example: example,
		Args:    command.Arguments("the " + n.argument),
	}).shows()
	r.target.completeArguments(r.Command, n.completeName)
	return r.runs(func(ctx context.Context, a *api.Client, args []string) error {
		id, err := n.find(ctx, a, args[0])
		if err != nil {
			return err
		}
		row, err := read(ctx, r, a, id)
		return r.show(ctx, a, row, err)
	})
}

// plainly reads a row as it is.
func plainly(ctx context.Context, r *rowCommand, a *api.Client, id string) (api.Row, error) {
	return r.get(ctx, a, id)
}

// createCommand is the command that makes a row. More, which may be nil, adds flags, and what they say to the body.
func createCommand(p *command.Program, n noun, example string, more func(*rowCommand) func(context.Context, *api.Client, map[string]any) error) *cobra.Command {
	var set setFlags
	r := newRowCommand(p, n, &cobra.Command{
		Use:     "create",
		Aliases: []string{"add", "new"},
		Short:   "Make a new " + n.one,
		Example: example,
		Args:    command.Arguments(),
	}).shows()
	r.target.makes = true
	texts := textFlags(r.Command, n.texts)
	if n.resource.FlowSlug() != "" {
		set.flags(r.Command, &r.target, n.resource, true)
	}
	var special func(context.Context, *api.Client, map[string]any) error
	if more != nil {
		special = more(r)
	}
	return r.runs(func(ctx context.Context, a *api.Client, _ []string) error {
		body := n.body()
		putTexts(r.Command, texts, body)
		if special != nil {
			if err := special(ctx, a, body); err != nil {
				return err
			}
		}
		if err := set.put(ctx, a, n.resource, body); err != nil {
			return err
		}
		row, err := one(a.Do(ctx, api.Request{Method: http.MethodPost, Path: n.path, Data: body}))
		return r.show(ctx, a, row, err)
	})
}

// updateCommand is the command that changes a row.
func updateCommand(p *command.Program, n noun, example string) *cobra.Command {
	var set setFlags
	r := newRowCommand(p, n, &cobra.Command{
		Use:     "update " + n.argument,
		Aliases: []string{"set"},
		Short:   "Change one " + n.one,
		Long:    fmt.Sprintf("roster %s update changes of one %[1]s what its flags say, and leaves the rest. A text that is empty clears it.", n.one),
		Example: example,
		Args:    command.Arguments("the " + n.argument),
	}).shows()
	texts := textFlags(r.Command, n.texts)
	if n.resource.FlowSlug() != "" {
		set.flags(r.Command, &r.target, n.resource, false)
	}
	r.target.completeArguments(r.Command, n.completeName)
	return r.runs(func(ctx context.Context, a *api.Client, args []string) error {
		body := n.body()
		putTexts(r.Command, texts, body)
		if err := set.put(ctx, a, n.resource, body); err != nil {
			return err
		}
		if len(body) == len(n.body()) {
			return exit.Usagef("%s: say what is to change; %[1]s -h lists the flags", r.CommandPath())
		}
		id, err := n.find(ctx, a, args[0])
		if err != nil {
			return err
		}
		row, err := one(a.Do(ctx, api.Request{Method: http.MethodPut, Path: api.Place(n.path, id), Data: body}))
		return r.show(ctx, a, row, err)
	})
}

// deleteCommand is the command that deletes a row, after it has asked. What else goes is said in long, and counted by
// along, which may be nil.
func deleteCommand(p *command.Program, n noun, example, long string, along func(context.Context, *api.Client, string) (string, error)) *cobra.Command {
	r := newRowCommand(p, n, &cobra.Command{
		Use:     "delete " + n.argument,
		Aliases: []string{"rm", "remove"},
		Short:   "Delete one " + n.one,
		Long:    long + "\nIt asks first, unless told not to with --yes, without which nothing is deleted where nobody can be asked.",
		Example: example,
		Args:    command.Arguments("the " + n.argument),
	})
	yes := yesFlag(r.Command)
	r.target.completeArguments(r.Command, n.completeName)
	return r.runs(func(ctx context.Context, a *api.Client, args []string) error {
		id, err := n.find(ctx, a, args[0])
		if err != nil {
			return err
		}
		if !*yes {
			if err := confirmDelete(ctx, p, a, n, id, along); err != nil {
				return err
			}
		}
		d, err := a.Do(ctx, api.Request{Method: http.MethodDelete, Path: api.Place(n.path, id)})
		if err != nil {
			return err
		}
		text := fmt.Sprintf("deleted %s %s", n.one, id)
		if values := d.Header.Get("Roster-Values-Removed"); values != "" {
			text += ", values: " + terminal.Printable(values)
		}
		_, err = fmt.Fprintln(p.Stdout, text)
		return exit.OutputError(err)
	})
}

// confirmDelete asks whether a row is to go, and what else goes.
func confirmDelete(ctx context.Context, p *command.Program, a *api.Client, n noun, id string, along func(context.Context, *api.Client, string) (string, error)) error {
	row, err := n.get(ctx, a, id)
	if err != nil {
		return err
	}
	question := fmt.Sprintf("delete the %s %s", n.one, terminal.Printable(row.Text("name")))
	if along != nil {
		more, err := along(ctx, a, id)
		if err != nil {
			return err
		}
		question += " and " + more
	}
	return confirm(ctx, p, question)
}

// memberships says how many memberships are below a row.
func (n noun) memberships(ctx context.Context, a *api.Client, id string) (string, error) {
	count, err := total(ctx, a, api.Place(n.path, id, membershipsPath))
	if count == 1 {
		return "its 1 membership", err
	}
	return "its " + terminal.Grouped(count) + " memberships", err
}

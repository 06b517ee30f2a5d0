package rows

import (
	"context"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/membership"
)

// changeFlags say which changes are asked for.
type changeFlags struct {
	after   int64
	limit   int
	account string
	member  string
	types   []string
	follow  bool
}

// flags gives a command the flags.
func (f *changeFlags) flags(r *rowCommand) {
	c := r.Command
	c.Flags().Int64Var(&f.after, "after", 0, "those behind this sequence `number`, the oldest first; 0 begins at the beginning. Without it, the newest are shown")
	c.Flags().IntVar(&f.limit, "limit", defaultLimit, "`number` of changes at most, before --follow shows any number")
	c.Flags().StringVar(&f.account, "account", "", "only those that concern this `ACCOUNT`; by its id also when it was deleted")
	c.Flags().StringVar(&f.member, "member", "", "only those that concern this `MEMBER`; by their id also when they were deleted")
	c.Flags().StringSliceVar(&f.types, "type", nil, "only those of these `types`, with commas in between, such as "+string(membership.MembershipCreated))
	c.Flags().BoolVarP(&f.follow, "follow", "f", false, "wait for what comes, until interrupted; a server that goes away is waited for")
	command.Complete(c, "after")
	command.Complete(c, "limit")
	r.target.completeFlag(c, "account", accountNoun().completeName)
	r.target.completeFlag(c, "member", memberNoun().completeName)
	var types []string
	for _, t := range membership.ChangeTypes() {
		types = append(types, string(t))
	}
	command.Complete(c, "type", types...)
}

// query is what the API is asked for, but for where it begins.
func (f *changeFlags) query(ctx context.Context, a *api.Client) (url.Values, error) {
	query := url.Values{}
	for name, side := range map[string]struct {
		noun
		argument string
	}{"account_id": {accountNoun(), f.account}, "account_member_id": {memberNoun(), f.member}} {
		if side.argument == "" {
			continue
		}
		id, err := side.find(ctx, a, side.argument)
		if err != nil {
			return nil, err
		}
		query.Set(name, id)
	}
	if len(f.types) > 0 {
		query.Set("type", strings.Join(f.types, ","))
	}
	return query, nil
}

// listChanges makes a command the one that lists changes.
func listChanges(p *command.Program, c *cobra.Command) *cobra.Command {
	var f changeFlags
	r := newRowCommand(p, changeNoun(), c).shows()
	f.flags(r)
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		switch {
		case f.after < 0:
			return exit.Usagef("--after is %d, but must not be negative", f.after)
		case f.limit < 0 || f.limit == 0 && !f.follow:
			return exit.Usagef("--limit is %d, but must be at least 1", f.limit)
		case f.follow && r.output.Format == output.JSON:
			return exit.Usagef("--follow has no end, and JSON needs one: say --output ndjson")
		}
		return nil
	}
	return r.runs(func(ctx context.Context, a *api.Client, _ []string) error {
		query, err := f.query(ctx, a)
		if err != nil {
			return err
		}
		log := &changeLog{query: query}
		show := &changeWriter{r: r}
		if err := show.begin(f.follow); err != nil {
			return err
		}
		if c.Flags().Changed("after") {
			err = log.behind(ctx, a, f.after, f.limit, show.row)
		} else {
			err = log.newest(ctx, a, f.limit, show.row)
		}
		switch {
		case err != nil:
			return err
		case !f.follow:
			return show.rows.End()
		}
		return show.follow(ctx, a, log)
	})
}

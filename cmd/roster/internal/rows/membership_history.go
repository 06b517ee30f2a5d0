package rows

import (
	"context"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/membership"
)

func membershipHistoryCommand(p *command.Program) *cobra.Command {
	c := &cobra.Command{
		Use:   "history {ID | ACCOUNT MEMBER}",
		Short: "Show what became of a membership, the oldest change first",
		Long: `roster membership history shows every change of a membership that the change log has kept: of one by its id, also when
it has ended, or of all that a member has ever had in an account.`,
		Example: "  roster membership history Acme ron@example.com\n  roster membership history 01936b7c-2f00-7a64-b4ce-7d3d0f8f8a11 -o ndjson",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && isID(args[0]) {
				return nil
			}
			return command.Arguments("the membership's ID, or the ACCOUNT", "the MEMBER")(c, args)
		},
	}
	r := newRowCommand(p, changeNoun(), c).shows()
	r.target.completeArguments(c, accountNoun().completeName, memberNoun().completeName)
	return r.runs(func(ctx context.Context, a *api.Client, args []string) error {
		rows, err := membershipHistory(ctx, a, args)
		if err != nil {
			return err
		}
		w, err := r.output.Rows(p.Stdout, p.Env, r.columns)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := w.Row(changeRow(row)); err != nil {
				return err
			}
		}
		return w.End()
	})
}

// membershipHistory are the changes of one membership, or of all that a member has had in an account.
func membershipHistory(ctx context.Context, a *api.Client, args []string) ([]api.Row, error) {
	if len(args) == 1 {
		d, err := a.Do(ctx, api.Request{Method: http.MethodGet, Path: api.Place("/v1/account-memberships", args[0], "history")})
		if err != nil {
			return nil, err
		}
		return d.Rows()
	}
	in, err := findPair(ctx, a, args)
	if err != nil {
		return nil, err
	}
	var all []api.Row
	log := &changeLog{query: url.Values{
		"account_id": {in.account}, "account_member_id": {in.member},
		"type": {string(membership.MembershipCreated) + "," + string(membership.MembershipUpdated) + "," + string(membership.MembershipDeleted)},
	}}
	err = log.fromBeginning(ctx, a, func(row api.Row) error {
		all = append(all, row)
		return nil
	})
	return all, err
}

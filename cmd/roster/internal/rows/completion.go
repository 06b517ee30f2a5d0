package rows

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// completionPatience is how long somebody who presses the tab key waits.
const completionPatience = 2 * time.Second

// completer finds what an argument may be: those before it and how it begins are given.
type completer func(ctx context.Context, a *api.Client, before []string, begun string) ([]string, error)

// completeArguments lets a shell complete the arguments, each in its own way.
func (t *target) completeArguments(c *cobra.Command, each ...completer) {
	c.ValidArgsFunction = func(c *cobra.Command, before []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(before) >= len(each) || each[len(before)] == nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return t.completions(c, before, begun, each[len(before)])
	}
}

// completeFlag lets a shell complete the values of a flag.
func (t *target) completeFlag(c *cobra.Command, flag string, find completer) {
	err := c.RegisterFlagCompletionFunc(flag, func(c *cobra.Command, before []string, begun string) ([]string, cobra.ShellCompDirective) {
		return t.completions(c, before, begun, find)
	})
	if err != nil {
		panic(err) // there is no such flag
	}
}

// completions are what find finds in time. Why no errors: there is nobody to read them.
func (t *target) completions(c *cobra.Command, before []string, begun string, find completer) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(c.Context(), completionPatience)
	defer cancel()
	var found []string
	reading := *t
	reading.makes = false
	err := reading.with(c, func(a *api.Client) (err error) {
		found, err = find(ctx, a, before, begun)
		return err
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

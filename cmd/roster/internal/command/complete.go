package command

import "github.com/spf13/cobra"

// Complete lets a shell complete the values of a flag: to these, and never to a file's name.
func Complete(c *cobra.Command, flag string, values ...string) {
	// The only error is that there is no such flag.
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic(err)
	}
}

package rows

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
)

// yesFlag gives a command that deletes the flag for not being asked.
func yesFlag(c *cobra.Command) *bool {
	return c.Flags().BoolP("yes", "y", false, "do not ask")
}

var errNotConfirmed = errors.New("nothing was deleted")

// confirm asks whoever sits at the terminal. Where nobody does, it is a usage error.
func confirm(ctx context.Context, p *command.Program, question string) error {
	if !terminal.Is(p.Stdin) {
		return exit.Usagef("nobody can be asked here whether to %s: say --yes", question)
	}
	fmt.Fprintf(p.Stderr, "%s? [y/N] ", question)
	answered := make(chan string, 1)
	go func() { // Why: reading from a terminal does not end with the context
		line, _ := bufio.NewReader(p.Stdin).ReadString('\n')
		answered <- line
	}()
	select {
	case line := <-answered:
		if answer := strings.ToLower(strings.TrimSpace(line)); answer == "y" || answer == "yes" {
			return nil
		}
		return errNotConfirmed
	case <-ctx.Done():
		return errNotConfirmed
	}
}

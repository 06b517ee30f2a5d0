package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// yesFlag gives a command that deletes the flag for not being asked.
func yesFlag(c *cobra.Command) *bool {
	return c.Flags().BoolP("yes", "y", false, "do not ask")
}

var errNotConfirmed = errors.New("nothing was deleted")

// confirm asks whoever sits at the terminal. Where nobody does, it is a usage error.
func (p *program) confirm(ctx context.Context, question string) error {
	if _, terminal := terminalWidth(p.stdin); !terminal {
		return usagef("nobody can be asked here whether to %s: say --yes", question)
	}
	fmt.Fprintf(p.stderr, "%s? [y/N] ", question)
	answered := make(chan string, 1)
	go func() { // Why: reading from a terminal does not end with the context
		line, _ := bufio.NewReader(p.stdin).ReadString('\n')
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

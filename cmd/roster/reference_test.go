package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

var update = flag.Bool("update", false, "write docs/commands.md instead of comparing it")

// TestTheCommandReferenceIsTrue compares docs/commands.md with the commands that there are.
func TestTheCommandReferenceIsTrue(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "commands.md")
	want := reference()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")), want) {
		t.Error("docs/commands.md is not what the commands say: go test ./cmd/roster -run CommandReference -update")
	}
}

func TestEveryCommandSaysWhatItDoesAndShowsHow(t *testing.T) {
	t.Parallel()
	for c := range everyCommand(documentedRoot()) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") || strings.Contains(c.Short, "\n") {
			t.Errorf("%s: its short text is %q", c.CommandPath(), c.Short)
		}
		if !c.HasSubCommands() && c.HasLocalFlags() && c.Example == "" {
			t.Errorf("%s has no example", c.CommandPath())
		}
		for line := range strings.SplitSeq(c.Example, "\n") {
			if line != "" && !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: the example %q does not begin with two blanks", c.CommandPath(), line)
			}
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s says nothing", c.CommandPath(), f.Name)
			}
		})
	}
}

// documentedRoot is the command line as it is without an environment.
func documentedRoot() *cobra.Command {
	root := newRoot(&command.Program{Env: environment()})
	root.InitDefaultCompletionCmd()
	return root
}

// everyCommand are a command and those below it.
func everyCommand(c *cobra.Command) func(func(*cobra.Command) bool) {
	return func(yield func(*cobra.Command) bool) { walkCommands(c, yield) }
}

func walkCommands(c *cobra.Command, yield func(*cobra.Command) bool) bool {
	if !yield(c) {
		return false
	}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() && c.Name() != "completion" && !walkCommands(below, yield) { // whose texts are cobra's
			return false
		}
	}
	return true
}

// reference is the text of docs/commands.md.
func reference() []byte {
	var b bytes.Buffer
	fmt.Fprint(&b, `# Commands

<!-- Made by go test ./cmd/roster -run CommandReference -update: change the commands, not this page. -->

`)
	root := documentedRoot()
	fmt.Fprintf(&b, "%s\n\n", root.Long)
	fmt.Fprintf(&b, `Exit statuses: %d when it was done; %d when it could not be done, or not to its end; %d for a mistake in the command line,
the environment or a configuration file; %d when a rule refused it: not found, a conflict, a limit, an invalid value; %d when it
was done and there is something to look at, such as rows that an import refused, or faults that a check found. Errors are one
line on standard error.

`, exit.OK, exit.Failed, exit.Usage, exit.Refused, exit.Faults)
	for c := range everyCommand(root) {
		if c.HasParent() && !c.HasSubCommands() {
			fmt.Fprintf(&b, "- [`%s`](#%s): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), c.Short)
		}
	}
	for c := range everyCommand(root) {
		if c.HasParent() {
			describeCommand(&b, c)
		}
	}
	return b.Bytes()
}

func describeCommand(b *bytes.Buffer, c *cobra.Command) {
	level := "##"
	if c.Parent().HasParent() {
		level = "###"
	}
	fmt.Fprintf(b, "\n%s %s\n\n%s.\n", level, c.CommandPath(), c.Short)
	if c.Long != "" {
		fmt.Fprintf(b, "\n```text\n%s\n```\n", strings.TrimSpace(c.Long))
	}
	if c.HasSubCommands() && c.Args != nil && c.LocalNonPersistentFlags().NFlag() == 0 && !c.HasExample() {
		return // a group: those below it follow
	}
	fmt.Fprintf(b, "\n```text\n%s\n", c.UseLine())
	if len(c.Aliases) > 0 {
		fmt.Fprintf(b, "also: %s\n", strings.Join(c.Aliases, ", "))
	}
	if flags := strings.TrimRight(c.LocalFlags().FlagUsages(), "\n"); flags != "" {
		fmt.Fprintf(b, "\n%s\n", flags)
	}
	fmt.Fprint(b, "```\n")
	if c.HasExample() {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
	}
}

package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/rows"
)

func TestShellsCompleteWhatThereIs(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		s.must("field", "define", "--resource", "account", "--slug", "plan", "--option", "gold", "--option", "silver")
		s.must("field", "define", "--resource", "account", "--slug", "vip", "--type", "boolean")
		s.must("account", "create", "--name", "Acme", "--external-ref", "crm-1")
		s.must("account", "create", "--name", "Bolt")
		s.must("member", "create", "--name", "Ron", "--email", "ron@example.com")
		s.must("tag", "create", "--name", "customer")
		for _, c := range []struct {
			args []string
			want []string
		}{
			{[]string{"account", "get", ""}, []string{"crm-1", "Bolt", "Acme"}},
			{[]string{"account", "get", "A"}, []string{"Acme"}},
			{[]string{"account", "get", "Acme", ""}, nil},
			{[]string{"account", "tag", "Acme", ""}, []string{"customer"}},
			{[]string{"account", "tag", "Acme", "customer", "c"}, []string{"customer"}},
			{[]string{"member", "delete", "r"}, []string{"ron@example.com"}},
			{[]string{"membership", "add", "crm-1", "R"}, []string{"Ron"}},
			{[]string{"membership", "list", "--account", "B"}, []string{"Bolt"}},
			{[]string{"account", "list", "--output", ""}, everyFormat},
			{[]string{"account", "create", "--set", ""}, []string{"plan=", "vip="}},
			{[]string{"account", "create", "--set", "plan="}, []string{"plan=gold", "plan=silver", "vip="}},
			{[]string{"account", "update", "Acme", "--set", "vip="}, []string{"plan=", "vip=true", "vip=false"}},
			{[]string{"account", "update", "Acme", "--unset", ""}, []string{"plan", "vip"}},
			{[]string{"field", "get", ""}, []string{"account/plan", "account/vip"}},
			{[]string{"field", "delete", ""}, []string{"account/plan", "account/vip"}},
			{[]string{"field", "define", "--type", ""}, []string{"string", "integer", "boolean", "float", "date"}},
			{[]string{"field", "define", "--resource", ""}, []string{"account", "member", "membership"}},
			{[]string{"settings", "update", "--self-management", ""}, []string{"disabled", "update_only"}},
		} {
			if got := s.completions(c.args...); !slices.Equal(got, c.want) {
				s.t.Errorf("%q is completed to %q instead of %q", c.args, got, c.want)
			}
		}
		if got := s.completions("changes", "--type", "account."); !slices.Contains(got, "account.tagged") {
			s.t.Errorf("types are completed to %q", got)
		}
	})
}

// completions are those that a shell is told.
func (s shell) completions(args ...string) []string {
	s.t.Helper()
	var all []string
	for line := range strings.Lines(s.must(append([]string{"__complete"}, args...)...)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, ":") {
			all = append(all, line)
		}
	}
	return all
}

func TestNobodyIsToldWhyThereAreNoCompletions(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := shell{t, environment(command.EnvDB, path)}
	for _, args := range [][]string{{"account", "get", ""}, {"account", "create", "--set", ""}, {"tag", "get", "--server", "http://" + freePort(t), ""}} {
		code, stdout, stderr := s.run(append([]string{"__complete"}, args...)...)
		if code != 0 || stdout != ":4\n" || strings.Contains(stderr, "roster:") || strings.Contains(stderr, "made") {
			t.Errorf("%q: exit %d, %q, %q", args, code, stdout, stderr)
		}
	}
}

func TestEveryCommandAboutRowsHasWhatPeopleExpect(t *testing.T) {
	t.Parallel()
	p := &command.Program{Env: environment()}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, below := range c.Commands() {
			visit(below)
		}
		if c.HasSubCommands() && c.Flags().Lookup("server") == nil || c.Name() == "prune" {
			return
		}
		if c.Short == "" || c.Example == "" || c.Args == nil {
			t.Errorf("%s lacks a short text, an example or a rule for its arguments", c.CommandPath())
		}
		for line := range strings.SplitSeq(c.Example, "\n") {
			words := strings.Fields(strings.ReplaceAll(line, "|", " "))
			found, rest, err := newRoot(p).Find(words[1:])
			if err != nil || found.CommandPath() != c.CommandPath() {
				t.Errorf("%s: the example %q is one of another command: %v", c.CommandPath(), line, err)
			}
			for _, word := range rest {
				name, isFlag := strings.CutPrefix(word, "--")
				if name, _, _ = strings.Cut(name, "="); isFlag && c.Flags().Lookup(name) == nil {
					t.Errorf("%s: the example %q has an unknown flag", c.CommandPath(), line)
				}
			}
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			_, completed := c.GetFlagCompletionFunc(f.Name)
			if f.Value.Type() != "bool" && f.Name != "db" && f.Name != "ca" && !completed {
				t.Errorf("%s --%s is completed with files' names", c.CommandPath(), f.Name)
			}
		})
	}
	for _, c := range []*cobra.Command{rows.Account(p), rows.Member(p), rows.Membership(p), rows.Tag(p), rows.Field(p), rows.Settings(p), rows.Changes(p)} {
		root := &cobra.Command{Use: "roster"}
		root.AddCommand(c)
		visit(c)
	}
}

package main

import (
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/internal/servertest"
)

// TestWhatIsListedCanBeImported puts lists into another database, a kind after the other, and compares them.
func TestWhatIsListedCanBeImported(t *testing.T) {
	t.Parallel()
	from := shell{t, environment(command.EnvDB, newDatabase(t))}
	from.must("field", "define", "--resource", "membership", "--slug", "role", "--option", "member", "--option", "admin", "--default", "member", "--required")
	from.must("field", "define", "--resource", "account", "--slug", "note")
	from.must("field", "define", "--resource", "account", "--slug", "ratio", "--type", "float")
	from.must("account", "create", "--name", "Acme", "--external-ref", "crm-1", "--set", "note=", "--set", "ratio=-1.50")
	from.must("account", "create", "--name", "=1+1", "--legal-name", `\N`, "--parent", "Acme", "--set", "note=two\nlines, \"quoted\"")
	from.must("member", "create", "--name", "Ron", "--email", "ron@example.com", "--family-name", "-W")
	from.must("membership", "add", "Acme", "Ron", "--set", "role=admin")
	from.must("tag", "create", "--name", "a, b", "--description", "@x")

	kinds := [][]string{{"field", "list"}, {"tag", "list"}, {"account", "list", "--sort", "created_at"}, {"member", "list"}, {"membership", "list", "--account", "Acme"}}
	for _, format := range []string{output.NDJSON, output.CSV, output.JSON} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			from, to := shell{t, from.env}, shell{t, environment(command.EnvDB, newDatabase(t))}
			for _, kind := range kinds {
				list := from.must(append(kind, "-o", format)...)
				stdout, stderr := new(servertest.Log), new(servertest.Log)
				if code := run(t.Context(), []string{"import", "-"}, to.env, strings.NewReader(list), stdout, stderr); code != exit.OK {
					t.Fatalf("%v is not imported: exit %d: %s%s\n%s", kind, code, stdout, stderr, list)
				}
				if kind[0] == "field" { // whose flows have other ids
					continue
				}
				if again := to.must(append(kind, "-o", format)...); again != list {
					t.Errorf("%v is\n%s\ninstead of\n%s", kind, again, list)
				}
			}
		})
	}
}

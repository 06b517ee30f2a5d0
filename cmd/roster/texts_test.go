package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// TestArgumentsAreOnlyTexts: what an argument says is kept as it is, or refused in one printable line; in a filter it finds
// itself, and what is listed has it as it is.
func TestArgumentsAreOnlyTexts(t *testing.T) {
	t.Parallel()
	s := shell{t, environment(command.EnvDB, newDatabase(t))}
	s.must("tag", "create", "--name", "the first makes the database")
	tried := 0
	for i, text := range torture.Texts {
		if i%4 != 0 && !torture.Full() && !slices.Contains(torture.Unstorable, text) {
			continue
		}
		tried++
		code, stdout, stderr := s.run("tag", "create", "--name="+text, "--description="+text, "-o", "json")
		if code != exit.OK {
			if said := strings.TrimSuffix(stderr, "\n"); terminal.Printable(said) != said || !oneLine(stderr) {
				t.Errorf("%q is refused with exit %d, %q", text, code, stderr)
			}
			continue
		}
		if slices.Contains(torture.Unstorable, text) {
			t.Errorf("%q is taken", text)
		}
		var tag map[string]any
		if err := json.Unmarshal([]byte(stdout), &tag); err != nil || tag["name"] != text || tag["description"] != text {
			t.Errorf("%q came back as %s, %v", text, stdout, err)
		}
		argument := text
		if _, err := membership.ParseTagID(text); err == nil {
			argument = tag["id"].(string) // an argument that is an id names what has that id, and not what is called so
		}
		if code, stdout, stderr = s.run("tag", "get", "--", argument); code != exit.OK || !strings.Contains(stdout, tag["id"].(string)) {
			t.Errorf("%q is not found by its name: exit %d, %q, %q", text, code, stdout, stderr)
		}
		for _, line := range strings.Split(strings.TrimSuffix(stdout, "\n"), "\n") {
			if terminal.Printable(line) != line {
				t.Errorf("%q is shown as %q", text, line)
			}
		}
	}
	torture.Report(t, torture.Result{Part: torture.Input, Promise: "On the command line a text is kept as it is or refused in one printable line, and no terminal obeys what is shown",
		Method: "hostile texts as arguments of `roster tag create` and `get`", Rounds: tried})
}

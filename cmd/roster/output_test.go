package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
)

// everyFormat are the values of --output.
var everyFormat = []string{"table", "json", "ndjson", "csv"}

func TestEveryFormatHoldsHostileNames(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	const hostile = "=cmd|'/c calc'!A1\x1b]0;title\x07,\"two\nlines\"\u202e日本"
	fill(t, path, func(svc *roster.Service) error {
		_, err := svc.CreateTag(t.Context(), membership.Tag{Name: hostile})
		return err
	})
	s := shell{t, environment(command.EnvDB, path)}
	s.shows("DESCRIPTION  NAME\n"+`             =cmd|'/c calc'!A1\x1b]0;title\x07,"two\nlines"\u202e日本`+"\n", "tag", "list", "--columns", "description,name")
	s.shows(`name  =cmd|'/c calc'!A1\x1b]0;title\x07,"two\nlines"\u202e日本`+"\n", "tag", "get", hostile, "--columns", "name")
	s.shows("name,description\n\"\\"+strings.ReplaceAll(hostile, `"`, `""`)+"\",\n", "tag", "list", "--columns", "name,description", "-o", "csv")
	for _, format := range []string{output.JSON, output.NDJSON} {
		text := s.must("tag", "list", "-o", format)
		var found []map[string]any
		if format == output.NDJSON {
			text = "[" + text + "]"
		}
		if err := json.Unmarshal([]byte(text), &found); err != nil || found[0]["name"] != hostile {
			t.Errorf("%s: %v, %v", format, err, found)
		}
		if plain := strings.ReplaceAll(text, "\n", ""); terminal.Printable(plain) != plain {
			t.Errorf("%s shows %q", format, text)
		}
	}
	code, _, stderr := s.run("tag", "delete", hostile)
	if said := strings.TrimSuffix(stderr, "\n"); code != exit.Usage || terminal.Printable(said) != said {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

func TestJSONOfAListIsOneDocument(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := shell{t, environment(command.EnvDB, path)}
	s.must("tag", "create", "--name", "a")
	s.must("tag", "create", "--name", "b <&> c", "--description", "x")
	s.shows(`[{"id":"00000000-0000-0000-0000-000000000001","type":"account_tag","name":"b <&> c","description":"x","meta":{"timestamps":{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z"}}},`+
		`{"id":"00000000-0000-0000-0000-000000000002","type":"account_tag","name":"a","meta":{"timestamps":{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z"}}}]`+"\n", "tag", "list", "-o", "json")
	s.shows("type,id,name,description,created_at,updated_at\n"+
		"account_tag,00000000-0000-0000-0000-000000000001,b <&> c,x,2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z\n"+
		"account_tag,00000000-0000-0000-0000-000000000002,a,,2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z\n", "tag", "list", "-o", "csv")
}

func TestAnOutputThatTakesNothingEndsACommand(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	env := environment(command.EnvDB, path)
	shell{t, env}.must("tag", "create", "--name", "a")
	shell{t, env}.must("credentials", "create")
	for _, format := range everyFormat {
		for _, args := range [][]string{{"tag", "list"}, {"tag", "get", "a"}, {"credentials", "list"}, {"changes"}, {"credentials", "create"}} {
			stderr := new(servertest.Log)
			code := run(t.Context(), append(args, "-o", format), env, strings.NewReader(""), brokenWriter{}, stderr)
			if code != exit.Failed || !oneLine(stderr.String()) {
				t.Errorf("roster %v -o %s: exit %d, stderr %q", args, format, code, stderr)
			}
		}
	}
	if shell := (shell{t, env}); strings.Count(shell.must("credentials", "list"), "\n") != 2 {
		t.Error("credentials that nobody saw are left")
	}
}

func TestCredentialsAreShownToPrograms(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := shell{t, environment(command.EnvDB, path)}
	var made struct {
		ClientID  string `json:"client_id"`
		Secret    string `json:"client_secret"`
		Scopes    string
		CreatedAt string `json:"created_at"`
	}
	text := s.must("credentials", "create", "--scope", "read", "--output", "json")
	if err := json.Unmarshal([]byte(text), &made); err != nil || made.ClientID == "" || made.Secret == "" || made.Scopes != "read" || made.CreatedAt == "" {
		t.Errorf("got %s, %v", text, err)
	}
	if got := s.must("credentials", "list", "-o", "csv", "--columns", "client_id,scopes"); got != "client_id,scopes\n"+made.ClientID+",read\n" {
		t.Errorf("got %s", got)
	}
	if all := s.must("credentials", "list", "-o", "ndjson"); strings.Contains(all, made.Secret) || !oneLine(all) {
		t.Errorf("got %s", all)
	}
}

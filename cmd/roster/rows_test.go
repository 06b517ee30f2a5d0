package main

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/membership"
)

// shell runs commands as one user does who has set the environment once.
type shell struct {
	t   *testing.T
	env func(string) string
}

func (s shell) run(args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	return runHere(s.t, s.env, args...)
}

// must runs a command that succeeds, and returns what it prints.
func (s shell) must(args ...string) string {
	s.t.Helper()
	code, stdout, stderr := s.run(args...)
	if code != exit.OK {
		s.t.Fatalf("roster %q: exit %d: %s", args, code, stderr)
	}
	return stdout
}

// refused runs a command that ends with a status, and prints nothing but one line that says something.
func (s shell) refused(code int, says []string, args ...string) {
	s.t.Helper()
	got, stdout, stderr := s.run(args...)
	if got != code || stdout != "" || !oneLine(stderr) || !strings.HasPrefix(stderr, "roster: ") {
		s.t.Errorf("roster %q: exit %d instead of %d, stdout %q, stderr %q", args, got, code, stdout, stderr)
	}
	for _, word := range says {
		if !strings.Contains(stderr, word) {
			s.t.Errorf("roster %q does not say %q: %q", args, word, stderr)
		}
	}
}

// bothWays runs a test with a database, and with a server.
func bothWays(t *testing.T, test func(shell)) {
	t.Helper()
	t.Run("database", func(t *testing.T) {
		t.Parallel()
		path := newDatabase(t)
		fill(t, path, func(*roster.Service) error { return nil })
		test(shell{t, environment(command.EnvDB, path)})
	})
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		s := start(t, ownCredentials, "--in-memory")
		test(shell{t, environment(command.EnvServer, s.url, command.EnvClientID, "operator", command.EnvClientSecret, "correct horse battery staple")})
	})
}

var (
	anyID   = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	anyTime = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\dZ`)
)

// sameEachTime replaces ids by their numbers, in the order in which they appear, and times by one.
func sameEachTime(s string) string {
	numbers := map[string]string{}
	s = anyID.ReplaceAllStringFunc(s, func(id string) string {
		if numbers[id] == "" {
			numbers[id] = fmt.Sprintf("00000000-0000-0000-0000-%012d", len(numbers)+1)
		}
		return numbers[id]
	})
	return anyTime.ReplaceAllString(s, "2026-01-02T03:04:05.678Z")
}

func (s shell) shows(want string, args ...string) {
	s.t.Helper()
	if got := sameEachTime(s.must(args...)); got != strings.TrimPrefix(want, "\n") {
		s.t.Errorf("roster %q shows\n%s\ninstead of\n%s", args, got, want)
	}
}

func TestRowsAreMadeShownChangedAndDeletedInBothWays(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		s.must("field", "define", "--resource", "membership", "--slug", "role", "--option", "member", "--option", "admin", "--default", "member", "--required")
		s.must("field", "define", "--resource", "account", "--slug", "seats", "--type", "integer", "--min", "1")
		s.must("account", "create", "--name", "Acme", "--external-ref", "crm-1", "--set", "seats=12")
		s.must("account", "create", "--name", "Acme Berlin", "--parent", "crm-1")
		s.must("member", "create", "--name", "Ron", "--email", "ron@example.com")
		s.must("member", "create", "--name", "Ann", "--email", "ann@example.com", "--family-name", "Ex")
		s.must("membership", "add", "crm-1", "ron@example.com")
		s.must("membership", "add", "Acme", "Ann", "--set", "role=admin")
		s.must("tag", "create", "--name", "customer")
		s.must("tag", "create", "--name", "old")

		s.shows(`
ID                                    NAME      DESCRIPTION  CREATED AT
00000000-0000-0000-0000-000000000001  customer               2026-01-02T03:04:05.678Z
`, "account", "tag", "Acme", "customer")
		s.must("account", "tag", "Acme", "old")
		s.must("account", "untag", "Acme", "old")
		s.shows(`
ID                                    NAME         REGISTRATION ID  EXTERNAL REF  TAGS      SEATS  CREATED AT
00000000-0000-0000-0000-000000000001  Acme                          crm-1         customer  12     2026-01-02T03:04:05.678Z
00000000-0000-0000-0000-000000000002  Acme Berlin                                                  2026-01-02T03:04:05.678Z
`, "account", "list", "--sort", "name")
		s.shows(`
id                    00000000-0000-0000-0000-000000000001
account_id            00000000-0000-0000-0000-000000000002
account_member_id     00000000-0000-0000-0000-000000000003
account.name          Acme
account_member.name   Ann
account_member.email  ann@example.com
role                  admin
created_at            2026-01-02T03:04:05.678Z
updated_at            2026-01-02T03:04:05.678Z
`, "membership", "get", "Acme", "Ann")
		s.shows(`
ID                                    MEMBER NAME  MEMBER EMAIL     ROLE    CREATED AT
00000000-0000-0000-0000-000000000001  Ron          ron@example.com  member  2026-01-02T03:04:05.678Z
`, "membership", "list", "--account", "Acme", "--filter", "eq(role,member)")
		s.shows(`
ID                                    ACCOUNT NAME  ROLE   CREATED AT
00000000-0000-0000-0000-000000000001  Acme          admin  2026-01-02T03:04:05.678Z
`, "membership", "list", "--member", "Ann")
		s.shows("type,id,account_id,account_member_id,role,created_at,updated_at\n"+
			"account_membership,00000000-0000-0000-0000-000000000001,00000000-0000-0000-0000-000000000002,00000000-0000-0000-0000-000000000003,admin,2026-01-02T03:04:05.678Z,2026-01-02T03:04:05.678Z\n",
			"membership", "list", "--account", "Acme", "--member", "Ann", "-o", "csv")
		s.shows(`
{"id":"00000000-0000-0000-0000-000000000001","type":"account_membership","account_id":"00000000-0000-0000-0000-000000000002","account_member_id":"00000000-0000-0000-0000-000000000003","meta":{"timestamps":{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z"}},"relationships":{"account_member":{"data":{"id":"00000000-0000-0000-0000-000000000003","type":"account_member"}}},"role":"admin"}
`, "membership", "list", "--account", "Acme", "--search", "ANN@", "-o", "ndjson")
		s.shows("NAME\nAnn\n", "membership", "unassigned", "Acme Berlin", "--columns", "name", "--search", "ANN@")
		s.shows("[]\n", "membership", "list", "--account", "Acme Berlin", "--output", "json")
		s.shows("NAME\nAcme Berlin\n", "account", "list", "--parent", "Acme", "--columns", "name")

		s.must("membership", "update", "Acme", "Ron", "--set", "role=admin")
		s.must("membership", "remove", "Acme", "Ron")
		s.must("membership", "add", "Acme", "Ron")
		s.shows("TYPE\naccount-membership.created\naccount-membership.updated\naccount-membership.deleted\naccount-membership.created\n",
			"membership", "history", "Acme", "Ron", "--columns", "type")

		s.must("account", "update", "Acme", "--external-ref", "", "--unset", "seats", "--legal-name", "Acme GmbH")
		s.shows(`
{"id":"00000000-0000-0000-0000-000000000001","type":"account","name":"Acme","legal_name":"Acme GmbH","registration_id":null,"external_ref":null,"parent_id":null,"meta":{"timestamps":{"created_at":"2026-01-02T03:04:05.678Z","updated_at":"2026-01-02T03:04:05.678Z"}},"relationships":{"account_tags":{"data":[{"id":"00000000-0000-0000-0000-000000000002","type":"account_tag"}]}},"seats":null}
`, "account", "get", "Acme", "-o", "json")

		s.shows("deleted account 00000000-0000-0000-0000-000000000001\n", "account", "delete", "Acme", "--yes")
		s.shows("deleted member 00000000-0000-0000-0000-000000000001\n", "member", "rm", "ann@example.com", "-y")
		s.shows("deleted tag 00000000-0000-0000-0000-000000000001\n", "tag", "delete", "old", "--yes")
		s.shows("deleted field 00000000-0000-0000-0000-000000000001, values: 0\n", "field", "delete", "membership/role", "--yes")
		s.shows("SLUG\nseats\n", "field", "list", "--columns", "slug")
	})
}

func TestArgumentsAreFoundByWhatTheyAreKnownBy(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		s.must("account", "create", "--name", "Twin", "--registration-id", "HRB 1")
		s.must("account", "create", "--name", "Twin", "--external-ref", "it's \"quoted\" \\ * | : ( ) ,")
		s.must("account", "create", "--name", "HRB 1")
		s.must("member", "create", "--name", "Ann", "--email", "a@example.com")
		s.must("member", "create", "--name", "a@example.com", "--email", "b@example.com")

		s.shows("name  Twin\n", "account", "get", "HRB 1", "--columns", "name")
		s.shows("name  Twin\n", "account", "get", "it's \"quoted\" \\ * | : ( ) ,", "--columns", "name")
		s.shows("name  Ann\n", "member", "get", "a@example.com", "--columns", "name")
		s.refused(exit.Refused, []string{"2 accounts have the name \"Twin\"", "by its id, of "}, "account", "get", "Twin")
		s.refused(exit.Refused, []string{`"tw*"`, "external_ref, registration_id or name", "roster account list --search"}, "account", "get", "tw*")
		s.refused(exit.Refused, []string{"account not found"}, "account", "get", "01936b7c-2f00-7a64-b4ce-7d3d0f8f8a11")
		s.refused(exit.Refused, []string{`"nobody"`, "email or name"}, "membership", "get", "HRB 1", "nobody")
		s.refused(exit.Refused, []string{"does not belong", "membership add"}, "membership", "get", "HRB 1", "Ann")
		s.refused(exit.Usage, []string{"not empty"}, "account", "get", "")
		s.refused(exit.Usage, []string{"the ACCOUNT is missing"}, "account", "get")
		s.refused(exit.Usage, []string{"the MEMBER is missing"}, "membership", "add", "Acme")
		s.refused(exit.Usage, []string{`"more"`}, "member", "get", "Ann", "more")
	})
}

func TestWhatIsWrongIsSaidInOneLine(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		s.must("account", "create", "--name", "Acme", "--registration-id", "1")
		s.must("member", "create", "--name", "Ron", "--email", "ron@example.com")
		s.must("membership", "add", "Acme", "Ron")
		for _, c := range []struct {
			code int
			says []string
			args []string
		}{
			{exit.Refused, []string{"name is required"}, []string{"account", "create"}},
			{exit.Refused, []string{"registration"}, []string{"account", "create", "--name", "Other", "--registration-id", "1"}},
			{exit.Refused, []string{"email"}, []string{"member", "create", "--name", "Bo", "--email", "nobody"}},
			{exit.Refused, []string{"already"}, []string{"membership", "add", "Acme", "Ron"}},
			{exit.Refused, []string{"filter", "character 4", "registration_id"}, []string{"account", "list", "--filter", "eq(x,1)"}},
			{exit.Refused, []string{"sort", "updated_at"}, []string{"account", "list", "--sort", "colour"}},
			{exit.Usage, []string{"--output", "xml", "table, json, ndjson or csv"}, []string{"account", "list", "-o", "xml"}},
			{exit.Usage, []string{`"colour"`, "legal_name"}, []string{"account", "list", "--columns", "name,colour"}},
			{exit.Usage, []string{"--columns", "json"}, []string{"account", "list", "--columns", "name", "-o", "json"}},
			{exit.Usage, []string{"--limit", "0"}, []string{"account", "list", "--limit", "0"}},
			{exit.Usage, []string{"--offset", "-1"}, []string{"account", "list", "--offset", "-1"}},
			{exit.Usage, []string{"--all", "10,000"}, []string{"account", "list", "--offset", "10001"}},
			{exit.Usage, []string{"--all", "--limit"}, []string{"account", "list", "--all", "--limit", "5"}},
			{exit.Usage, []string{"--account", "--member"}, []string{"membership", "list"}},
			{exit.Usage, []string{"say what is to change", "account update -h"}, []string{"account", "update", "Acme"}},
			{exit.Usage, []string{"--set"}, []string{"membership", "update", "Acme", "Ron"}},
			{exit.Usage, []string{"a TAG is missing"}, []string{"account", "tag", "Acme"}},
			{exit.Refused, []string{`"vip"`, "tag"}, []string{"account", "tag", "Acme", "vip"}},
			{exit.Usage, []string{"delete the account Acme and its 1 membership", "--yes"}, []string{"account", "delete", "Acme"}},
			{exit.Usage, []string{"delete the member Ron and its 1 membership", "--yes"}, []string{"member", "delete", "Ron"}},
			{exit.Usage, []string{`"lst"`, "did you mean list"}, []string{"account", "lst"}},
			{exit.Usage, []string{"--follow", "ndjson"}, []string{"changes", "--follow", "-o", "json"}},
			{exit.Usage, []string{"--after", "-1"}, []string{"changes", "--after", "-1"}},
			{exit.Usage, []string{"--limit"}, []string{"changes", "--limit", "0"}},
			{exit.Refused, []string{"after", "3"}, []string{"changes", "--after", "99"}},
			{exit.Refused, []string{"type", "account.created"}, []string{"changes", "--type", "account.exploded"}},
			{exit.Refused, []string{"membership not found"}, []string{"membership", "history", "01936b7c-2f00-7a64-b4ce-7d3d0f8f8a11"}},
		} {
			s.refused(c.code, c.says, c.args...)
		}
	})
}

func TestListsSayWhereThereIsMore(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		for i := range 5 {
			s.must("tag", "create", "--name", fmt.Sprintf("tag-%d", i))
		}
		for _, c := range []struct {
			args   []string
			stdout string
			stderr string
		}{
			{[]string{"--limit", "2"}, "NAME\ntag-4\ntag-3\n", "2 of 5 shown: --limit, --offset or --all shows more\n"},
			{[]string{"--limit", "2", "--offset", "2", "--sort", "name"}, "NAME\ntag-2\ntag-3\n", "2 of 5 shown: --limit, --offset or --all shows more\n"},
			{[]string{"--offset", "4", "--sort", "-name"}, "NAME\ntag-0\n", ""},
			{[]string{"--offset", "7"}, "NAME\n", ""},
			{[]string{"--filter", "eq(name,'tag-1')"}, "NAME\ntag-1\n", ""},
			{[]string{"--search", "AG-3", "--all"}, "NAME\ntag-3\n", ""},
		} {
			args := append([]string{"tag", "list", "--columns", "name"}, c.args...)
			if code, stdout, stderr := s.run(args...); code != 0 || stdout != c.stdout || stderr != c.stderr {
				s.t.Errorf("roster %q: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
			}
		}
	})
}

func TestEveryRowIsListedOnce(t *testing.T) {
	t.Parallel()
	const rows = 10_321 // more than lists reach by counting
	path := newDatabase(t)
	fill(t, path, func(svc *roster.Service) error {
		for i := range rows {
			if _, err := svc.CreateTag(t.Context(), membership.Tag{Name: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	s := shell{t, environment(command.EnvDB, path)}
	seen := map[string]bool{}
	for line := range strings.Lines(s.must("tag", "list", "--all", "-o", "csv", "--columns", "name")) {
		seen[line] = true
	}
	if len(seen) != rows+1 {
		t.Errorf("%d lines are different, of %d rows and a heading", len(seen), rows)
	}
	s.refused(exit.Refused, []string{"10,321", "10,000", "--sort"}, "tag", "list", "--all", "--sort", "name")
	if _, stdout, stderr := s.run("tag", "list", "--limit", "10100", "-o", "ndjson"); strings.Count(stdout, "\n") != 10_100 || !strings.HasPrefix(stderr, "10,100 of 10,321 shown") {
		t.Errorf("%d lines, stderr %q", strings.Count(stdout, "\n"), stderr)
	}
}

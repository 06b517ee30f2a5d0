package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
)

func TestChangesAreListedInBothWays(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		s.must("account", "create", "--name", "Acme")
		s.must("member", "create", "--name", "Ron", "--email", "ron@example.com")
		s.must("membership", "add", "Acme", "Ron")
		s.must("account", "update", "Acme", "--name", "Acme GmbH", "--legal-name", "x")
		s.must("member", "delete", "Ron", "--yes")
		all := "1,account.created,Acme\n2,account-member.created,Ron <ron@example.com>\n" +
			"3,account-membership.created,member 00000000-0000-0000-0000-000000000001 in account 00000000-0000-0000-0000-000000000002\n" +
			`4,account.updated,"Acme GmbH: name ""Acme"" -> ""Acme GmbH"", legal_name null -> ""x"""` + "\n" +
			"5,account-membership.deleted,member 00000000-0000-0000-0000-000000000001 in account 00000000-0000-0000-0000-000000000002\n" +
			"6,account-member.deleted,Ron <ron@example.com>\n"
		const columns = "sequence,type,summary"
		s.shows(columns+"\n"+all, "changes", "-o", "csv", "--columns", columns)
		s.shows(columns+"\n"+all, "changes", "list", "-o", "csv", "--columns", columns, "--after", "0")
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"--limit", "2"}, "5 6"},
			{[]string{"--after", "1", "--limit", "2"}, "2 3"},
			{[]string{"--after", "6"}, ""},
			{[]string{"--account", "Acme GmbH"}, "1 3 4 5"},
			{[]string{"--account", "Acme GmbH", "--limit", "1"}, "5"},
			{[]string{"--type", "account.created,account-member.deleted"}, "1 6"},
			{[]string{"--type", "account.created", "--type", "account-member.created", "--after", "1"}, "2"},
		} {
			out := s.must(append([]string{"changes", "-o", "csv", "--columns", "sequence"}, c.args...)...)
			if got := strings.Join(strings.Fields(out)[1:], " "); got != c.want {
				s.t.Errorf("changes %v: %s instead of %s", c.args, got, c.want)
			}
		}
		for line := range strings.Lines(s.must("changes", "-o", "ndjson")) {
			if strings.Contains(line, `"links"`) || !strings.HasPrefix(line, `{"sequence":`) {
				s.t.Errorf("got %s", line)
			}
		}
	})
}

func TestChangesThatWerePrunedAreNotMissed(t *testing.T) {
	t.Parallel()
	s := shell{t, environment(command.EnvDB, newDatabase(t))}
	for i := range 5 {
		s.must("tag", "create", "--name", fmt.Sprint(i))
	}
	s.must("changes", "prune", "--keep", "2")
	s.shows("sequence\n4\n5\n", "changes", "-o", "csv", "--columns", "sequence")
	s.shows("sequence\n5\n", "changes", "--type", "account-tag.created", "--limit", "1", "-o", "csv", "--columns", "sequence")
	s.refused(exit.Refused, []string{"4"}, "changes", "--after", "0")
}

// following is a `roster changes --follow`.
type following struct {
	t              *testing.T
	stdout, stderr *servertest.Log
	cancel         context.CancelFunc
	ended          chan struct{} // closed when it has ended; code is set then
	code           int
}

// follow follows until the test ends.
func (s shell) follow(args ...string) *following {
	ctx, cancel := context.WithCancel(s.t.Context())
	f := &following{t: s.t, stdout: new(servertest.Log), stderr: new(servertest.Log), cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		f.code = run(ctx, append([]string{"changes", "--follow"}, args...), s.env, strings.NewReader(""), f.stdout, f.stderr)
	}()
	s.t.Cleanup(func() { f.stop() })
	return f
}

// stop interrupts it, and returns its exit status.
func (f *following) stop() int {
	f.cancel()
	<-f.ended
	return f.code
}

// shows waits until its output is so, or one of its streams is.
func (f *following) shows(in *servertest.Log, pattern string) {
	f.t.Helper()
	if _, ok := in.WaitFor(regexp.MustCompile("("+pattern+")"), f.ended); !ok {
		f.t.Fatalf("it ended with %d and never showed %s: %s%s", f.code, pattern, f.stdout, f.stderr)
	}
}

func TestChangesAreFollowedInBothWays(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		s.must("tag", "create", "--name", "before")
		lines := s.follow()
		objects := s.follow("-o", "ndjson", "--after", "1", "--type", "account-tag.updated")
		table := s.follow("-o", "csv", "--columns", "sequence,type", "--limit", "0")
		lines.shows(lines.stdout, `(?m)^1 +\S+Z  account-tag.created +(cli|operator) +before$`)
		table.shows(table.stdout, `^sequence,type\n`)
		s.must("tag", "update", "before", "--name", "after")
		lines.shows(lines.stdout, `(?m)^2 .* after: name "before" -> "after"$`)
		objects.shows(objects.stdout, `^{"sequence":2,.*}\n$`)
		table.shows(table.stdout, `^sequence,type\n2,account-tag.updated\n$`)
		if code := lines.stop(); code != 0 {
			s.t.Errorf("it ends with %d when it is interrupted", code)
		}
	})
}

func TestFollowingSeesWhatAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	fill(t, path, func(*roster.Service) error { return nil })
	f := shell{t, environment(command.EnvDB, path)}.follow()
	fill(t, path, func(svc *roster.Service) error {
		_, err := svc.CreateTag(t.Context(), membership.Tag{Name: "other"})
		return err
	})
	f.shows(f.stdout, `account-tag.created.* other`)
}

func TestFollowingOutlivesTheServer(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	port := freePort(t)
	first := start(t, ownCredentials, "--db", path, "--addr", port)
	env := environment(command.EnvServer, first.url, command.EnvClientID, "operator", command.EnvClientSecret, "correct horse battery staple")
	s := shell{t, env}
	s.must("tag", "create", "--name", "one")
	f := s.follow("-o", "csv", "--columns", "sequence")
	f.shows(f.stdout, `1\n$`)
	first.stop()
	f.shows(f.stderr, `trying again in 1s\n`)
	fill(t, path, func(svc *roster.Service) error { // meanwhile
		_, err := svc.CreateTag(t.Context(), membership.Tag{Name: "two"})
		return err
	})
	second := start(t, ownCredentials, "--db", path, "--addr", port)
	f.shows(f.stdout, `1\n2\n$`)
	s.must("tag", "create", "--name", "three")
	f.shows(f.stdout, `^sequence\n1\n2\n3\n$`)
	if code := f.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, f.stderr)
	}
	second.signIn("operator", "correct horse battery staple")
	second.want(http.StatusOK, http.MethodGet, "/v1/changes", "")
}

func TestFollowingEndsWhereItIsRefused(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	shell{t, environment(command.EnvDB, path)}.must("tag", "create", "--name", "one")
	for _, args := range [][]string{{"--after", "9"}, {"--type", "nothing"}} {
		shell{t, environment(command.EnvDB, path)}.refused(exit.Refused, nil, append([]string{"changes", "--follow"}, args...)...)
	}
	shell{t, environment(command.EnvServer, "http://"+freePort(t))}.refused(exit.Failed, []string{"cannot reach"}, "changes", "--follow")
}

// freePort is an address that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/membership"
)

// follower is a client of an event stream.
type follower struct {
	t     *testing.T
	lines *bufio.Scanner
}

// follow opens an event stream, and returns when it has begun.
func (s *server) follow(query string) *follower {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/v1/changes"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := s.client.Do(req)
	if err != nil {
		cancel()
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		cancel()
		_ = res.Body.Close()
	})
	f := &follower{s.t, bufio.NewScanner(res.Body)}
	if res.StatusCode != http.StatusOK || !f.lines.Scan() || f.lines.Text() != "retry: 1000" {
		s.t.Fatalf("no stream: %d %s", res.StatusCode, f.lines.Text())
	}
	return f
}

// event is the name of the next event; ok is false at the end.
func (f *follower) event() (name string, ok bool) {
	for f.lines.Scan() {
		if name, ok := strings.CutPrefix(f.lines.Text(), "event: "); ok {
			return name, true
		}
	}
	return "", false
}

func (f *follower) want(name string) {
	f.t.Helper()
	if got, ok := f.event(); got != name {
		f.t.Fatalf("got %q, %v instead of %s", got, ok, name)
	}
}

func TestChangesAreStreamedByTheServer(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := start(t, ownCredentials, "--db", path)
	s.signIn("operator", "correct horse battery staple")
	f := s.follow("")
	s.createAccount("acme")
	f.want("account.created")
	if a := s.want(http.StatusOK, http.MethodGet, "/v1/changes", ""); a.At("meta", "last") != 1.0 {
		t.Errorf("got %s", a.Body)
	}
	fill(t, path, func(svc *roster.Service) error { // what another process writes
		_, err := svc.CreateTag(t.Context(), membership.Tag{Name: "vip"})
		return err
	})
	f.want("account-tag.created")
}

// TestStreamDoesNotDelayTheEnd would take an hour if it did.
func TestStreamDoesNotDelayTheEnd(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--drain-timeout", "1h")
	s.signIn("operator", "correct horse battery staple")
	s.createAccount("acme")
	idle, busy := s.follow("?after=1"), s.follow("")
	busy.want("account.created")
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, s.stderr)
	}
	for _, f := range []*follower{idle, busy} {
		if name, ok := f.event(); ok {
			t.Errorf("got %s instead of the end", name)
		}
	}
	log := s.stderr.String()
	if strings.Count(log, "path=/v1/changes status=200") != 2 || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has %s", log)
	}
}

// TestStreamGoesOnUntilThePortCloses, because its client would be back at once.
func TestStreamGoesOnUntilThePortCloses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM to send")
	}
	s, process := startProcess(t, newDatabase(t), "--drain-delay", "1h")
	s.signIn("operator", "correct horse battery staple")
	f := s.follow("")
	terminate(t, process)
	if _, ok := s.stderr.WaitFor(drainingLine, s.ended); !ok {
		t.Fatalf("it ended before its delay: %s", s.stderr)
	}
	s.createAccount("acme")
	f.want("account.created")
	if err := process.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-s.ended
}

func TestServeKeepsAsManyChangesAsItWasTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env    func(string) string
		args   []string
		pruned bool
	}{
		"all":                   {ownCredentials, nil, false},
		"all, said":             {ownCredentials, []string{"--changes-max-count", "0", "--changes-max-age", "0s"}, false},
		"count":                 {ownCredentials, []string{"--changes-max-count", "3"}, true},
		"age":                   {ownCredentials, []string{"--changes-max-age", "1ns"}, true},
		"great age":             {ownCredentials, []string{"--changes-max-age", "24h"}, false},
		"environment, count":    {withOwn(command.EnvChangesMaxCount, "3"), nil, true},
		"environment, age":      {withOwn(command.EnvChangesMaxAge, "1ns"), nil, true},
		"a flag counts instead": {withOwn(command.EnvChangesMaxCount, "3"), []string{"--changes-max-count", "1000"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, c.env, append([]string{"--in-memory"}, c.args...)...)
			s.signIn("operator", "correct horse battery staple")
			for range 150 { // it looks now and then
				s.createAccount("acme")
			}
			a := s.send(http.MethodGet, "/v1/changes?limit=0", "")
			if a.Status == http.StatusGone != c.pruned || a.Status != http.StatusGone && a.Status != http.StatusOK {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
}

// withOwn is ownCredentials and a variable.
func withOwn(name, value string) func(string) string {
	return func(asked string) string {
		if asked == name {
			return value
		}
		return ownCredentials(asked)
	}
}

func TestChangesArePrunedWhileTheServerRuns(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := start(t, ownCredentials, "--db", path)
	s.signIn("operator", "correct horse battery staple")
	prune := func(want string, args ...string) {
		t.Helper()
		code, stdout, stderr := runHere(t, environment(), append([]string{"changes", "prune", "--db", path}, args...)...)
		if code != 0 || stdout != want+"\n" || stderr != "" {
			t.Errorf("prune %v: exit %d, stdout %q, stderr %q", args, code, stdout, stderr)
		}
	}
	prune("changes removed: 0, left: none", "--keep", "1")
	for range 5 {
		s.createAccount("acme")
	}
	prune("changes removed: 0, left: 1 to 5", "--keep", "100")
	prune("changes removed: 0, left: 1 to 5", "--older-than", "1h")
	prune("changes removed: 2, left: 3 to 5", "--older-than", "1h", "--keep", "3")
	s.want(http.StatusGone, http.MethodGet, "/v1/changes", "")
	s.want(http.StatusOK, http.MethodGet, "/v1/changes?after=2", "")
	prune("changes removed: 1, left: 4 to 5", "--keep", "2")
	prune("changes removed: 1, left: 5 to 5", "--older-than", "1ns", "--keep", "7")
	prune("changes removed: 0, left: 5 to 5", "--older-than", "1ns")
	s.createAccount("acme")
	if a := s.want(http.StatusOK, http.MethodGet, "/v1/changes?after=4", ""); a.At("meta", "last") != 6.0 {
		t.Errorf("got %s", a.Body)
	}
}

// TestIdleStreamsNeedLittleMemory of a server that nobody else uses.
func TestIdleStreamsNeedLittleMemory(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells how much memory a process has in /proc")
	}
	const streams, most = 200, 50 << 10
	s, process := startProcess(t, newDatabase(t))
	s.signIn("operator", "correct horse battery staple")
	s.createAccount("acme")
	before := residentKiB(t, process.Process.Pid)
	followers := make([]*follower, streams)
	for i := range followers {
		followers[i] = s.follow("")
		followers[i].want("account.created")
	}
	s.createAccount("acme")
	for _, f := range followers {
		f.want("account.created")
	}
	grown := residentKiB(t, process.Process.Pid) - before
	t.Logf("%d streams: %d KiB more than %d KiB", streams, grown, before)
	if grown > most {
		t.Errorf("%d idle streams need %d KiB", streams, grown)
	}
}

var residentLine = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)

// residentKiB is how much memory a process has.
func residentKiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	line := residentLine.FindSubmatch(status)
	if line == nil {
		t.Fatalf("no VmRSS in %s", status)
	}
	n, err := strconv.Atoi(string(line[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

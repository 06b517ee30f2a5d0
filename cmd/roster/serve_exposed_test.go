package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// publicAddresses are all kinds of those that other machines may reach, with the port 0.
func publicAddresses(t *testing.T) []string {
	t.Helper()
	all := []string{":0", "0.0.0.0:0", "[::]:0", "[::ffff:0.0.0.0]:0"}
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() { // which would need a zone
			all = append(all, net.JoinHostPort(n.IP.String(), "0"))
		}
	}
	if name, err := os.Hostname(); err == nil {
		if at, err := net.ResolveTCPAddr("tcp", name+":0"); err == nil && !at.IP.IsLoopback() {
			all = append(all, name+":0")
		}
	}
	return all
}

func TestNobodyServesOtherMachinesWithoutCredentials(t *testing.T) {
	t.Parallel()
	missing, empty, revoked := newDatabase(t), newDatabase(t), newDatabase(t)
	fill(t, empty, func(*roster.Service) error { return nil })
	fill(t, revoked, func(svc *roster.Service) error {
		c, _, err := svc.CreateCredential(t.Context(), membership.ScopeAll)
		if err != nil {
			return err
		}
		return svc.RevokeCredential(t.Context(), c.ClientID)
	})
	addresses, starts := publicAddresses(t), 0
	for _, addr := range addresses {
		for _, store := range [][]string{{"--in-memory"}, {"--db", missing}, {"--db", empty}, {"--db", revoked}} {
			starts++
			code, stdout, stderr := runHere(t, environment(), append([]string{"serve", "--addr", addr}, store...)...)
			if code != exit.Usage || stdout != "" || !oneLine(stderr) || !strings.Contains(stderr, "other machines can reach") || !strings.Contains(stderr, command.EnvClientSecret) {
				t.Errorf("%s, %v: exit %d, %q, %q", addr, store, code, stdout, stderr)
			}
		}
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a start that was refused made a database")
	}
	for _, addr := range []string{"127.0.0.1:0", "[::ffff:127.0.0.1]:0", "127.9.9.9:0", "localhost:0"} { // the control: these are this machine's own
		if s := startAnywhere(t, environment(), "--in-memory", "--addr", addr); s.stop() != 0 {
			t.Errorf("%s: exit %d: %s", addr, s.code, s.stderr)
		}
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: starts,
		Promise:  "An address that other machines reach is refused without credentials",
		Method:   "all, each interface's, the machine's name; in memory, no, an empty and a database whose credentials are revoked",
		Measured: fmt.Sprintf("%d addresses, %d starts were refused", len(addresses), starts)})
}

// raw sends bytes and returns the status of the answer.
func (s *server) raw(request string) int {
	s.t.Helper()
	w := servertest.Dial(s.t, s.url)
	defer w.Close()
	w.Send(strings.ReplaceAll(request, "\n", "\r\n"))
	r, _ := w.Answer("")
	if sniff := r.Header.Get("X-Content-Type-Options"); r.Status != http.StatusBadRequest && sniff != "nosniff" {
		s.t.Errorf("%q: %d without nosniff", request, r.Status)
	}
	return r.Status
}

// TestNoHostGetsPastTheList: in whatever form a request names its host.
func TestNoHostGetsPastTheList(t *testing.T) {
	t.Parallel()
	const close = "Connection: close\n\n"
	s := start(t, ownCredentials, "--in-memory", "--allowed-hosts", "api.example.com,[2001:db8::1],192.0.2.1")
	requests := map[string]int{
		"GET /v2/accounts HTTP/1.1\nHost: api.example.com\n" + close:                                 401,
		"GET /v2/accounts HTTP/1.1\nHost: API.EXAMPLE.COM.:443\n" + close:                            401,
		"GET /v2/accounts HTTP/1.1\nHost: [2001:db8::1]:8080\n" + close:                              401,
		"GET /v2/accounts HTTP/1.1\nHost: [2001:DB8::1]\n" + close:                                   401,
		"GET /v2/accounts HTTP/1.1\nHost: 192.0.2.1:80\n" + close:                                    401,
		"GET /v2/accounts HTTP/1.1\nHost: [2001:db8::2]\n" + close:                                   421,
		"GET /v2/accounts HTTP/1.1\nHost: 192.0.2.10\n" + close:                                      421,
		"GET /v2/accounts HTTP/1.1\nHost: evil.example\nX-Forwarded-Host: api.example.com\n" + close: 421,
		"GET /v2/accounts HTTP/1.1\nHost: api.example.com.evil.example\n" + close:                    421,
		"GET /v2/accounts HTTP/1.1\nHost: evil.example:api.example.com\n" + close:                    421,
		"GET /v2/accounts HTTP/1.1\nHost: \n" + close:                                                421,
		"GET /v2/accounts HTTP/1.0\n\n":                                                              421,
		"GET http://evil.example/v2/accounts HTTP/1.1\nHost: api.example.com\n" + close:              421,
		"GET http://api.example.com/v2/accounts HTTP/1.1\nHost: evil.example\n" + close:              401,
		"GET /v2/accounts HTTP/1.1\nHost: api.example.com\nHost: evil.example\n" + close:             400,
		"GET /v2/accounts HTTP/1.1\n" + close:                                                        400,
		"OPTIONS * HTTP/1.1\nHost: evil.example\n" + close:                                           421,
		"OPTIONS * HTTP/1.1\nHost: api.example.com\n" + close:                                        404,
		"CONNECT evil.example:80 HTTP/1.1\nHost: evil.example\n" + close:                             421,
	}
	for _, path := range []string{"/", "/openapi.yaml", "/console", "/console/sign-in", "/console/assets/x.css", "/oauth/access_token", "//v2/accounts", "/healthz/x"} {
		requests["POST "+path+" HTTP/1.1\nHost: evil.example\nContent-Length: 0\n"+close] = 421
	}
	for request, status := range requests {
		if got := s.raw(request); got != status {
			t.Errorf("%q: %d instead of %d", request, got, status)
		}
	}
	for _, name := range []string{":8080", ".", "[]", " "} {
		if code, _, stderr := runHere(t, environment(), "serve", "--in-memory", "--allowed-hosts", name); code != exit.Usage || !strings.Contains(stderr, "--allowed-hosts") {
			t.Errorf("the host %q, which would be any request's that names none: exit %d, %s", name, code, stderr)
		}
	}

	a := newAuthority(t)
	h2 := startAnywhere(t, ownCredentials, append(a.flags(), "--in-memory", "--addr", "127.0.0.1:0", "--allowed-hosts", "api.example.com")...)
	a.trustedBy(h2)
	for host, status := range map[string]int{"api.example.com": 401, "Api.example.com:8443": 401, "evil.example": 421} {
		if got := h2.ask("/v2/accounts", host); got.Status != status {
			t.Errorf(":authority %s over HTTP/2: %d", host, got.Status)
		}
	}
	h2.stop()
	if log := h2.stderr.String(); !strings.Contains(log, "protocol=HTTP/2.0") {
		t.Errorf("it was not HTTP/2:\n%s", log)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: len(requests) + 3,
		Promise: "With --allowed-hosts no request for another name is answered, in whatever form it comes",
		Method:  "raw requests: case, port, trailing dot, IPv6, absolute form, none, two, OPTIONS *, CONNECT, forwarded; :authority over HTTP/2"})
}

// TestAReportOfOthersIsMadePrivate: a file that was there keeps its name and loses its readers.
func TestAReportOfOthersIsMadePrivate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows, report := fileWith(t, "rows.ndjson", `{"type":"account"}`+"\n"), filepath.Join(dir, "report.ndjson")
	if err := os.WriteFile(report, []byte(strings.Repeat("old\n", 1000)), 0o644); err != nil {
		t.Fatal(err)
	}
	runHere(t, environment(), "import", "--db", newDatabase(t), "--report", report, rows)
	info, err := os.Stat(report)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the report: %v, %v", info.Mode(), err)
	}
	if text, err := os.ReadFile(report); err != nil || !strings.HasPrefix(string(text), `{"file"`) || strings.Contains(string(text), "old") {
		t.Errorf("the report is %.100q, %v", text, err)
	}
}

// TestNoCommandRepeatsThePasswordOfADatabase: however wrong its name is.
func TestNoCommandRepeatsThePasswordOfADatabase(t *testing.T) {
	t.Parallel()
	const canary = "c4n4ryPassw0rd"
	names := []string{
		"postgres://u:x/" + canary + "@127.0.0.1:1/db", "postgres://u:x?" + canary + "@127.0.0.1:bad/db", "postgres://u:" + canary + "@127.0.0.1:bad/db",
		"postgres://u:%zz" + canary + "@127.0.0.1/db", "postgres://u:" + canary + "@[::1/db", "postgres:/u:" + canary + "@127.0.0.1/db",
		" postgres://u:" + canary + "@127.0.0.1/db", "host=127.0.0.1 password=" + canary, "mysql://u:" + canary + "@127.0.0.1/db",
		"postgres://127.0.0.1:bad/db?password=" + canary, "postgres://u:x@127.0.0.1:bad/db?sslpassword=" + canary,
	}
	commands := [][]string{{"stats"}, {"check"}, {"account", "list"}, {"migrate", "status"}, {"migrate", "up"}, {"credentials", "list"}, {"credentials", "create"},
		{"backup", "--to", "-"}, {"export"}, {"import", "--dry-run", fileWith(t, "rows.ndjson", "{}\n")}, {"restore", fileWith(t, "x.db", "x")}, {"changes", "prune", "--keep", "1"},
		{"serve", "--addr", "127.0.0.1:0", "--metrics-addr", "nonsense"}, {"serve", "--print-config"}, {"help", "stats"}}
	for i, name := range names {
		for _, args := range commands {
			for _, variable := range []bool{true, false} {
				env := environment()
				if all := slices.Clone(args); variable {
					env = environment(command.EnvDB, name)
				} else if args[0] != "help" {
					args = append(all, "--db", name)
				}
				if strings.Contains(name, ":1/") && args[0] != "serve" { // whose server would be waited for
					continue
				}
				if _, stdout, stderr := runHere(t, env, args...); strings.Contains(stdout+stderr, canary) {
					t.Errorf("name %d: roster %v repeats the password:\n%s%s", i, args[0], stdout, stderr)
				}
			}
		}
		_, stdout, stderr := runHere(t, environment(), "copy", "--from", name, "--to", name)
		if strings.Contains(stdout+stderr, canary) {
			t.Errorf("name %d: roster copy repeats the password:\n%s%s", i, stdout, stderr)
		}
	}
}

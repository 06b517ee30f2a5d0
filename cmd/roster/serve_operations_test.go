package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// operationsURL is where a server that was started with --metrics-addr answers those who look after it.
func (s *server) operationsURL() string {
	s.t.Helper()
	return s.waitForLog(`msg="metrics and profiles" url=(\S+)`)
}

func TestOperationsHaveAnAddressOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--metrics-addr", "127.0.0.1:0")
	api := s.url
	s.url = s.operationsURL()
	for path, status := range map[string]int{
		"/": 200, "/healthz": 200, "/readyz": 200, "/debug/pprof/": 200, "/debug/pprof/heap": 200, "/debug/pprof/symbol": 200,
		"/debug/pprof/cmdline": 404, "/v2/accounts": 404, "/oauth/access_token": 404,
	} {
		if a := s.ask(path, ""); a.Status != status {
			t.Errorf("%s: %d", path, a.Status)
		}
	}
	for host, status := range map[string]int{"localhost:9090": 200, "[::1]:9090": 200, "rebound.example.com": http.StatusMisdirectedRequest} {
		if a := s.ask("/debug/pprof/", host); a.Status != status {
			t.Errorf("as %s: %d", host, a.Status)
		}
	}
	s.url = api
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		s.want(http.StatusNotFound, http.MethodGet, path, "")
	}
}

func TestOperationsThatOthersReachAreAWarning(t *testing.T) {
	t.Parallel()
	const warning = "nobody has to sign in for them"
	s := start(t, ownCredentials, "--in-memory", "--metrics-addr", "0.0.0.0:0")
	s.operationsURL()
	s.waitForLog("(" + warning + ")")
	local := start(t, ownCredentials, "--in-memory", "--metrics-addr", "127.0.0.1:0")
	local.operationsURL()
	local.stop()
	if strings.Contains(local.stderr.String(), warning) {
		t.Errorf("a warning for nothing:\n%s", local.stderr)
	}
}

func TestTimesInWhichNoAnswerCanBeSentAreAWarning(t *testing.T) {
	t.Parallel()
	for args, warned := range map[string]bool{
		"--write-timeout 10s":                       true,
		"--request-timeout 0":                       true,
		"--request-timeout 9s --write-timeout 10s":  false,
		"--request-timeout 1m --write-timeout 0":    false,
		"--request-timeout 25s --write-timeout 30s": false,
	} {
		s := start(t, ownCredentials, append([]string{"--in-memory"}, strings.Fields(args)...)...)
		s.stop()
		if got := strings.Contains(s.stderr.String(), "shorter than --write-timeout"); got != warned {
			t.Errorf("%s: warned %v:\n%s", args, got, s.stderr.String())
		}
	}
}

func TestOperationsGoOnWhileTheServerDrains(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--metrics-addr", "127.0.0.1:0", "--drain-timeout", "1m")
	s.signIn("operator", "correct horse battery staple")
	h := s.hang(t.Context(), "/v2/accounts")
	operations := s.operationsURL()
	s.cancel()
	s.waitForLog("(msg=draining)")
	res, err := s.client.Get(operations + "/readyz")
	if err != nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%v %v", res, err)
	} else {
		_ = res.Body.Close()
	}
	_ = h.body.CloseWithError(io.ErrUnexpectedEOF)
	<-h.done
	if code := s.stop(); code != 0 {
		t.Errorf("exit %d: %s", code, s.stderr)
	}
	if res, err := s.client.Get(operations + "/healthz"); err == nil {
		_ = res.Body.Close()
		t.Error("it answers after its end")
	}
}

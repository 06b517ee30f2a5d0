package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestHealthNeedsNoToken(t *testing.T) {
	t.Parallel()
	s := start(t, environment(), "--in-memory")
	for path, text := range map[string]string{"/healthz": "ok\n", "/healthz/": "ok\n", "/readyz": "ready\n"} {
		if a := s.want(http.StatusOK, http.MethodGet, path, ""); string(a.Body) != text || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %q %v", path, a.Body, a.Header)
		}
		s.want(http.StatusOK, http.MethodHead, path, "")
		if a := s.want(http.StatusMethodNotAllowed, http.MethodPost, path, ""); a.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %v", path, a.Header)
		}
	}
	s.want(http.StatusUnauthorized, http.MethodGet, "/v2/accounts", "")
}

func TestInMemoryForgetsEverything(t *testing.T) {
	t.Parallel()
	first := start(t, ownCredentials, "--in-memory")
	first.signIn("operator", "correct horse battery staple")
	account := first.createAccount("acme")
	first.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account, "")
	first.stop()

	second := start(t, ownCredentials, "--in-memory")
	second.signIn("operator", "correct horse battery staple")
	second.want(http.StatusNotFound, http.MethodGet, "/v2/accounts/"+account, "")
}

func TestLinksBeginWithTheBaseURL(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--base-url", "https://api.example.com/people")
	s.signIn("operator", "correct horse battery staple")
	account := s.createAccount("acme")
	a := s.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account, "")
	if self := a.At("links", "self"); self != "https://api.example.com/people/v2/accounts/"+account {
		t.Errorf("self is %v", self)
	}
}

// TestLogHoldsTheRequestAndNoSecret sends secrets wherever a client may put them.
func TestLogHoldsTheRequestAndNoSecret(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--log-format", "json")
	s.signIn("operator", "correct horse battery staple")
	s.askToken("operator", "a secret with a typing error")
	s.want(http.StatusOK, http.MethodGet, "/v2/accounts?filter=eq(name,query-secret)", "")
	s.want(http.StatusBadRequest, http.MethodPost, "/v2/accounts", `{"data":{"type":"body-secret"}}`)
	s.want(http.StatusOK, http.MethodGet, "/healthz", "")
	s.stop()

	log := s.stderr.String()
	for _, secret := range []string{s.token, "correct horse", "typing error", "query-secret", "body-secret"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}

	seen := map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(log))
	for lines.Scan() {
		var line struct {
			Msg, Method, Path string
			Status            int
			Duration          int64
			RequestID         string `json:"request_id"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("a line of the log is no JSON: %s", lines.Text())
		}
		if line.Msg != "request" {
			continue
		}
		seen[line.Method+" "+line.Path+" "+http.StatusText(line.Status)] = true
		if line.RequestID == "" || line.Duration <= 0 {
			t.Errorf("a request without id or duration: %s", lines.Text())
		}
	}
	for _, want := range []string{"POST /oauth/access_token OK", "POST /oauth/access_token Unauthorized", "GET /v2/accounts OK", "POST /v2/accounts Bad Request"} {
		if !seen[want] {
			t.Errorf("the log does not hold %s:\n%s", want, log)
		}
	}
	if seen["GET /healthz OK"] {
		t.Error("the log holds the health checks, which come every few seconds")
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// ask sends a request with headers, or for a host, and returns the answer.
func (s *server) ask(path, host string, header ...string) answer {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Host = host
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	var body bytes.Buffer
	_, _ = body.ReadFrom(res.Body)
	return answer{Status: res.StatusCode, Header: res.Header, Body: body.Bytes()}
}

func TestForwardingHeadersAreBelievedFromTrustedProxiesOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		args    []string
		trusted bool
	}{
		{"nobody", nil, false},
		{"everybody", []string{"--trust-forwarded"}, true},
		{"this machine", []string{"--trusted-proxies", "10.0.0.0/8,127.0.0.0/8"}, true},
		{"this address", []string{"--trusted-proxies", "127.0.0.1"}, true},
		{"another network", []string{"--trusted-proxies", "10.0.0.0/8,::1,unix"}, false},
		{"another network, with both flags", []string{"--trust-forwarded", "--trusted-proxies", "10.0.0.0/8"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, ownCredentials, append(c.args, "--in-memory", "--log-format", "json")...)
			s.signIn("operator", "correct horse battery staple")
			account := s.createAccount("acme")
			a := s.ask("/v2/accounts/"+account, "", "X-Forwarded-Proto", "https", "X-Forwarded-Host", "api.example.com", "X-Forwarded-For", "198.51.100.9, 203.0.113.7")
			self, remote := s.url+"/v2/accounts/"+account, "127.0.0.1"
			if c.trusted {
				self, remote = "https://api.example.com/v2/accounts/"+account, "203.0.113.7"
			}
			if got := a.At("links", "self"); got != self {
				t.Errorf("self is %v instead of %s", got, self)
			}
			s.stop()
			lines := strings.Split(s.stderr.String(), "\n")
			for _, line := range lines {
				if strings.Contains(line, `"path":"/v2/accounts/`) && !strings.Contains(line, `"remote":"`+remote+`"`) {
					t.Errorf("the log does not name %s: %s", remote, line)
				}
			}
		})
	}
}

func TestWhoComesByTheSocketMayBeAProxy(t *testing.T) {
	t.Parallel()
	for trusted, list := range map[bool]string{true: "unix", false: "127.0.0.1"} {
		path := newSocket(t)
		s := startAnywhere(t, ownCredentials, "--in-memory", "--addr", "unix:"+path, "--trusted-proxies", list)
		s.bySocket(path)
		s.signIn("operator", "correct horse battery staple")
		account := s.createAccount("acme")
		self, _ := s.ask("/v2/accounts/"+account, "", "X-Forwarded-Host", "api.example.com").At("links", "self").(string)
		if strings.HasPrefix(self, "http://api.example.com/") != trusted {
			t.Errorf("--trusted-proxies %s: self is %s", list, self)
		}
	}
}

func TestOtherHostsAreRefusedWhereTheNamesAreGiven(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--allowed-hosts", "API.example.com, localhost,[::1]")
	for host, status := range map[string]int{
		"api.example.com": http.StatusUnauthorized, "api.example.com:8443": http.StatusUnauthorized, "Api.Example.Com.": http.StatusUnauthorized,
		"localhost:8080": http.StatusUnauthorized, "[::1]:8080": http.StatusUnauthorized,
		"evil.example.com": http.StatusMisdirectedRequest, "127.0.0.1": http.StatusMisdirectedRequest, "api.example.com.evil": http.StatusMisdirectedRequest,
	} {
		if a := s.ask("/v2/accounts", host); a.Status != status {
			t.Errorf("%s: %d %s", host, a.Status, a.Body)
		}
	}
	if a := s.ask("/healthz", "10.0.0.7:8080"); a.Status != http.StatusOK {
		t.Errorf("a health check by address: %d", a.Status)
	}
	open := start(t, ownCredentials, "--in-memory")
	if a := open.ask("/v2/accounts", "whatever.example.com"); a.Status != http.StatusUnauthorized {
		t.Errorf("without the flag: %d", a.Status)
	}
}

func TestRequestLogHasItsFieldsAndCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--log-format", "json")
	s.signIn("operator", "correct horse battery staple")
	a := s.ask("/v2/accounts?filter=eq(name,secret)", "")
	s.stop()
	var line map[string]any
	for text := range strings.SplitSeq(s.stderr.String(), "\n") {
		if strings.Contains(text, `"path":"/v2/accounts"`) {
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, want := range map[string]any{"level": "INFO", "msg": "request", "method": "GET", "path": "/v2/accounts", "status": 200.0,
		"bytes": float64(len(a.Body)), "protocol": "HTTP/1.1", "remote": "127.0.0.1", "subject": "operator", "request_id": a.Header.Get("X-Request-Id")} {
		if line[name] != want {
			t.Errorf("%s is %v instead of %v", name, line[name], want)
		}
	}
	for name := range line {
		if !documentedFields(t)[name] {
			t.Errorf("the guide does not list the field %s", name)
		}
	}

	quiet := start(t, ownCredentials, "--in-memory", "--log-requests=false")
	quiet.want(http.StatusUnauthorized, http.MethodGet, "/v2/accounts", "")
	quiet.stop()
	if log := quiet.stderr.String(); strings.Contains(log, "msg=request") || !strings.Contains(log, "msg=stopped") {
		t.Errorf("%s", log)
	}
	warnings := start(t, ownCredentials, "--in-memory", "--log-level", "warn")
	warnings.want(http.StatusUnauthorized, http.MethodGet, "/v2/accounts", "")
	warnings.stop()
	if log := warnings.stderr.String(); log != "" {
		t.Errorf("%s", log)
	}
	debug := start(t, ownCredentials, "--in-memory", "--log-level", "debug")
	debug.want(http.StatusOK, http.MethodGet, "/healthz", "")
	debug.stop()
	if log := debug.stderr.String(); !strings.Contains(log, "path=/healthz") {
		t.Errorf("%s", log)
	}
}

func TestLimitsAreTheConfiguredOnes(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory", "--max-body-bytes", "200", "--account-limit", "1", "--token-life", "90s", "--max-header-bytes", "5000")
	_, body := s.askToken("operator", "correct horse battery staple")
	if life := (answer{Body: body}).At("expires_in"); life != 90.0 {
		t.Errorf("a token is good for %v s", life)
	}
	s.signIn("operator", "correct horse battery staple")
	account, ron, ann := s.createAccount("acme"), s.createMember("ron"), s.createMember("ann")
	list := "/v2/accounts/" + account + "/account-memberships"
	s.want(http.StatusCreated, http.MethodPost, list, membershipBody(ron))
	if a := s.want(http.StatusUnprocessableEntity, http.MethodPost, list, membershipBody(ann)); !bytes.Contains(a.Body, []byte("account_full")) {
		t.Errorf("%s", a.Body)
	}
	s.want(http.StatusRequestEntityTooLarge, http.MethodPost, "/v2/accounts", `{"data":{"type":"account","name":"`+strings.Repeat("a", 200)+`"}}`)
	if a := s.ask("/v2/accounts", "", "X-Padding", strings.Repeat("a", 20_000)); a.Status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("a head of 20 KB: %d", a.Status)
	}
}

func TestAFileIsOpenedAsTheFlagsSay(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--synchronous", "normal"}, {"--busy-timeout", "0s"}, {"--busy-timeout", "1s", "--synchronous", "full"}} {
		s := start(t, ownCredentials, append(args, "--db", newDatabase(t))...)
		s.signIn("operator", "correct horse battery staple")
		s.createAccount("acme")
	}
}

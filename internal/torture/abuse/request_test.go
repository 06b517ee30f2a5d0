package abuse_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// hostile is what one connection sends, and what comes back.
type hostile struct {
	name string
	text string
	want []int // the statuses of the answers, in their order; behind them the server closes, or waits for more
	says string
	cut  bool // the client sends no more, and the server waits for more
}

// answers are the statuses of all answers, and all else that they say.
func (w wire) answers(h hostile) (statuses []int, texts string) {
	defer func() { _ = w.Close() }()
	method, _, _ := strings.Cut(h.text, " ")
	for {
		// Why not before: net/http takes a client that ends its half for one that has gone, unless it waits for a body.
		if h.cut || len(statuses) == len(h.want) {
			_ = w.Conn.(*net.TCPConn).CloseWrite()
		}
		r, _ := w.Answer(method)
		if r.Status == 0 {
			return statuses, texts
		}
		statuses, texts = append(statuses, r.Status), texts+string(r.Body)+fmt.Sprint(r.Header)
	}
}

// victim is a server with an account, and how to ask for it.
type victim struct {
	*servertest.Server
	client  *servertest.Client
	account string // the path
	auth    string // the headers of every good request
}

func newVictim(t *testing.T, args ...string) victim {
	t.Helper()
	s := servertest.Start(t, append([]string{"--in-memory"}, args...)...)
	v := victim{Server: s, client: s.SignIn(t)}
	v.auth = "Host: roster.test\r\nAuthorization: Bearer " + v.client.Token + "\r\n"
	v.account = "/v2/accounts/" + v.client.Want(t, http.StatusCreated, http.MethodPost, "/v2/accounts", namedAccount("Acme")).Text("data", "id")
	return v
}

func namedAccount(name string) string { return `{"data":{"type":"account","name":"` + name + `"}}` }

// get is a good request for a path with more headers, each with its end of line.
func (v victim) get(path, headers string) string {
	return "GET " + path + " HTTP/1.1\r\n" + v.auth + headers + "\r\n"
}

// post is the head of a request that creates an account, with the headers that tell of its body, and the body.
func (v victim) post(headers, body string) string {
	return "POST /v2/accounts HTTP/1.1\r\n" + v.auth + headers + "\r\n" + body
}

func (v victim) accounts(t *testing.T) int {
	t.Helper()
	return v.client.Want(t, http.StatusOK, http.MethodGet, "/v2/accounts?page[limit]=0", "").Total()
}

func TestARequestThatNoClientSendsHarmsNobody(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	all := slices.Concat(v.bombs(), v.bodies(t), v.lengths(), v.lines(), v.paths(), v.names())
	for _, h := range all {
		w := dial(t, v.Server)
		w.Send(h.text)
		got, body := w.answers(h)
		if !slices.Equal(got, h.want) || !strings.Contains(body, h.says) {
			t.Errorf("%s: answered with %d %.300s, want %d %s", h.name, got, body, h.want, h.says)
		}
		if strings.Contains(body, "evil.example") {
			t.Errorf("%s: the answer repeats another host: %s", h.name, body)
		}
		if n := v.accounts(t); n != 1 {
			t.Fatalf("%s: there are %d accounts", h.name, n)
		}
	}
	if log := v.Log.String(); strings.Contains(log, "panic") || strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has faults of the server's own:\n%s", log)
	}
	torture.Report(t, torture.Result{
		Part: torture.Abuse, Promise: "A request that no client sends is refused or means what the standard says, and changes nothing",
		Method: "raw bytes on a connection of their own, then a count of the accounts", Rounds: len(all),
		Measured: fmt.Sprintf("%d kinds: heads, lengths, bodies, paths, hosts, methods, versions; no panic", len(all)),
	})
}

const (
	ok          = http.StatusOK
	bad         = http.StatusBadRequest
	missing     = http.StatusNotFound
	tooLarge    = http.StatusRequestEntityTooLarge
	headTooBig  = http.StatusRequestHeaderFieldsTooLarge
	notAllowed  = http.StatusMethodNotAllowed
	noTransfer  = http.StatusNotImplemented
	compressed  = http.StatusUnsupportedMediaType
	noVersion   = http.StatusHTTPVersionNotSupported
	kb          = 1 << 10
	lengthOf    = "Content-Length: %d\r\n"
	chunks      = "Transfer-Encoding: chunked\r\n"
	noMoreChunk = "0\r\n\r\n"
)

// bombs are heads that are large.
func (v victim) bombs() []hostile {
	return []hostile{
		{"a header of 16 KB", v.get(v.account, "X: "+strings.Repeat("a", 16*kb)+"\r\n"), []int{ok}, "Acme", false},
		{"a header of 80 KB", v.get(v.account, "X: "+strings.Repeat("a", 80*kb)+"\r\n"), []int{headTooBig}, "", false},
		{"a header of 10 MB", v.get(v.account, "X: "+strings.Repeat("a", 10<<20)+"\r\n"), []int{headTooBig}, "", false},
		{"1,000 headers", v.get(v.account, strings.Repeat("X: a\r\n", 1000)), []int{ok}, "Acme", false},
		{"20,000 headers", v.get(v.account, strings.Repeat("X: a\r\n", 20_000)), []int{headTooBig}, "", false},
		{"a path of 80 KB", v.get("/"+strings.Repeat("a", 80*kb), ""), []int{headTooBig}, "", false},
		{"a query of 60 KB", v.get("/v2/accounts?filter="+strings.Repeat("a", 60*kb), ""), []int{bad}, "invalid_filter", false},
		{"a method of 80 KB", strings.Repeat("A", 80*kb) + " / HTTP/1.1\r\n" + v.auth + "\r\n", []int{headTooBig}, "", false},
		{"2,000 ranges", v.get("/openapi.yaml", "Range: bytes="+strings.Repeat("0-1,", 2000)+"0-1\r\n"), []int{ok}, "openapi: 3.1.0", false},
	}
}

// bodies are bodies that are large, compressed, cut off or no text.
func (v victim) bodies(t *testing.T) []hostile {
	t.Helper()
	good := namedAccount("bomb")
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 64*kb, strings.Repeat(" ", 64*kb))
	bomb := zipped(t, 64<<20)
	odd := namedAccount("\xc0\xaf\xff\xfe")
	return []hostile{
		{"2 MB", v.post(fmt.Sprintf(lengthOf, 2<<20), strings.Repeat(" ", 2<<20)), []int{tooLarge}, "body_too_large", false},
		{"2 MB in chunks", v.post(chunks, strings.Repeat(chunk, 32)+noMoreChunk), []int{tooLarge}, "body_too_large", false},
		{"99 GB that never come", v.post("Content-Length: 99999999999\r\n", good), []int{bad}, "malformed_body", true},
		{"less than promised", v.post(fmt.Sprintf(lengthOf, len(good)+1), good), []int{bad}, "malformed_body", true},
		{"more than promised", v.post(fmt.Sprintf(lengthOf, 2), good), []int{bad, bad}, "malformed_body", false},
		{"chunks that never end", v.post(chunks, "5\r\n{    \r\n"), []int{bad}, "malformed_body", true},
		{"chunks with long extensions", v.post(chunks, strings.Repeat("1;"+strings.Repeat("a", 4000)+"\r\n \r\n", 300)+noMoreChunk), []int{bad}, "malformed_body", false},
		{"a chunk larger than any number", v.post(chunks, "FFFFFFFFFFFFFFFFF\r\n"), []int{bad}, "malformed_body", false},
		{"a chunk of -1", v.post(chunks, "-1\r\n"), []int{bad}, "malformed_body", false},
		{"200 KB of trailers", v.post(chunks, "0\r\n"+strings.Repeat("X: a\r\n", 33_000)+"\r\n"), []int{bad}, "malformed_body", false},
		{"64 MB in 64 KB of gzip", v.post("Content-Encoding: gzip\r\n"+fmt.Sprintf(lengthOf, len(bomb)), bomb), []int{compressed}, "unsupported_encoding", false},
		{"gzip that says nothing of it", v.post(fmt.Sprintf(lengthOf, len(bomb)), bomb), []int{bad}, "malformed_body", false},
		{"no gzip that says it is", v.post("Content-Encoding: gzip\r\n"+fmt.Sprintf(lengthOf, len(good)), good), []int{compressed}, "unsupported_encoding", false},
		{"malformed UTF-8", v.post(fmt.Sprintf(lengthOf, len(odd)), odd), []int{bad}, "not valid UTF-8", false},
		{"a NUL in JSON", v.post(fmt.Sprintf(lengthOf, len(good)), strings.Replace(good, "bomb", "b\x00mb", 1)), []int{bad}, "malformed_body", false},
		{"an escaped NUL", v.post(fmt.Sprintf(lengthOf, len(good)+5), strings.Replace(good, "bomb", `b\u0000mb`, 1)), []int{bad}, "name", false},
		{"100,000 brackets", v.post(fmt.Sprintf(lengthOf, 100_000), strings.Repeat("[", 100_000)), []int{bad}, "malformed_body", false},
		{"a body that is asked for", v.post("Expect: 100-continue\r\n"+fmt.Sprintf(lengthOf, len(good)), good[:9]), []int{http.StatusContinue, bad}, "malformed_body", true},
		{"an expectation that nobody meets", v.post("Expect: 200-maybe\r\n"+fmt.Sprintf(lengthOf, 2), "{}"), []int{http.StatusExpectationFailed}, "", false},
	}
}

func zipped(t *testing.T, size int) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	zeros := make([]byte, 64*kb)
	for range size / len(zeros) {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// lengths say in two ways, or in a wrong one, where a request ends, so that what follows may be taken for another.
func (v victim) lengths() []hostile {
	good := namedAccount("smuggled")
	inner := v.post(fmt.Sprintf(lengthOf, len(good)), good)
	return []hostile{
		{"length, then chunks", v.post(fmt.Sprintf(lengthOf, 4)+chunks, noMoreChunk+inner), []int{bad}, "malformed_body", false},
		{"chunks, then length", v.post(chunks+fmt.Sprintf(lengthOf, len(noMoreChunk+inner)), noMoreChunk+inner), []int{bad}, "malformed_body", false},
		{"two lengths", v.post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"+inner), []int{bad}, "", false},
		{"the same length twice", v.post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), []int{bad}, "invalid_field", false},
		{"a list of lengths", v.post("Content-Length: 2, 2\r\n", "{}"+inner), []int{bad}, "", false},
		{"a length below 0", v.post("Content-Length: -1\r\n", inner), []int{bad}, "", false},
		{"a length with a sign", v.post("Content-Length: +2\r\n", "{}"+inner), []int{bad}, "", false},
		{"a length beyond any number", v.post("Content-Length: 99999999999999999999999999\r\n", inner), []int{bad}, "", false},
		{"an unknown transfer encoding", v.post("Transfer-Encoding: xchunked\r\n", noMoreChunk+inner), []int{noTransfer}, "", false},
		{"two transfer encodings", v.post(chunks+"Transfer-Encoding: identity\r\n", noMoreChunk+inner), []int{noTransfer}, "", false},
		{"compressed chunks", v.post("Transfer-Encoding: gzip, chunked\r\n", noMoreChunk+inner), []int{noTransfer}, "", false},
		{"a transfer encoding with a space", v.post("Transfer-Encoding : chunked\r\n", noMoreChunk+inner), []int{bad}, "", false},
		{"chunks in HTTP/1.0", strings.Replace(v.post(chunks, noMoreChunk+inner), "HTTP/1.1", "HTTP/1.0", 1), []int{bad}, "", false},
	}
}

// lines are request lines and headers that are not as they should be.
func (v victim) lines() []hostile {
	good := v.get(v.account, "")
	return []hostile{
		{"bare line feeds, which the standard allows to take", strings.ReplaceAll(good, "\r", ""), []int{ok}, "Acme", false},
		{"a bare carriage return", v.get(v.account, "X: a\rb\r\n"), []int{bad}, "", false},
		{"a NUL in a header", v.get(v.account, "X: a\x00b\r\n"), []int{bad}, "", false},
		{"a folded header", v.get(v.account, "X: a\r\n b\r\n"), []int{ok}, "Acme", false},
		{"a fold in front of all headers", "GET " + v.account + " HTTP/1.1\r\n X: a\r\n" + v.auth + "\r\n", []int{bad}, "", false},
		{"a header without a colon", v.get(v.account, "Xabc\r\n"), []int{bad}, "", false},
		{"a header without a name", v.get(v.account, ": a\r\n"), []int{bad}, "", false},
		{"two tokens", v.get(v.account, "Authorization: Bearer x\r\n"), []int{http.StatusUnauthorized}, "unauthorized", false},
		{"HTTP/1.0", strings.Replace(good, "HTTP/1.1", "HTTP/1.0", 1), []int{ok}, "Acme", false},
		{"HTTP/0.9", "GET " + v.account + "\r\n\r\n", []int{bad}, "", false},
		{"HTTP/1.10", strings.Replace(good, "HTTP/1.1", "HTTP/1.10", 1), []int{bad}, "", false},
		{"HTTP/2.0 in a line", strings.Replace(good, "HTTP/1.1", "HTTP/2.0", 1), []int{noVersion}, "", false},
		{"HTTP/3.7", strings.Replace(good, "HTTP/1.1", "HTTP/3.7", 1), []int{noVersion}, "", false},
		{"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", []int{missing}, "route_not_found", false},
		{"an upgrade to HTTP/2", v.get(v.account, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), []int{ok}, "Acme", false},
		{"an upgrade to a WebSocket", v.get(v.account, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"), []int{ok}, "Acme", false},
		{"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{bad}, "", false},
		{"bytes", "\x00\x01\x02\x03\r\n\r\n", []int{bad}, "", false},
		{"three requests at once", good + good + good, []int{ok, ok, ok}, "Acme", false},
		{"a good one in front of a bad one", good + "nonsense\r\n\r\n" + good, []int{ok, bad}, "Acme", false},
	}
}

// paths are ways around the one path that a resource has.
func (v victim) paths() (all []hostile) {
	_, id, _ := strings.Cut(v.account, "accounts/")
	for path, status := range map[string]int{
		"/v2/../v2/accounts/" + id: missing, "/v2/accounts/%2e%2e/accounts/" + id: missing, "/v2/accounts/..;/accounts": missing,
		"/v2/..\\accounts": missing, "/v2%2faccounts": missing, "/v2/accounts%2f" + id: missing, "/v2/accounts;x=y/" + id: missing,
		"//v2//accounts//" + id + "//": ok, "/v2/accounts/%c0%ae%c0%ae": missing, "/v2/accounts/%ff": missing, "/v2/accounts/\xff\xfe": missing,
		"/v2/accounts/%00": missing, "/v2/accounts/" + id + "%00": missing, "/v2/accounts/\x00": bad, "/v2/accounts/%zz": bad,
		"/v2/accounts/a b": bad, v.account + "#x": missing, "*": missing, "://x": bad, "v2/accounts": bad,
		"/V2/ACCOUNTS/" + id: missing, v.account + ".json": missing, v.account + "?_method=DELETE&access_token=x": ok,
		"http://other.example" + v.account: ok, // a proxy's form: the path counts
	} {
		all = append(all, hostile{fmt.Sprintf("GET %.60q", path), v.get(path, ""), []int{status}, "", false})
	}
	for path, want := range map[string]struct {
		status int
		says   string
	}{
		"/console/assets/../../../etc/passwd":       {http.StatusTemporaryRedirect, "Location:[/etc/passwd]"}, // on this server, where there is none
		"/etc/passwd":                               {missing, "route_not_found"},
		"/console/assets/..%2f..%2f..%2fetc/passwd": {http.StatusSeeOther, "/console/sign-in"},
	} {
		all = append(all, hostile{"GET " + path, v.get(path, ""), []int{want.status}, want.says, false})
	}
	return all
}

// names are methods, hosts and headers that other servers believe.
func (v victim) names() (all []hostile) {
	for method, status := range map[string]int{
		"TRACE": notAllowed, "CONNECT": notAllowed, "PATCH": notAllowed, "get": notAllowed, "DEBUG": notAllowed, "PROPFIND": notAllowed,
		"G\x01T": bad, "": bad,
	} {
		all = append(all, hostile{fmt.Sprintf("the method %q", method), method + strings.TrimPrefix(v.get(v.account, ""), "GET"), []int{status}, "", false})
	}
	for host, status := range map[string]int{
		"": bad, "Host: other\r\nHost: roster.test\r\n": bad, "Host: a@b\r\n": bad, "Host: a/b\r\n": bad, "Host: a\"<script>\r\n": bad, "Host: a b\r\n": bad,
		"Host:\r\n": ok,
	} {
		text := strings.Replace(v.get(v.account, ""), "Host: roster.test\r\n", host, 1)
		all = append(all, hostile{fmt.Sprintf("the hosts %q", host), text, []int{status}, "", false})
	}
	const overrides = "X-HTTP-Method-Override: DELETE\r\nX-HTTP-Method: DELETE\r\nX-Method-Override: DELETE\r\n"
	const forwarded = "X-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /evil.example\r\n" +
		"Forwarded: host=evil.example\r\nX-Original-URL: /readyz\r\nX-Rewrite-URL: /readyz\r\nX-Host: evil.example\r\n"
	return append(all,
		hostile{"CONNECT to a host", "CONNECT evil.example:443 HTTP/1.1\r\n" + v.auth + "\r\n", []int{missing}, "route_not_found", false},
		hostile{"OPTIONS of everything", "OPTIONS * HTTP/1.1\r\n" + v.auth + "\r\n", []int{missing}, "route_not_found", false},
		hostile{"a GET that wants to be a DELETE", v.get(v.account, overrides), []int{ok}, "Acme", false},
		hostile{"a POST that wants to be a DELETE", strings.Replace(v.get(v.account, overrides+"Content-Length: 0\r\n"), "GET", "POST", 1), []int{notAllowed}, "", false},
		hostile{"headers of proxies", v.get(v.account, forwarded), []int{ok}, `"http://roster.test/v2/accounts/`, false},
	)
}

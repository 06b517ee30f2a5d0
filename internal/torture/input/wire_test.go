package input_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// wireCase is a request as it goes over the wire, and what it is answered.
type wireCase struct {
	name   string
	head   string // request line and headers, each line ended by a newline; Host, Authorization and lengths are added
	body   string
	status int    // 0 where net/http hangs up without an answer
	says   string // is in the answer's body
	raw    bool   // nothing is added
}

const (
	post    = "POST /v2/account-tags HTTP/1.1\n"
	nothing = "00000000-0000-7000-8000-00000000dead"
)

func tagged(members string) string { return `{"data":{"type":"account_tag",` + members + `}}` }

// get is a request for a target, of an account's by default.
func get(target string) string { return "GET " + target + " HTTP/1.1\n" }

// jsonCases are what encoding/json would take, and roster does not.
var jsonCases = []wireCase{
	{"a key twice", post, tagged(`"name":"a","name":"b"`), 400, "twice", false},
	{"a key twice, once escaped", post, tagged(`"name":"a","n\u0061me":"b"`), 400, "twice", false},
	{"a key twice in an object that means nothing", post, tagged(`"name":"a","x":{"y":1,"y":2}`), 400, "/data/x/y", false},
	{"data twice", post, `{"data":{"type":"account_tag","name":"a"},"data":{}}`, 400, "twice", false},
	{"a key of another case", post, tagged(`"NAME":"a"`), 400, "name is required", false},
	{"data of another case", post, `{"Data":{"type":"account_tag","name":"a"}}`, 400, "data is required", false},
	{"a type of another case", post, `{"data":{"type":"Account_Tag","name":"a"}}`, 400, "/data/type", false},
	{"a second document", post, tagged(`"name":"a"`) + `{}`, 400, "after top-level value", false},
	{"a second document on a line of its own", post, tagged(`"name":"a"`) + "\n" + tagged(`"name":"b"`), 400, "after top-level value", false},
	{"something behind the document", post, tagged(`"name":"a"`) + "x", 400, "not JSON", false},
	{"a NUL behind the document", post, tagged(`"name":"a"`) + "\x00", 400, "not JSON", false},
	{"a byte order mark", post, "\ufeff" + tagged(`"name":"a"`), 400, "not JSON", false},
	{"UTF-16", post, "\xff\xfe{\x00}\x00", 400, "UTF-8", false},
	{"invalid UTF-8", post, tagged("\"name\":\"a\xff\""), 400, "UTF-8", false},
	{"invalid UTF-8 in a key", post, tagged("\"name\":\"a\",\"\xc3\":1"), 400, "UTF-8", false},
	{"an overlong NUL", post, tagged("\"name\":\"\xc0\x80\""), 400, "UTF-8", false},
	{"half a surrogate pair", post, tagged(`"name":"\ud83d"`), 400, "surrogate", false},
	{"the other half", post, tagged(`"name":"\ude00"`), 400, "surrogate", false},
	{"the halves turned round", post, tagged(`"name":"\ude00\ud83d"`), 400, "surrogate", false},
	{"half a pair in a key", post, tagged(`"name":"a","\uD800":1`), 400, "surrogate", false},
	{"a whole pair", post, tagged(`"name":"\ud83d\ude00 a pair"`), 201, "\U0001F600 a pair", false},
	{"a NUL", post, tagged(`"name":"a\u0000"`), 400, "NUL", false},
	{"a raw control character", post, tagged("\"name\":\"a\x01\""), 400, "not JSON", false},
	{"a raw newline", post, tagged("\"name\":\"a\nb\""), 400, "not JSON", false},
	{"an escaped one", post, tagged(`"name":"two\nlines"`), 201, `two\nlines`, false},
	{"nothing", post, "", 400, "empty", false},
	{"blanks", post, " \r\n\t", 400, "empty", false},
	{"null", post, "null", 400, "object", false},
	{"a list", post, `[{"data":{}}]`, 400, "object", false},
	{"a list of data", post, `{"data":[{"type":"account_tag","name":"a"}]}`, 400, "/data", false},
	{"a text", post, `"data"`, 400, "object", false},
	{"comments", post, `{/**/"data":{"type":"account_tag","name":"a"}}`, 400, "not JSON", false},
	{"a trailing comma", post, `{"data":{"type":"account_tag","name":"a",}}`, 400, "not JSON", false},
	{"single quotes", post, `{'data':{'type':'account_tag','name':'a'}}`, 400, "not JSON", false},
	{"a number as a name", post, tagged(`"name":1`), 400, "/data/name", false},
	{"deep arrays", post, tagged(`"name":"a","x":` + strings.Repeat("[", 33) + strings.Repeat("]", 33)), 400, "deeper", false},
	{"very deep arrays", post, strings.Repeat("[", 100_000), 400, "not JSON", false},
	{"very deep objects", post, strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), 400, "not JSON", false},
	{"a key like a prototype", post, tagged(`"name":"proto","__proto__":{"name":"b"}`), 201, `"proto"`, false},
}

// numberCases are numbers that a float or an int would change.
var numberCases = func() (all []wireCase) {
	const settings = "PUT /v2/settings/account-membership HTTP/1.1\n"
	for number, status := range map[string]int{
		"1e400": 400, "-1e400": 400, "1e-400": 400, "NaN": 400, "Infinity": 400, "+5": 400, "-0": 400, "0": 400, "05": 400, "5.": 400, ".5": 400, "0x5": 400, "5e": 400,
		"5.5": 400, `"5"`: 400, "null": 400, "true": 400, "[5]": 400, "18446744073709551617": 400, strings.Repeat("9", 100_000): 400, "1e" + strings.Repeat("9", 1000): 400,
		"10000": 200, "1e4": 200, "10000.0": 200, "100000e-1": 200,
	} {
		all = append(all, wireCase{fmt.Sprintf("the number %.20s", number), settings, `{"data":{"type":"account_membership_setting","membership_limit":` + number + `}}`, status, "", false})
	}
	for value, status := range map[string]int{"1e400": 422, "-0": 201, "1e-400": 201, "0.1000000000000000055511151231257827": 201, "123456789012345678901234567890": 201} {
		says := `"score":` + value
		if status != 201 {
			says = "/data/score"
		}
		all = append(all, wireCase{"a field with " + value, "POST /v2/accounts HTTP/1.1\n", `{"data":{"type":"account","name":"a","score":` + value + `}}`, status, says, false})
	}
	for value, status := range map[string]int{"9223372036854775807": 201, "-9223372036854775808": 201, "9223372036854775808": 422, "1.0": 422, "1e2": 422, "-0": 422, `"1"`: 400} {
		says := `"count":` + value
		if status != 201 {
			says = "/data/count"
		}
		all = append(all, wireCase{"an integer field with " + value, "POST /v2/accounts HTTP/1.1\n", `{"data":{"type":"account","name":"a","count":` + value + `}}`, status, says, false})
	}
	return all
}()

// pathCases are what net/http decodes before a handler sees it.
var pathCases = []wireCase{
	{"dots", get("/v2/accounts/.."), "", 404, "account_not_found", false},
	{"escaped dots", get("/v2/accounts/%2e%2e"), "", 404, "account_not_found", false},
	{"dots on the way", get("/v2/accounts/../account-tags"), "", 404, "route_not_found", false},
	{"an escaped slash", get("/v2/accounts/a%2Fb"), "", 404, "account_not_found", false},
	{"an escaped slash to elsewhere", get("/v2/account-tags/" + nothing + "%2F.."), "", 404, "tag_not_found", false},
	{"a NUL", get("/v2/accounts/%00"), "", 404, "account_not_found", false},
	{"invalid UTF-8", get("/v2/accounts/%ff"), "", 404, "account_not_found", false},
	{"a newline", get("/v2/accounts/%0d%0aX-Injected:%201"), "", 404, "account_not_found", false},
	{"half an escape", get("/v2/accounts/%zz"), "", 400, "", false},
	{"an id in braces", get("/v2/accounts/%7B" + nothing + "%7D"), "", 404, "account_not_found", false},
	{"the zero id", get("/v2/accounts/00000000-0000-0000-0000-000000000000"), "", 404, "account_not_found", false},
	{"an id with SQL", get("/v2/accounts/" + nothing + "'%20OR%20'1'='1"), "", 404, "account_not_found", false},
	{"doubled slashes", get("//v2///account-tags//"), "", 200, `"data"`, false},
	{"an absolute target", get("http://elsewhere.example/v2/account-tags"), "", 200, `"data"`, false},
	{"a star", "OPTIONS * HTTP/1.1\n", "", 404, "route_not_found", false},
	{"an authority", "CONNECT elsewhere.example:443 HTTP/1.1\n", "", 404, "route_not_found", false},
	{"a method of another case", "get /v2/account-tags HTTP/1.1\n", "", 405, "method_not_allowed", false},
	{"an unknown method", "BREW /v2/account-tags HTTP/1.1\n", "", 405, "method_not_allowed", false},
	{"a method override", "GET /v2/account-tags HTTP/1.1\nX-HTTP-Method-Override: DELETE\n", "", 200, `"data"`, false},
	{"a path below a resource", get("/v2/account-tags/" + nothing + "/x"), "", 404, "route_not_found", false},
	{"etc/passwd", get("/console/../../../../etc/passwd"), "", 307, "Redirect", false}, // to the plain path
	{"an escaped etc/passwd", get("/console/assets/..%2f..%2f..%2fetc%2fpasswd"), "", 404, "", false},
	{"a very long path", get("/v2/accounts/" + strings.Repeat("a", 60_000)), "", 404, "account_not_found", false},
}

// queryCases are what URL.Query and strconv would let pass.
var queryCases = []wireCase{
	{"a percent sign", get("/v2/account-tags?filter=%zz"), "", 400, "invalid_query", false},
	{"a percent sign beside", get("/v2/account-tags?x=%&page[limit]=1"), "", 400, "invalid_query", false},
	{"a semicolon", get("/v2/account-tags?filter=eq(name,'a;b');sort=name"), "", 400, "invalid_filter", false},
	{"a semicolon within", get("/v2/account-tags?filter=eq(name,'a;b')"), "", 200, `"data"`, false},
	{"a filter twice", get("/v2/account-tags?filter=eq(name,a)&filter=eq(name,b)"), "", 400, "more than once", false},
	{"a NUL", get("/v2/account-tags?filter=eq(name,%00)"), "", 400, "invalid_filter", false},
	{"invalid UTF-8", get("/v2/account-tags?filter=eq(name,%22%ff%22)"), "", 400, "invalid_filter", false},
	{"a signed limit", get("/v2/account-tags?page[limit]=%2B5"), "", 400, "page[limit]", false},
	{"a blank for a sign", get("/v2/account-tags?page[limit]=+5"), "", 400, "page[limit]", false},
	{"a negative offset", get("/v2/account-tags?page[offset]=-1"), "", 400, "page[offset]", false},
	{"minus nothing", get("/v2/account-tags?page[offset]=-0"), "", 400, "page[offset]", false},
	{"an exponent", get("/v2/account-tags?page[limit]=1e1"), "", 400, "page[limit]", false},
	{"a hexadecimal limit", get("/v2/account-tags?page[limit]=0x10"), "", 400, "page[limit]", false},
	{"an underscore", get("/v2/account-tags?page[limit]=1_0"), "", 400, "page[limit]", false},
	{"other digits", get("/v2/account-tags?page[limit]=%D9%A1"), "", 400, "page[limit]", false},
	{"an empty limit", get("/v2/account-tags?page[limit]="), "", 400, "page[limit]", false},
	{"a huge limit", get("/v2/account-tags?page[limit]=99999999999999999999999"), "", 200, `"limit":100`, false},
	{"a huge offset", get("/v2/account-tags?page[offset]=99999999999999999999999"), "", 400, "page[offset]", false},
	{"a limit twice", get("/v2/account-tags?page[limit]=1&page%5Blimit%5D=2"), "", 400, "more than once", false},
	{"an order by SQL", get("/v2/account-tags?sort=name;DROP%20TABLE%20roster_tags"), "", 400, "invalid_sort", false},
	{"an order by a number", get("/v2/account-tags?sort=1"), "", 400, "invalid_sort", false},
	{"many parameters", get("/v2/account-tags?" + strings.Repeat("a&", 10_001)), "", 400, "invalid_query", false},
	{"a signed change", get("/v1/changes?after=%2B1"), "", 400, "after", false},
	{"a change that is no number", get("/v1/changes?after=NaN"), "", 400, "after", false},
	{"a huge change", get("/v1/changes?after=99999999999999999999"), "", 400, "after", false},
	{"an unknown parameter of changes", get("/v1/changes?acount_id=x"), "", 400, "unknown here", false},
	{"a Last-Event-ID that is none", "GET /v1/changes HTTP/1.1\nAccept: text/event-stream\nLast-Event-ID: 1;2\n", "", 400, "Last-Event-ID", false},
	{"a signed Last-Event-ID", "GET /v1/changes HTTP/1.1\nAccept: text/event-stream\nLast-Event-ID: +1\n", "", 400, "Last-Event-ID", false},
	{"a huge Last-Event-ID", "GET /v1/changes HTTP/1.1\nAccept: text/event-stream\nLast-Event-ID: 99999999999999999999\n", "", 400, "Last-Event-ID", false},
}

const token = "POST /oauth/access_token HTTP/1.1\n"

// headCases are what may stand in front of a body.
var headCases = []wireCase{
	{"no token", "GET /v2/account-tags HTTP/1.1\nHost: x\n", "", 401, "unauthorized", true},
	{"two tokens", "GET /v2/account-tags HTTP/1.1\nAuthorization: Bearer x\n", "", 401, "unauthorized", false},
	{"a token of many bytes", "GET /v2/account-tags HTTP/1.1\nHost: x\nAuthorization: Bearer \xff\xfe'; --\n", "", 401, "unauthorized", true},
	{"an implicit token of somebody's", "GET /v2/account-tags HTTP/1.1\nHost: x\nAuthorization: Bearer implicit.9999999999.operator\n", "", 401, "unauthorized", true},
	{"two hosts", "GET /v2/account-tags HTTP/1.1\nHost: a\nHost: b\n", "", 400, "", true},
	{"no host", "GET /v2/account-tags HTTP/1.1\n", "", 400, "", true},
	{"a host with a newline", "GET /v2/account-tags HTTP/1.1\nHost: a\rb\n", "", 400, "", true},
	{"a header with a NUL", "GET /v2/account-tags HTTP/1.1\nX: a\x00b\n", "", 400, "", false},
	{"a header that goes on", "GET /v2/account-tags HTTP/1.1\nX: a\n b\n", "", 200, `"data"`, false},
	{"a header with a blank before the colon", "GET /v2/account-tags HTTP/1.1\nContent-Length : 3\n", "", 400, "", false},
	{"two lengths", "POST /v2/account-tags HTTP/1.1\nHost: x\nContent-Length: 3\nContent-Length: 4\n", "abcd", 400, "", true},
	{"a signed length", "POST /v2/account-tags HTTP/1.1\nHost: x\nContent-Length: +4\n", "abcd", 400, "", true},
	{"a negative length", "POST /v2/account-tags HTTP/1.1\nHost: x\nContent-Length: -4\n", "abcd", 400, "", true},
	{"an odd encoding", "POST /v2/account-tags HTTP/1.1\nHost: x\nTransfer-Encoding: gzip, chunked\n", "0\r\n\r\n", 501, "", true},
	{"a chunk of a wrong length", "POST /v2/account-tags HTTP/1.1\nHost: x\nAuthorization: TOKEN\nTransfer-Encoding: chunked\n", "zz\r\n{}\r\n0\r\n\r\n", 400, "malformed_body", true},
	{"HTTP/1.0", "GET /openapi.yaml HTTP/1.0\n", "", 200, "openapi:", true},
	{"HTTP/0.9", "GET /openapi.yaml\n", "", 400, "", true},
	{"HTTP/3.0", "GET /openapi.yaml HTTP/3.0\nHost: x\n", "", 505, "", true},
	{"a request line of nothing", "\n", "", 400, "", true},
	{"bytes that are no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", "", 400, "", true},
	{"a header of 100 KB", "GET /v2/account-tags HTTP/1.1\nX: " + strings.Repeat("a", 100<<10) + "\n", "", 431, "", false},
	{"any content type", "POST /v2/account-tags HTTP/1.1\nContent-Type: text/plain; charset=utf-7\n", tagged(`"name":"of any type"`), 201, "of any type", false},
	{"a content type of bytes", "POST /v2/account-tags HTTP/1.1\nContent-Type: \xff;;;=\"\n", tagged(`"name":"of no type"`), 201, "of no type", false},
	{"an Accept of bytes", "GET /v2/account-tags HTTP/1.1\nAccept: \xff, */;q=x, text/event-stream;;q\n", "", 200, `"data"`, false},
	{"a request id that is sane", "GET /v2/account-tags HTTP/1.1\nX-Request-Id: abc-123\n", "", 200, `"data"`, false},
	{"a request id with a log line", "GET /v2/account-tags HTTP/1.1\nX-Request-Id: a level=ERROR msg=\"forged\"\n", "", 200, `"data"`, false},
	{"a request id with escapes", "GET /v2/account-tags HTTP/1.1\nX-Request-Id: \x1b[31mred\n", "", 400, "", false},
	{"a forwarded host", "GET /v2/account-tags HTTP/1.1\nX-Forwarded-Host: evil.example\nX-Forwarded-For: \xff', 1\nX-Forwarded-Proto: javascript\n", "", 200, `"data"`, false},
	{"a console form from elsewhere", "POST /console/sign-in HTTP/1.1\nHost: x\nOrigin: https://evil.example\nContent-Type: application/x-www-form-urlencoded\n", "client_id=a&client_secret=b", 403, "", true},
	{"a form that is none", token, "grant_type=client_credentials&client_id=%zz&client_secret=x", 400, "malformed_body", false},
	{"a form with semicolons", token, "grant_type=client_credentials;client_id=a;client_secret=x", 400, "malformed_body", false},
	{"a form with a client twice", token, "grant_type=client_credentials&client_id=a&client_id=b&client_secret=x", 400, "more than once", false},
	{"a client with a NUL", token, "grant_type=client_credentials&client_id=%00&client_secret=%00", 401, "invalid_client", false},
	{"a client of bytes", token, "grant_type=client_credentials&client_id=%ff&client_secret=%ff", 401, "invalid_client", false},
	{"a client with SQL", token, "grant_type=client_credentials&client_id='+OR+1=1--&client_secret=x", 401, "invalid_client", false},
	{"an implicit client with a NUL", token, "grant_type=implicit&client_id=%00", 401, "invalid_client", false},
	{"a grant of another case", token, "grant_type=Client_Credentials&client_id=a&client_secret=b", 400, "grant_type", false},
	{"JSON for a form, with a key twice", token, `{"grant_type":"implicit","client_id":"a","client_id":"b"}`, 400, "twice", false},
	{"JSON for a form, with a number", token, `{"grant_type":"implicit","client_id":1}`, 400, "client_id", false},
	{"Basic with a NUL", "POST /oauth/access_token HTTP/1.1\nHost: x\nAuthorization: Basic " + base64.StdEncoding.EncodeToString([]byte("a\x00:b\xff")) + "\n", "grant_type=client_credentials", 401, "invalid_client", true},
}

// TestMalformedRequestsAreRefusedOrMeanOneThing sends what a Go client would not over connections of its own. The server goes on
// and keeps its log in lines.
func TestMalformedRequestsAreRefusedOrMeanOneThing(t *testing.T) {
	t.Parallel()
	rounds := 0
	for _, format := range []string{"text", "json"} {
		s := servertest.Start(t, "--in-memory", "--log-format", format)
		client := s.SignIn(t)
		defineNumbers(t, client)
		cases := 0
		for _, group := range [][]wireCase{jsonCases, numberCases, pathCases, queryCases, headCases} {
			for _, c := range group {
				cases++
				c.check(t, s.URL, client.Token)
			}
		}
		client.Want(t, http.StatusOK, http.MethodGet, "/v2/account-tags", "")
		s.Stop()
		checkLog(t, s.Log.String(), format, cases/2)
		rounds += cases
	}
	torture.Report(t, torture.Result{Part: torture.Input, Promise: "A request that could be read in two ways is refused, with 4xx; no request is answered 5xx, or breaks a line of the log",
		Method: "requests over raw TCP to the built program: duplicate keys, surrogates, numbers, escapes, heads", Rounds: rounds})
}

// defineNumbers gives accounts fields for numbers.
func defineNumbers(t *testing.T, client *servertest.Client) {
	t.Helper()
	flow := client.Want(t, http.StatusCreated, http.MethodPost, "/v2/flows", `{"data":{"type":"flow","name":"Accounts","slug":"accounts"}}`).Text("data", "id")
	for slug, typ := range map[string]string{"score": "float", "count": "integer"} {
		client.Want(t, http.StatusCreated, http.MethodPost, "/v2/fields", fmt.Sprintf(`{"data":{"type":"field","name":%q,"slug":%q,"field_type":%q,"relationships":{"flow":{"data":{"type":"flow","id":%q}}}}}`,
			slug, slug, typ, flow))
	}
}

// check sends a case over a connection of its own.
func (c wireCase) check(t *testing.T, url, token string) {
	t.Helper()
	w := servertest.Dial(t, url)
	defer w.Close()
	go w.Send(c.text(token)) // the server may have answered before it has read everything
	r, _ := w.Answer("")
	body := string(r.Body)
	switch {
	case r.Status != c.status || !strings.Contains(body, c.says):
		t.Errorf("%s is answered with %d, %.200q, and not with %d, %q", c.name, r.Status, body, c.status, c.says)
	case r.Header.Get("X-Injected") != "" || strings.Contains(body, "evil.example"):
		t.Errorf("%s: what was sent is in the answer: %v, %.200q", c.name, r.Header, body)
	}
}

// text is the request with what every client sends.
func (c wireCase) text(token string) string {
	head := strings.ReplaceAll(c.head, "\n", "\r\n")
	if !c.raw {
		head += "Host: roster.example\r\nAuthorization: Bearer " + token + "\r\n"
	}
	head = strings.Replace(head, "TOKEN", "Bearer "+token, 1)
	if c.body != "" && !strings.Contains(head, "Content-Length") && !strings.Contains(head, "Transfer-Encoding") {
		head += fmt.Sprintf("Content-Length: %d\r\n", len(c.body))
	}
	return head + "Connection: close\r\n\r\n" + c.body
}

// checkLog looks for lines that somebody else has written.
func checkLog(t *testing.T, log, format string, least int) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
	requests := 0
	for _, line := range lines {
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u202e' }) {
			t.Errorf("the log has %q", line)
		}
		if format == "json" {
			var entry map[string]any
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Errorf("%v: %q", err, line)
			}
			if entry["msg"] == "request" {
				requests++
			}
		} else if strings.HasPrefix(line, "time=") && strings.Contains(line, " msg=request ") {
			requests++
		} else if !strings.HasPrefix(line, "time=") {
			t.Errorf("the log has %q", line)
		}
		if strings.Contains(line, "ERROR") && !strings.Contains(line, `\"forged\"`) || strings.Contains(line, "panic") {
			t.Errorf("the log has an error: %s", line)
		}
	}
	if requests < least {
		t.Errorf("%d requests are logged, want %d at least", requests, least)
	}
}

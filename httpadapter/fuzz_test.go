package httpadapter_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/roster-go/roster/httpadapter"
)

// FuzzRequest: no request makes the adapter panic, redirect, fail, or answer what openapi.yaml does not allow.
func FuzzRequest(f *testing.F) {
	for _, target := range []string{"/v2/accounts//", "/v2/accounts/%00/..", "/v2/accounts/{account}/account-memberships?include=account_member&page[limit]=1",
		"/v2/account-members?filter=eq(name,%22x%22)&sort=-name", "/v2/accounts/{account}/account-memberships/unassigned-account-members?filter=%zz",
		"/v2/account-members/{member}/account-memberships?page%5Boffset%5D=-1", "/oauth/access_token", "/%2e%2e/./..//", "*", "/v2/settings/account-membership;x",
		"/v2/accounts?include=account_tags&filter=contains(account_tags,{tag})", "/v2/authentication-realms/{realm}//password-profiles/?sort=-name",
		"/v2/flows/account-memberships/fields?sort=order", "/v2/accounts?filter=eq(tier,gold)&sort=-tier", "/v2/flows/%00/fields",
		"/v1/changes?after=0&limit=1&type=account.created", "/v1/changes?after=-1&account_id=x", "/v1/account-memberships/{membership}/history",
		"/v2/authentication-realms/{profile}/user-authentication-info/{realm}"} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "HEAD", "CONNECT"} {
			f.Add(method, withExamples(target), "", []byte(`{"data":{"type":"account","name":"x"}}`))
		}
	}
	operations(func(_, method, path string) {
		f.Add(method, withExamples(path), "", []byte(`{"data":[]}`))
		if example := requestExample(method, path); example != nil {
			f.Add(method, withExamples(path), "", []byte(asJSON(f, example)))
		}
	})
	f.Add("POST", "/oauth/access_token", "Basic eDp5", []byte("grant_type=client_credentials"))
	f.Add("GET", "/v2/accounts", "Bearer implicit.9.x", []byte{})
	f.Fuzz(func(t *testing.T, method, target, authorization string, body []byte) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.0\r\n\r\n")))
		if err != nil {
			t.Skip("net/http refuses it before the adapter")
		}
		r.Header.Set("Authorization", authorization)
		r.RemoteAddr = "192.0.2.1:1"
		r.ContentLength = int64(len(body))
		r.Body = readCloser{bytes.NewReader(body)}
		world := newWorld(t)
		world.unjudged = strings.ContainsAny(r.URL.EscapedPath(), "%.") // the judge knows no escapes
		if got := world.do(r); got.status >= http.StatusInternalServerError {
			t.Errorf("answered with %d: %s\n%s", got.status, got.body, world.log)
		}
	})
}

// FuzzBody: whatever the body, it is taken or refused, and what is created can be read and sent back.
func FuzzBody(f *testing.F) {
	var creates []string
	operations(func(pointer, _, path string) {
		if success(pointer) == http.StatusCreated {
			creates = append(creates, path)
		}
	})
	slices.Sort(creates)
	for i, path := range creates {
		f.Add(uint(i), asJSON(f, requestExample(http.MethodPost, path)))
		for _, body := range []string{`{"data":{"type":"account","name":"x","tier":"gold"}}`, `{"data":{"type":"flow","name":"x","slug":"account-members","enabled":false}}`,
			`{"data":{"type":"account_membership","account_member_id":"` + exampleID("member").String() + `","budget":1.50}}`,
			`{"data":{"type":"field","name":"x","slug":"x","field_type":"float","default":1e400,"relationships":{"flow":{"data":{"id":"` + exampleID("flow").String() + `"}}}}}`,
			`{"data":{"type":"field","name":"x","slug":"x","field_type":"date","default":"2026-01-05","validation_rules":[{"type":"between","options":{"to":"2027-01-05 00:00:00"}}],` +
				`"relationships":{"flow":{"data":{"id":"` + exampleID("flow").String() + `"}}}}}`,
			`{"data":{"type":"account","name":"x"}}`, `{"data":{"type":"account","name":"\ud83d\ude00","legal_name":null}}`,
			`{"data":{"type":"account_tag","name":"x","description":"\u0000"}}`, `{"data":{"type":"password_profile","name":"x","username_format":1}}`,
			`{"data":{"type":"account","name":"x","type":"y"}}`, `{"data":{"type":"account","name":"\ud800"}}`, `[[[[`, `{"data":1e999}`, "\xff", `{"data":{"type":"account","name":"\u0000"}}`} {
			f.Add(uint(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, i uint, body string) {
		world := newWorld(t)
		got := world.post(withExamples(creates[i%uint(len(creates))]), body)
		if got.status != http.StatusCreated {
			if got.status < http.StatusBadRequest || got.status >= http.StatusInternalServerError {
				t.Errorf("%q is answered with %d: %s", body, got.status, got.body)
			}
			return
		}
		path := strings.TrimPrefix(got.text("links.self"), "http://example.com")
		read := world.get(path).want(http.StatusOK)
		if again := world.put(path, string(read.body)).want(http.StatusOK); !bytes.Equal(again.body, got.body) {
			t.Errorf("%q came back as %s, then as %s", body, got.body, again.body)
		}
	})
}

// FuzzJSON: a body that is taken is read as encoding/json reads it, and one that is refused is refused for a reason.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{`{"data":{"type":"account","name":"x","list":[1,-2.50e+3,true,false,null,{},[],[[]],""]}}`, ` [ { "a" : 1 , "b" : [ ] } , "\u00e9\ud83d\ude00\"\\" ] `,
		"\t0\r\n", `"x"`, `null`, `{"a":1,"\u0061":2}`, `{"":{"":{"":0}}}`, `["\ud800"]`, `[1,]`, `{"a"}`, `-`, "\"\xff\"", strings.Repeat("[", 33) + strings.Repeat("]", 33)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := httpadapter.ParseJSON(text)
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		var want any
		if wantErr := dec.Decode(&want); err == nil && (wantErr != nil || !reflect.DeepEqual(got, want)) {
			t.Errorf("%q is read as %#v, want %#v, %v", text, got, want, wantErr)
		}
		if err == nil || !json.Valid(text) || !utf8.Valid(text) {
			return
		}
		for _, reason := range []string{"twice", "deeper", "surrogate"} {
			if strings.Contains(err.Error(), reason) {
				return
			}
		}
		t.Errorf("%q is refused: %v", text, err)
	})
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

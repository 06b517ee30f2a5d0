package httpadapter_test

import (
	"bufio"
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// FuzzRequest: no request makes the adapter panic, redirect, fail, or answer what openapi.yaml does not allow.
func FuzzRequest(f *testing.F) {
	for _, target := range []string{"/v2/accounts", "/v2/accounts//", "/v2/accounts/%00/..", "/v2/accounts/ID/account-memberships?include=account_member&page[limit]=1",
		"/v2/account-members?filter=eq(name,%22x%22)&sort=-name", "/v2/accounts/ID/account-memberships/unassigned-account-members?filter=%zz",
		"/v2/account-members/ID/account-memberships?page%5Boffset%5D=-1", "/oauth/access_token", "/%2e%2e/./..//", "*", "/v2/settings/account-membership;x"} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "HEAD", "CONNECT"} {
			f.Add(method, target, "", []byte(`{"data":{"type":"account","name":"x"}}`))
		}
	}
	f.Add("POST", "/oauth/access_token", "Basic eDp5", []byte("grant_type=client_credentials"))
	f.Add("GET", "/v2/accounts", "Bearer implicit.9.x", []byte{})
	f.Fuzz(func(t *testing.T, method, target, authorization string, body []byte) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(method + " " + target + " HTTP/1.0\r\n\r\n")))
		if err != nil {
			t.Skip("net/http refuses it before the adapter")
		}
		r.Header.Set("Authorization", authorization)
		r.RemoteAddr = "192.0.2.1:1"
		r.Body = http.NoBody
		r.ContentLength = int64(len(body))
		api := newAPI(t)
		account := strings.TrimPrefix(api.account("Parks"), "/v2/accounts/")
		r.URL.Path, r.URL.RawPath = strings.ReplaceAll(r.URL.Path, "ID", account), ""
		r.Body = readCloser{bytes.NewReader(body)}
		api.unjudged = strings.ContainsAny(r.URL.EscapedPath(), "%.") // the judge knows no escapes
		if got := api.do(r); got.status >= http.StatusInternalServerError {
			t.Errorf("answered with %d: %s\n%s", got.status, got.body, api.log)
		}
	})
}

// FuzzBody: whatever the body, it is taken or refused, and what is taken can be read and sent back.
func FuzzBody(f *testing.F) {
	for _, body := range []string{`{"data":{"type":"account","name":"x"}}`, `{"data":{"type":"account","name":"\ud83d\ude00","legal_name":null}}`,
		`{"data":{"type":"account","name":"x","type":"y"}}`, `{"data":{"type":"account","name":"\ud800"}}`, `[[[[`, `{"data":1e999}`, "\xff", `{"data":{"type":"account","name":"\u0000"}}`} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		api := newAPI(t)
		got := api.post("/v2/accounts", body)
		if got.status != http.StatusCreated {
			got.want(http.StatusBadRequest)
			return
		}
		path := "/v2/accounts/" + got.text("data.id")
		read := api.get(path).want(http.StatusOK)
		if again := api.put(path, string(read.body)).want(http.StatusOK); !bytes.Equal(again.body, got.body) {
			t.Errorf("%q came back as %s, then as %s", body, got.body, again.body)
		}
	})
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

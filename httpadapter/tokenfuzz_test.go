package httpadapter_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzToken: a request for a token is answered with one that is good, or refused; and only who knows the secret gets one that is
// good for anything.
func FuzzToken(f *testing.F) {
	for _, body := range []string{
		"grant_type=client_credentials&client_id=storefront&client_secret=a+long+random+text", "grant_type=implicit&client_id=storefront", "", "=", "&&", "grant_type=%zz", "grant_type=implicit;client_id=x",
		`{"grant_type":"client_credentials","client_id":"storefront","client_secret":"a long random text"}`, `{"grant_type":"implicit","client_id":null}`, `{"grant_type":1}`, `{`, "\xff", "grant_type=client_credentials&client_id=%00&client_secret=%ff",
		"grant_type=client_credentials&grant_type=implicit&client_id=storefront", " grant_type=implicit&client_id=storefront",
	} {
		f.Add(body, "", "application/x-www-form-urlencoded")
		f.Add(body, "Basic c3RvcmVmcm9udDphIGxvbmcgcmFuZG9tIHRleHQ=", "application/json; charset=\"")
		f.Add(body, "Basic !", "")
	}
	f.Fuzz(func(t *testing.T, body, authorization, contentType string) {
		world := newWorld(t)
		world.unjudged = true
		r := httptest.NewRequest(http.MethodPost, "/oauth/access_token", strings.NewReader(body))
		r.Header["Authorization"], r.Header["Content-Type"] = []string{authorization}, []string{contentType}
		got := world.do(r)
		switch got.status {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusRequestEntityTooLarge:
			return
		case http.StatusOK:
		default:
			t.Fatalf("%q, %q is answered with %d: %s", body, authorization, got.status, got.body)
		}
		_, password, _ := r.BasicAuth()
		knows := strings.Contains(body+password, "long") || strings.Contains(body+password, "%") || strings.Contains(body, `\u`)
		if got.text("identifier") == "client_credentials" && !knows {
			t.Errorf("%q, %q gets a token", body, authorization)
		}
		if got.text("token_type") != "Bearer" || got.text("access_token") == "" {
			t.Errorf("%q gets %s", body, got.body)
		}
	})
}

// FuzzChanges: whatever is asked of the change log, and by whatever headers, there are changes or a refusal that says why.
func FuzzChanges(f *testing.F) {
	for _, query := range []string{"", "after=0&limit=1", "after=1&type=account.created,account.deleted", "after=-1", "after=9223372036854775808", "limit=1001", "account_id=x", "type=", "x=1", "after=%zz", "after=1&after=2"} {
		for _, id := range []string{"", "0", "1", "-1", "+1", "9223372036854775807", "1;2", "\xff", "\x00"} {
			f.Add(query, id, "text/event-stream")
		}
		f.Add(query, "", "*/*;q=0.1, text/event-stream;q=0.000, ;;=")
	}
	f.Fuzz(func(t *testing.T, query, lastEventID, accept string) {
		world := newWorld(t)
		world.account("Acme")
		world.endStreams()
		r := httptest.NewRequest(http.MethodGet, "/v1/changes", nil)
		r.URL.RawQuery = query
		r.Header["Last-Event-Id"], r.Header["Accept"] = []string{lastEventID}, []string{accept}
		got := world.do(r)
		stream := strings.HasPrefix(got.header.Get("Content-Type"), "text/event-stream")
		if got.status != http.StatusOK && got.status != http.StatusBadRequest && got.status != http.StatusGone || stream && got.status != http.StatusOK {
			t.Errorf("%q, %q, %q is answered with %d: %s", query, lastEventID, accept, got.status, got.body)
		}
		if stream && !strings.Contains(accept, "/") {
			t.Errorf("%q is answered with a stream", accept)
		}
	})
}

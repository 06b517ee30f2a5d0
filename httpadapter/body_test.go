package httpadapter_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/roster-go/roster/httpadapter"
)

func TestBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	api := newWorld(t)
	cases := []struct{ body, code, pointer, detail string }{
		{``, "malformed_body", "", "empty"},
		{" \n", "malformed_body", "", "empty"},
		{`{`, "malformed_body", "", "not JSON"},
		{`{"data":{"type":"TYPE"}`, "malformed_body", "", "at byte"},
		{`{"data":{"type":"TYPE",}}`, "malformed_body", "", "not JSON"},
		{`{"data":{"type":"TYPE"}} {}`, "malformed_body", "", "after top-level value"},
		{`{"data":{"type":"TYPE"}}x`, "malformed_body", "", "not JSON"},
		{"\ufeff" + `{"data":{"type":"TYPE"}}`, "malformed_body", "", "not JSON"},
		{`data=1`, "malformed_body", "", "not JSON"},
		{`{data:{type:"TYPE"}}`, "malformed_body", "", "not JSON"},
		{`{"data":{"type":"TYPE","type":"TYPE"}}`, "malformed_body", "/data/type", "twice"},
		{`{"data":{"type":"TYPE","t\u0079pe":"TYPE"}}`, "malformed_body", "/data/type", "twice"},
		{`{"data":{"type":"TYPE"},"data":{}}`, "malformed_body", "/data", "twice"},
		{`{"data":{"type":"TYPE","x":[{"a/~":1,"a/~":2}]}}`, "malformed_body", "/data/x/0/a~1~0", "twice"},
		{`{"data":{"type":"TYPE","name":"` + "\xff" + `"}}`, "malformed_body", "", "UTF-8"},
		{`{"data":{"type":"TYPE","name":"\ud83d"}}`, "malformed_body", "", "surrogate"},
		{`{"data":{"type":"TYPE","name":"\ude00\ud83d"}}`, "malformed_body", "", "surrogate"},
		{`{"data":{"type":"TYPE","name":"\uD83D\n"}}`, "malformed_body", "", "surrogate"},
		{`{"data":{"type":"TYPE","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, "malformed_body", "", "deeper than"},
		{strings.Repeat("[", 200_000), "malformed_body", "", "not JSON"},
		{strings.Repeat(`{"a":`, 100_000), "malformed_body", "", "not JSON"},
		{`[]`, "malformed_body", "", "must be an object"},
		{`null`, "malformed_body", "", "must be an object"},
		{`"data"`, "malformed_body", "", "must be an object"},
		{`{}`, "invalid_field", "/data", "data is required"},
		{`{"Data":{"type":"TYPE"}}`, "invalid_field", "/data", "data is required"},
		{`{"data":null}`, "invalid_field", "/data", "data is required"},
		{`{"data":[{"type":"TYPE"}]}`, "invalid_field", "/data", "must be an object"},
		{`{"data":{}}`, "invalid_field", "/data/type", `must be "TYPE"`},
		{`{"data":{"TYPE":"TYPE"}}`, "invalid_field", "/data/type", "type is required"},
		{`{"data":{"Type":"TYPE"}}`, "invalid_field", "/data/type", "type is required"},
		{`{"data":{"type":"TYPES"}}`, "invalid_field", "/data/type", "type is required"},
		{`{"data":{"type":7}}`, "invalid_field", "/data/type", "type is required"},
		{`{"data":{"type":null}}`, "invalid_field", "/data/type", "type is required"},
	}
	for route, resourceType := range writes(api) {
		method, path, _ := strings.Cut(route, " ")
		for _, c := range cases {
			body := strings.ReplaceAll(c.body, "TYPE", resourceType)
			got := api.send(method, path, body).refused(http.StatusBadRequest, c.code).saying(strings.ReplaceAll(c.detail, "TYPE", resourceType))
			if pointer, _ := got.at("errors.0.source.pointer").(string); pointer != c.pointer {
				t.Errorf("%s %.60s blames %q, want %q", route, body, pointer, c.pointer)
			}
		}
	}
}

// A body must cost what its length costs, not its square: this one took more than a minute when every value had its
// pointer made.
func TestALongNameAboveManyValuesCostsLittle(t *testing.T) {
	t.Parallel()
	api := newWorld(t)
	const half = 450_000
	values := strings.TrimSuffix(strings.Repeat("0,", half/2), ",")
	body := `{"data":{"type":"account","name":"Acme","` + strings.Repeat("k", half) + `":[` + values + `]}}`
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if got := api.send(http.MethodPost, "/v2/accounts", body); got.status != http.StatusCreated {
			t.Errorf("it is answered with %d", got.status)
		}
	}()
	select {
	case <-answered:
	case <-ctx.Done():
		t.Error("it is still being read after 20 seconds")
	}
}

func TestLongNamesAreNotSentBackWhole(t *testing.T) {
	t.Parallel()
	api := newWorld(t)
	key := `"` + strings.Repeat("k", 100_000) + `":1`
	got := api.send(http.MethodPost, "/v2/accounts", `{"data":{"type":"account",`+key+`,`+key+`}}`).refused(http.StatusBadRequest, "malformed_body")
	if detail, _ := got.at("errors.0.detail").(string); len(detail) > 300 {
		t.Errorf("the detail has %d bytes", len(detail))
	}
	if pointer, _ := got.at("errors.0.source.pointer").(string); len(pointer) > 300 || !strings.HasPrefix(pointer, "/data/kkk") {
		t.Errorf("the pointer is %.300q", pointer)
	}
}

func TestMembersOfDataHaveTheirTypes(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account, member := api.account("Parks"), "/v2/account-members/"+api.member("Ron")
	for path, data := range map[string]struct{ kind, fields string }{
		account: {"account", "name legal_name registration_id external_ref"},
		member:  {"account_member", "name email given_name middle_name family_name"},
	} {
		before := api.get(path)
		for field := range strings.FieldsSeq(data.fields) {
			for _, value := range []string{`123`, `true`, `[]`, `{}`, `["a"]`, `"\u0000"`, `"` + strings.Repeat("x", 2049) + `"`} {
				body := fmt.Sprintf(`{"data":{"type":%q,%q:%s}}`, data.kind, field, value)
				got := api.put(path, body).refused(http.StatusBadRequest, "invalid_field").saying(field + " must")
				if got.text("errors.0.source.pointer") != "/data/"+field || len(got.at("errors").([]any)) != 1 {
					t.Errorf("%s: %s", body, got.body)
				}
				list := path[:strings.LastIndex(path, "/")]
				api.post(list, strings.Replace(body, `"type"`, `"x":"","type"`, 1)).want(http.StatusBadRequest)
			}
		}
		if after := api.get(path); string(after.body) != string(before.body) {
			t.Errorf("refused updates changed %s to %s", before.body, after.body)
		}
	}
}

func TestSeveralFaultsGiveSeveralErrors(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, c := range []struct{ path, body, pointers string }{
		{"/v2/accounts", `{"data":{}}`, "/data/type /data/name"},
		{"/v2/accounts", `{"data":{"type":"account","name":7,"registration_id":"` + strings.Repeat("x", 64) + `"}}`, "/data/name /data/registration_id"},
		{"/v2/accounts", `{"data":{"type":"account","name":" ","legal_name":[],"parent_id":"x"}}`, "/data/legal_name /data/parent_id /data/name"},
		{"/v2/account-members", `{"data":{"type":"member","email":"nobody","given_name":1}}`, "/data/type /data/given_name /data/name /data/email"},
	} {
		got := api.post(c.path, c.body).want(http.StatusBadRequest)
		var pointers []string
		for i := range got.at("errors").([]any) {
			pointers = append(pointers, got.text(fmt.Sprintf("errors.%d.source.pointer", i)))
		}
		if strings.Join(pointers, " ") != c.pointers {
			t.Errorf("%s: %v, want %s", c.body, pointers, c.pointers)
		}
	}
}

func TestTextsAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, name := range []string{`<script>&amp;</script>`, `\ud83d\ude00`, `a\\\"b`, `\\ud83d`, `  Ünïcödé  `, `a\u2028b`, `\\\\ude00`} {
		got := api.post("/v2/accounts", `{"data":{"type":"account","name":"`+name+`"}}`).want(http.StatusCreated)
		path := "/v2/accounts/" + got.text("data.id")
		if again := api.get(path); again.text("data.name") != got.text("data.name") || strings.Contains(again.text("data.name"), "\ufffd") {
			t.Errorf("%s became %q", name, again.text("data.name"))
		}
		if strings.HasPrefix(name, "<") && !strings.Contains(string(got.body), name) {
			t.Errorf("%s is escaped: %s", name, got.body)
		}
	}
}

func TestMembersOfDataThatMeanNothingAreIgnored(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	got := api.post("/v2/accounts", `{"data":{"type":"account","name":"Parks","id":"`+nowhere+`","Name":"x","NAME":1,"company_address":{"a":[null]},"links":{}},"extra":true}`).want(http.StatusCreated)
	if got.text("data.name") != "Parks" || got.text("data.id") == nowhere {
		t.Errorf("got %s", got.body)
	}
}

func TestALargeBodyIsRefused(t *testing.T) {
	t.Parallel()
	api := newWorld(t, withOptions(func(o *httpadapter.Options) { o.MaxBodyBytes = 100 }))
	body := `{"data":{"type":"account","name":"Parks"}}`
	api.post("/v2/accounts", body+strings.Repeat(" ", 100-len(body))).want(http.StatusCreated)
	for route := range writes(api) {
		method, path, _ := strings.Cut(route, " ")
		api.send(method, path, body+strings.Repeat(" ", 101-len(body))).refused(http.StatusRequestEntityTooLarge, "body_too_large").saying("more than 100 bytes")
	}

	byDefault := newAPI(t)
	byDefault.post("/v2/accounts", body+strings.Repeat(" ", 1<<20-len(body))).want(http.StatusCreated)
	byDefault.post("/v2/accounts", body+strings.Repeat(" ", 1<<20)).refused(http.StatusRequestEntityTooLarge, "body_too_large")
}

func TestBodiesThatNobodyNeedsAreIgnored(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	for _, body := range []string{`{"data":{"type":"account"}}`, `nonsense`, strings.Repeat("x", 2<<20)} {
		api.send(http.MethodGet, account, body).want(http.StatusOK)
		api.send(http.MethodDelete, api.account("Gone"), body).want(http.StatusNoContent)
	}
}

func TestABodyThatBreaksOffIsRefused(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	r := httptest.NewRequest(http.MethodPost, "/v2/accounts", io.MultiReader(strings.NewReader(`{"data":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	api.do(r).refused(http.StatusBadRequest, "malformed_body").saying("could not be read")
	r = httptest.NewRequest(http.MethodPost, "/v2/accounts", nil)
	r.Body = nil
	api.do(r).refused(http.StatusBadRequest, "malformed_body").saying("empty")
}

func TestACompressedBodyIsRefusedAndNotReadAsItIs(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for encoding, status := range map[string]int{
		"": http.StatusCreated, "identity": http.StatusCreated, "Identity": http.StatusCreated,
		"gzip": http.StatusUnsupportedMediaType, "deflate": http.StatusUnsupportedMediaType, "gzip, identity": http.StatusUnsupportedMediaType,
	} {
		api.header.Set("Content-Encoding", encoding)
		if got := api.post("/v2/accounts", `{"data":{"type":"account","name":"Acme"}}`); got.status != status {
			t.Errorf("Content-Encoding %q: %d %s", encoding, got.status, got.body)
		} else if status >= http.StatusBadRequest {
			got.refused(status, "unsupported_encoding")
		}
	}
}

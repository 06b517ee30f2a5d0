package input_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

const realm = "/v2/authentication-realms/c1a85157-4f4b-543b-a2c3-9b92891f8e78"

// creations are a body for every path where something is created; N stands for a number that is new each time. The test fails
// where the document has another path.
var creations = map[string]string{
	"/v2/accounts":                             `{"type":"account","name":"n N","note":"x"}`,
	"/v2/account-tags":                         `{"type":"account_tag","name":"n N"}`,
	"/v2/account-members":                      `{"type":"account_member","name":"n N","note":"x"}`,
	"/v2/accounts/ACCOUNT/account-memberships": `{"type":"account_membership","account_member_id":"NEWMEMBER","note":"x"}`,
	"/v2/flows":                                `{"type":"flow","name":"n N","slug":"account-members"}`,
	"/v2/fields":                               `{"type":"field","name":"n N","slug":"s-N","field_type":"string","enabled":false,"relationships":{"flow":{"data":{"type":"flow","id":"FLOW"}}}}`,
	realm + "/user-authentication-info":        `{"type":"user_authentication_info","name":"n N"}`,
	realm + "/password-profiles":               `{"type":"password_profile","name":"n N"}`,
	realm + "/user-authentication-info/MEMBER/user-authentication-password-profile-info": `{"type":"user_authentication_password_profile_info","password_profile_id":"PROFILE","username":"n N","password":"long enough"}`,
}

// beyondTheDocument are texts that the document does not name as properties of their own: values and names of custom fields.
var beyondTheDocument = map[string][]string{
	"/v2/accounts": {"note"}, "/v2/account-members": {"note"}, "/v2/accounts/ACCOUNT/account-memberships": {"note"},
}

// texts are the properties of a body that may be texts, by path, as the document has them.
func textProperties(t testing.TB, document []byte) map[string][]string {
	t.Helper()
	var api map[string]any
	must(t, yaml.Unmarshal(document, &api))
	found := map[string][]string{}
	for path, at := range api["paths"].(map[string]any) {
		operation, ok := at.(map[string]any)["post"].(map[string]any)
		if !ok || path == "/oauth/access_token" || strings.Contains(path, "/relationships/") {
			continue
		}
		schema := at2(api, operation, "requestBody", "content", "application/json", "schema", "properties", "data", "properties")
		for name, property := range schema.(map[string]any) {
			if mayBeText(api, property) {
				found[path] = append(found[path], name)
			}
		}
	}
	return found
}

// at2 follows keys and references.
func at2(api map[string]any, value any, keys ...string) any {
	for {
		object, _ := value.(map[string]any)
		if ref, ok := object["$ref"].(string); ok {
			value = at2(api, api, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
			continue
		}
		if len(keys) == 0 {
			return value
		}
		value, keys = object[keys[0]], keys[1:]
	}
}

func mayBeText(api map[string]any, property any) bool {
	schema, _ := at2(api, property).(map[string]any)
	if choices, ok := schema["anyOf"].([]any); ok {
		return slices.ContainsFunc(choices, func(one any) bool { return mayBeText(api, one) })
	}
	if types, ok := schema["type"].([]any); ok {
		return slices.Contains(types, "string")
	}
	return schema["type"] == "string" || schema["const"] != nil || schema["enum"] != nil
}

// site is an adapter over a store, and what the bodies of creations refer to.
type site struct {
	t       testing.TB
	handler http.Handler
	seen    *outcomes
	number  int
	ids     map[string]string // by what stands for them
}

func newSite(t testing.TB, st store.Store, seen *outcomes) *site {
	t.Helper()
	clock := time.Date(2026, 1, 5, 9, 40, 33, 0, time.UTC)
	svc := roster.New(st, roster.Options{HashPassword: hashed, AccountLimit: -1, Clock: func() time.Time { return clock }})
	s := &site{t: t, handler: httpadapter.New(svc, httpadapter.Options{AllowAnonymous: true, Tokens: nil}), seen: seen, ids: map[string]string{}}
	ctx := t.Context()
	for _, r := range membership.FlowResources() {
		must(t, svc.EnsureFields(ctx, membership.Field{Resource: r, Slug: noteSlug, Name: "Note", Type: membership.TypeString}))
	}
	schema, err := svc.Schema(ctx, membership.ResourceAccount)
	must(t, err)
	s.ids["FLOW"] = schema.Flow.ID.String()
	s.ids["ACCOUNT"] = s.create("/v2/accounts")
	s.ids["MEMBER"] = s.create("/v2/account-members")
	s.ids["PROFILE"] = s.create(realm + "/password-profiles")
	return s
}

// send sends a request.
func (s *site) send(method, target, body string) servertest.Reply {
	s.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("X-Request-Id", "the-same-everywhere") // the change log shows it
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	got := servertest.Reply{Status: rec.Code, Header: rec.Header(), Body: rec.Body.Bytes()}
	if got.Status >= 500 || !utf8.Valid(got.Body) || !json.Valid(got.Body) && len(got.Body) > 0 {
		s.t.Errorf("%s %.200s %.200s is answered with %d %.300s", method, target, body, got.Status, got.Body)
	}
	return got
}

// body is what creates something new at a path.
func (s *site) body(path string) map[string]any {
	s.t.Helper()
	text := creations[path]
	if strings.HasSuffix(path, "/account-memberships") {
		text = strings.Replace(text, "NEWMEMBER", s.create("/v2/account-members"), 1)
	}
	s.number++
	var data map[string]any
	must(s.t, json.Unmarshal([]byte(s.filled(strings.ReplaceAll(text, "N", fmt.Sprint(s.number)))), &data))
	return data
}

// filled puts ids in place of what stands for them.
func (s *site) filled(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, name, id)
	}
	return text
}

func (s *site) create(path string) (id string) {
	s.t.Helper()
	got := s.send(http.MethodPost, s.filled(path), document(s.t, s.body(path)))
	if got.Status != http.StatusCreated {
		s.t.Fatalf("%s: %d %s", path, got.Status, got.Body)
	}
	return got.Text("data", "id")
}

// document spells a body. Bytes that are no UTF-8 stay as they are.
func document(t testing.TB, data map[string]any) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(`{"data":{`)
	for i, name := range slices.Sorted(maps.Keys(data)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(spelled(t, name) + ":")
		if text, ok := data[name].(string); ok {
			b.WriteString(spelled(t, text))
			continue
		}
		value, err := json.Marshal(data[name])
		must(t, err)
		b.Write(value)
	}
	return b.String() + "}}"
}

var escapedInJSON = regexp.MustCompile(`[\x00-\x1f"\\]`)

func spelled(_ testing.TB, text string) string {
	return `"` + escapedInJSON.ReplaceAllStringFunc(text, func(c string) string { return fmt.Sprintf(`\u%04x`, c[0]) }) + `"`
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// note remembers an answer without the ids that roster has made.
func (s *site) note(place, text string, got servertest.Reply) {
	s.seen.note(place, text, fmt.Sprint(got.Status, " ", string(anyID.ReplaceAll(got.Body, []byte("ID")))))
}

// TestATextIsATextOverHTTP gives every text to every property that the document has, creating and changing, and to everything
// that a query string, a path and a header may say, over every store.
func TestATextIsATextOverHTTP(t *testing.T) {
	t.Parallel()
	seen := map[string]*outcomes{}
	for name := range engines {
		seen[name] = &outcomes{}
	}
	places := 0
	t.Cleanup(func() { // when all stores have answered
		tried, stores := sameEverywhere(t, seen)
		torture.Report(t, torture.Result{Part: torture.Input, Promise: "Over HTTP a text comes back byte for byte and finds only itself, or is refused with 4xx that names where it stood",
			Method: "hostile texts at every property of openapi.yaml, every parameter, path and header", Rounds: tried,
			Measured: fmt.Sprintf("%d texts, %d properties, %d stores", len(torture.Texts), places, stores)})
	})
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			closeAtEnd(t, st)
			s := newSite(t, st, seen[name])
			n := s.bodies()
			s.queries()
			if name == "memory" {
				places = n
			}
		})
	}
}

// bodies gives texts to every property.
func (s *site) bodies() (places int) {
	s.t.Helper()
	api := httptest.NewRecorder()
	s.handler.ServeHTTP(api, httptest.NewRequest(http.MethodGet, "/openapi.yaml", nil))
	documented := textProperties(s.t, api.Body.Bytes())
	if len(documented) != len(creations) {
		s.t.Errorf("things are created at %d paths, and texts are given at %d", len(documented), len(creations))
	}
	parameters := strings.NewReplacer("{account}", "ACCOUNT", "{user}", "MEMBER", "/v2/authentication-realms/{realm}", realm)
	for _, path := range slices.Sorted(maps.Keys(documented)) {
		properties := documented[path]
		path = parameters.Replace(path)
		if creations[path] == "" {
			s.t.Errorf("nothing is created at %s", path)
			continue
		}
		properties = append(properties, beyondTheDocument[path]...)
		slices.Sort(properties)
		for _, property := range properties {
			places++
			s.property(places, path, property)
		}
	}
	return places
}

// property creates and changes something with every text at one property, and looks for it.
func (s *site) property(place int, path, property string) {
	s.t.Helper()
	kept := map[string]string{} // by id
	target := s.filled(path)
	for _, text := range textsAt(place) {
		if path == "/v2/flows" { // there is one of each
			s.emptyFlow()
		}
		data := s.body(path)
		data[property] = text
		got := s.send(http.MethodPost, target, document(s.t, data))
		s.judge("POST "+path+" "+property, text, property, got)
		switch id := got.Text("data", "id"); {
		case got.Status != http.StatusCreated:
		case path == "/v2/fields": // a flow has at most 100
			s.send(http.MethodDelete, target+"/"+id, "")
		default:
			kept[id] = text
		}
	}
	if path == "/v2/flows" {
		s.emptyFlow()
	}
	data := s.body(path)
	created := s.send(http.MethodPost, target, document(s.t, data))
	if created.Status != http.StatusCreated {
		s.t.Fatalf("%s: %d %s", path, created.Status, created.Body)
	}
	id := created.Text("data", "id")
	kept[id] = ""
	for _, text := range textsAt(place) {
		change := map[string]any{"type": data["type"], property: text}
		got := s.send(http.MethodPut, target+"/"+id, document(s.t, change))
		s.judge("PUT "+path+" "+property, text, property, got)
		if got.Status == http.StatusOK {
			if again := s.send(http.MethodGet, target+"/"+id, ""); !bytes.Equal(again.Body, got.Body) {
				s.t.Errorf("%s %s = %.60q is read as %.200s, and was answered as %.200s", path, property, text, again.Body, got.Body)
			}
			kept[id] = text
		}
	}
	if property != "password" && path != "/v2/fields" && path != "/v2/flows" {
		s.finds(place, path, property, kept)
	}
	if path == "/v2/fields" {
		s.send(http.MethodDelete, target+"/"+id, "")
	}
}

// emptyFlow removes the flow of account members.
func (s *site) emptyFlow() {
	s.t.Helper()
	for _, list := range []string{"/v2/flows/account-members/fields", "/v2/flows"} {
		for _, row := range s.send(http.MethodGet, list, "").Rows() {
			id, _ := row["id"].(string)
			if list != "/v2/flows" {
				s.send(http.MethodDelete, "/v2/fields/"+id, "")
			} else if row["slug"] == "account-members" {
				s.send(http.MethodDelete, "/v2/flows/"+id, "")
			}
		}
	}
}

// judge looks at the answer to a text.
func (s *site) judge(place, text, property string, got servertest.Reply) {
	s.t.Helper()
	s.note(place, text, got)
	switch {
	case got.Status < 300:
		back, isText := got.At("data", property).(string)
		if isText && back != text || !isText && text != "" && property != "password" && got.At("data", property) != nil {
			s.t.Errorf("%s = %.60q came back as %.60q: %.200s", place, text, back, got.Body)
		}
		if slices.Contains(torture.Unstorable, text) {
			s.t.Errorf("%s = %q is taken: %s", place, text, got.Body)
		}
	case !utf8.ValidString(text): // the whole body is no JSON
	case !strings.Contains(string(got.Body), property) && !slices.Contains([]int{http.StatusConflict, http.StatusNotFound, http.StatusUnprocessableEntity}, got.Status):
		s.t.Errorf("%s = %.60q is refused without saying where: %s", place, text, got.Body)
	}
}

// finds looks for texts with a filter, where the list has one by the property.
func (s *site) finds(place int, path, property string, kept map[string]string) {
	s.t.Helper()
	for i, text := range textsAt(place) {
		form := []string{"%s", "*%s", "%s*", "*%s*"}[i%4]
		for _, term := range []membership.Term{
			membership.Eq(membership.Attribute(property), valueOf(property, text)),
			membership.Like(membership.Attribute(property), fmt.Sprintf(form, text)),
			membership.ILike(membership.Attribute(property), fmt.Sprintf(form, text)),
		} {
			query := "?page[limit]=100&sort=id&filter=" + url.QueryEscape(term.String())
			got := s.send(http.MethodGet, s.filled(path)+query, "")
			found := got.Total()
			if strings.HasSuffix(property, "_id") {
				found = 0 // Why: ids are drawn, so every store has others, and a pattern finds some of them by chance
			}
			s.seen.note("filter "+path+" "+term.String(), text, fmt.Sprint(got.Status, " ", found))
			if got.Status != http.StatusOK {
				continue
			}
			for _, row := range got.Rows() {
				id, _ := row["id"].(string)
				back, _ := row[property].(string)
				if !term.Match(rowOf(property, valueOf(property, back))) {
					s.t.Errorf("%s finds %s, %.60q", term, id, back)
				}
			}
			if want := s.counted(term, property, kept); len(got.Rows()) < min(want, 100) {
				s.t.Errorf("%s finds %d rows, and there are %d", term, len(got.Rows()), want)
			}
		}
	}
}

// counted is how many of what was kept a term selects, at least.
func (s *site) counted(term membership.Term, property string, kept map[string]string) (n int) {
	for _, text := range kept {
		if text != "" && term.Match(rowOf(property, valueOf(property, text))) {
			n++
		}
	}
	return n
}

// valueOf is a text as the value of a property, of which one is a custom field.
func valueOf(property, text string) membership.Value {
	if property == noteSlug {
		return membership.StringValue(text)
	}
	return membership.TextValue(text)
}

// rowOf is a row that has one attribute.
func rowOf(attr string, v membership.Value) membership.Row {
	return oneValue{membership.Attribute(attr), v}
}

type oneValue struct {
	attr  membership.Attribute
	value membership.Value
}

func (r oneValue) Value(attr membership.Attribute) membership.Value {
	if attr == r.attr {
		return r.value
	}
	return membership.Value{}
}

// queries gives texts to everything that is no body.
func (s *site) queries() {
	s.t.Helper()
	lists := []string{"/v2/accounts", "/v2/account-members", "/v2/account-tags", "/v2/flows", "/v2/fields", "/v2/flows/accounts/fields", "/v2/accounts/ACCOUNT/account-memberships",
		"/v2/accounts/ACCOUNT/account-memberships/unassigned-account-members", "/v2/account-members/MEMBER/account-memberships", realm + "/user-authentication-info",
		realm + "/password-profiles", realm + "/user-authentication-info/MEMBER/user-authentication-password-profile-info", "/v1/changes"}
	for i, list := range lists {
		for _, text := range textsAt(i) {
			q := url.QueryEscape(text)
			for _, parameter := range []string{"filter=", "sort=", "sort=-", "include=", "page[limit]=", "page[offset]=", "x=", "filter=eq(name,", "filter=in(id,", "after=", "limit=", "type=", "account_id="} {
				got := s.send(http.MethodGet, s.filled(list)+"?"+parameter+q, "")
				s.seen.note(list+" "+parameter, text, fmt.Sprint(got.Status))
				got = s.send(http.MethodGet, s.filled(list)+"?"+strings.Trim(parameter, "=")+q+"=1", "")
				s.seen.note(list+" named "+parameter, text, fmt.Sprint(got.Status))
			}
			if text != "" && !strings.Contains(text, "/") && text != "unassigned-account-members" {
				got := s.send(http.MethodGet, s.filled(list)+"/"+url.PathEscape(text), "")
				s.seen.note(list+" path", text, fmt.Sprint(got.Status))
				if got.Status != http.StatusNotFound {
					s.t.Errorf("%s/%q is answered with %d", list, text, got.Status)
				}
			}
		}
	}
}

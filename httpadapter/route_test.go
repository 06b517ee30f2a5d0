package httpadapter_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/httpadapter"
)

func TestSlashesMeanNothing(t *testing.T) {
	t.Parallel()
	api := newWorld(t)
	for _, path := range resources(api) {
		plain := api.get(path).want(http.StatusOK)
		for _, variant := range []string{path + "/", path + "//", path + "////", "/" + path, strings.ReplaceAll(path, "/", "//"), strings.ReplaceAll(path, "/", "///") + "/"} {
			if got := api.get(variant).want(http.StatusOK); string(got.body) != string(plain.body) {
				t.Errorf("%s differs from %s:\n%s%s", variant, path, got.body, plain.body)
			}
		}
	}
	for route, resourceType := range writes(api) {
		method, path, _ := strings.Cut(route, " ")
		body := `{"data":{"type":"` + resourceType + `"}}`
		plain := api.send(method, path, body)
		for _, variant := range []string{path + "/", path + "//", strings.ReplaceAll(path, "/", "//")} {
			if got := api.send(method, variant, body).want(plain.status); string(got.body) != string(plain.body) {
				t.Errorf("%s %s: %s, want %s", method, variant, got.body, plain.body)
			}
		}
	}
	api.post("//oauth//access_token//", "grant_type=x").refused(http.StatusBadRequest, "invalid_field")
	account := api.account("Library")
	api.delete("/" + account + "//").want(http.StatusNoContent)
	api.get(account).want(http.StatusNotFound)
}

func TestHeadIsGetWithoutItsBody(t *testing.T) {
	t.Parallel()
	api := newWorld(t)
	for _, path := range append(resources(api), "/v2/accounts/"+nowhere, "/nothing") {
		get, head := api.get(path), api.send(http.MethodHead, path, "")
		head.want(get.status)
		for _, name := range []string{"Content-Length", "Content-Type"} {
			if head.header.Get(name) != get.header.Get(name) {
				t.Errorf("HEAD %s: %s is %q, GET has %q", path, name, head.header.Get(name), get.header.Get(name))
			}
		}
	}
}

func TestOtherMethodsAreRefusedWithThoseThatAreAllowed(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	allowed := map[string][]string{}
	for _, r := range api.routes() {
		method, path := r[0], r[1]
		allowed[path] = append(allowed[path], method)
		if method == http.MethodGet {
			allowed[path] = append(allowed[path], http.MethodHead)
		}
	}
	if len(allowed) != 28 {
		t.Errorf("there are %d paths", len(allowed))
	}
	for path, methods := range allowed {
		slices.Sort(methods)
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace, "BREW"} {
			if slices.Contains(methods, method) {
				continue
			}
			got := api.send(method, withNowhere(path), "")
			got.want(http.StatusMethodNotAllowed)
			if allow := got.header.Get("Allow"); allow != strings.Join(methods, ", ") {
				t.Errorf("%s %s: Allow is %q, want %v", method, path, allow, methods)
			}
			if method != http.MethodHead {
				got.refused(http.StatusMethodNotAllowed, "method_not_allowed").saying("allows " + methods[0])
			}
		}
	}
}

func TestUnknownRoutesAreRefusedInTheSameFormat(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, path := range []string{"/", "//", "/v2", "/v2/", "/v1/accounts", "/v2/account", "/v2/accounts/" + nowhere + "/nothing",
		"/v2/accounts/" + nowhere + "/account-memberships/" + nowhere + "/more", "/V2/ACCOUNTS", "/v2/accounts%2F" + nowhere, "/favicon.ico"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			api.send(method, path, "").refused(http.StatusNotFound, "route_not_found")
		}
	}
	dots := api.judgedByNobody() // the judge would resolve them, the handler must not
	for _, path := range []string{"/v2/x/../accounts", "/v2/./accounts", "/../v2/accounts", "/v2/%2e%2e/accounts"} {
		dots.get(path).refused(http.StatusNotFound, "route_not_found")
	}
}

func TestWithoutATokenAuthorityThereIsNoTokenEndpoint(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	api.handler = httpadapter.New(api.svc, httpadapter.Options{AllowAnonymous: true})
	api.judgedByNobody().post("/oauth/access_token", "").refused(http.StatusNotFound, "route_not_found")
	api.get("/v2/accounts").want(http.StatusOK)
}

func TestAHandlerCanBeMountedUnderAPrefix(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"/people", "people/", "/people/v1"} {
		api := newAPI(t, withOptions(func(o *httpadapter.Options) { o.Prefix = prefix }))
		mount := "/" + strings.Trim(prefix, "/")
		inner := api.handler
		api.handler = http.StripPrefix(mount, inner)
		api = api.judgedByNobody() // the judge does not know the prefix
		got := api.post(mount+"/v2/accounts//", `{"data":{"type":"account","name":"Parks"}}`).want(http.StatusCreated)
		self := got.header.Get("Location")
		path, ok := strings.CutPrefix(self, "http://example.com")
		if !ok || !strings.HasPrefix(path, mount+"/v2/accounts/") {
			t.Fatalf("Location is %q", self)
		}
		api.get(path).want(http.StatusOK)
		list := api.get(mount + "/v2/accounts").want(http.StatusOK)
		if current := list.text("links.current"); !strings.HasPrefix(current, "http://example.com"+mount+"/v2/accounts?") {
			t.Errorf("links.current is %q", current)
		}
	}
}

func TestWhereLinksBegin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		options func(*httpadapter.Options)
		header  map[string]string
		want    string
	}{
		{"the request's host", func(*httpadapter.Options) {}, nil, "http://example.com"},
		{"forwarded headers are not believed", func(*httpadapter.Options) {},
			map[string]string{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}, "http://example.com"},
		{"unless the operator says so", func(o *httpadapter.Options) { o.TrustForwarded = true },
			map[string]string{"X-Forwarded-Proto": "HTTPS", "X-Forwarded-Host": "api.example:8443"}, "https://api.example:8443"},
		{"what the nearest proxy wrote counts", func(o *httpadapter.Options) { o.TrustForwarded = true },
			map[string]string{"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": "evil.example , api.example"}, "https://api.example"},
		{"nonsense counts as nothing", func(o *httpadapter.Options) { o.TrustForwarded = true },
			map[string]string{"X-Forwarded-Proto": "gopher", "X-Forwarded-Host": "a/b?<c>"}, "http://example.com"},
		{"trust without headers", func(o *httpadapter.Options) { o.TrustForwarded = true; o.Prefix = "/p" }, nil, "http://example.com/p"},
		{"a base URL wins", func(o *httpadapter.Options) {
			o.BaseURL, o.Prefix, o.TrustForwarded = "https://public.example/api/", "/ignored", true
		},
			map[string]string{"X-Forwarded-Host": "other.example"}, "https://public.example/api"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, withOptions(c.options))
			for name, value := range c.header {
				api = api.with(name, value)
			}
			if got := api.get("/v2/accounts").text("links.first"); got != c.want+"/v2/accounts?page[offset]=0&page[limit]=25" {
				t.Errorf("links.first is %q, want it to begin with %q", got, c.want)
			}
			created := api.post("/v2/accounts", `{"data":{"type":"account","name":"Parks"}}`)
			if location := created.header.Get("Location"); !strings.HasPrefix(location, c.want+"/v2/accounts/") || location != created.text("links.self") {
				t.Errorf("Location is %q", location)
			}
		})
	}
}

func TestLinksOverTLSAreHTTPS(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	r := httptest.NewRequest(http.MethodGet, "https://secure.example/v2/accounts", nil)
	if got := api.do(r).text("links.first"); !strings.HasPrefix(got, "https://secure.example/v2/accounts?") {
		t.Errorf("links.first is %q", got)
	}
}

func TestLinksOfAClientThatNamesNoHost(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	r := httptest.NewRequest(http.MethodGet, "/v2/accounts", nil)
	r.Host = ""
	if got := api.do(r).text("links.first"); !strings.HasPrefix(got, "http://localhost/v2/accounts?") {
		t.Errorf("links.first is %q", got)
	}
	address := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 8080}
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, address))
	if got := api.do(r).text("links.first"); !strings.HasPrefix(got, "http://192.0.2.1:8080/v2/accounts?") {
		t.Errorf("links.first is %q", got)
	}
}

// TestOverARealConnection: what only net/http itself does.
func TestOverARealConnection(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	server := httptest.NewServer(api.handler)
	defer server.Close()
	client := server.Client()
	defer client.CloseIdleConnections()

	account := api.account("Parks")
	for _, path := range []string{account, account + "//"} {
		res, err := client.Head(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || res.ContentLength < 100 {
			t.Errorf("HEAD %s: %d, length %d", path, res.StatusCode, res.ContentLength)
		}
	}
	r, _ := http.NewRequest(http.MethodDelete, server.URL+account, strings.NewReader(`{"data":{"type":"account"}}`))
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNoContent || res.Header.Get("Content-Type") != "" {
		t.Errorf("DELETE: %d %v", res.StatusCode, res.Header)
	}
}

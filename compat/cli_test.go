package compat

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// cli sends what the command line client epcc 0.15.0 sends: its headers, its keys in alphabetical order, the type in
// every body, bodies of DELETE too, and queries with everything escaped.
type cli struct {
	t       *testing.T
	server  *server
	client  *http.Client
	token   string
	aliases map[string]map[string]string // by type and name, as the client keeps them
}

func newCLI(t *testing.T, s *server) *cli {
	return &cli{t: t, server: s, client: newClient(t), aliases: map[string]map[string]string{}}
}

// logIn is `epcc login client_credentials`, which looks at the store's settings afterwards and can do without them.
func (c *cli) logIn() {
	c.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}}
	r := request{http.MethodPost, c.server.url + "/oauth/access_token", http.Header{
		"Accept":       {"application/json"},
		"Content-Type": {"application/x-www-form-urlencoded"},
		"User-Agent":   {cliUserAgent},
	}, form.Encode()}.want(c.t, c.client, http.StatusOK)
	var token struct {
		Expires     int64  `json:"expires"` // a time as text would not decode
		ExpiresIn   int    `json:"expires_in"`
		Identifier  string `json:"identifier"`
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
	}
	if err := json.Unmarshal(r.Body, &token); err != nil {
		c.t.Fatalf("%v: %s", err, r.Body)
	}
	if token.AccessToken == "" || token.TokenType != "Bearer" || token.Identifier != "client_credentials" {
		c.t.Errorf("token %+v", token)
	}
	if left := time.Until(time.Unix(token.Expires, 0)); left <= time.Minute {
		c.t.Errorf("the token is good for %v: the client logs in again for every command when less than 60 s are left", left)
	}
	c.token = token.AccessToken
	if r := c.do(http.MethodGet, "/v2/settings", nil, nil); r.Status != http.StatusOK && r.Status != http.StatusNotFound {
		c.t.Errorf("login status: %d %s", r.Status, r.Body)
	}
}

const cliUserAgent = "epcc-cli/0.15.0-0123abc (linux/amd64)"

// do sends a command's request. There is no Accept header; the transport accepts gzip.
func (c *cli) do(method, path string, query url.Values, data any) reply {
	c.t.Helper()
	target := c.server.url + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	body := ""
	if data != nil {
		body = jsonText(c.t, map[string]any{"data": data})
	}
	return request{method, target, http.Header{
		"Authorization": {"Bearer " + c.token},
		"Content-Type":  {"application/json"},
		"User-Agent":    {cliUserAgent},
	}, body}.do(c.t, c.client)
}

// run is do for a command that has to succeed, with the client's look for aliases in the answer.
func (c *cli) run(method, path string, query url.Values, data any) reply {
	c.t.Helper()
	r := c.do(method, path, query, data)
	if r.Status != http.StatusOK && r.Status != http.StatusCreated && r.Status != http.StatusNoContent {
		c.t.Fatalf("%s %s %v: %d %s", method, path, data, r.Status, r.Body)
	}
	c.collect(nil, r.At())
	return r
}

// get, create and remove are the commands of the same names.
func (c *cli) get(path string, pairs ...string) reply {
	c.t.Helper()
	query := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return c.run(http.MethodGet, path, query, nil)
}

func (c *cli) create(path, kind string, attributes map[string]any) reply {
	c.t.Helper()
	data := map[string]any{"type": kind}
	maps.Copy(data, attributes)
	return c.run(http.MethodPost, path, nil, data)
}

// collect walks through an answer as the client does, and keeps the ids of everything that has a type and an id.
func (c *cli) collect(path []string, v any) {
	switch v := v.(type) {
	case map[string]any:
		kind, hasKind := v["type"].(string)
		id, hasID := v["id"].(string)
		if hasKind && hasID {
			c.keep(kind, "id="+id, id)
			switch where := strings.Join(path, "."); {
			case where == "data":
				c.keep(kind, "last_read=entity", id)
			case len(path) == 2 && path[0] == "data":
				c.keep(kind, "last_read=array["+path[1]+"]", id)
			}
			for _, name := range []string{"name", "sku", "slug", "code", "email", "external_ref"} {
				if text, ok := v[name].(string); ok {
					c.keep(kind, name+"="+strings.ReplaceAll(text, " ", "_"), id)
				}
			}
			c.collectRelated(path, kind, v)
		}
		for key, inner := range v {
			c.collect(append(slices.Clone(path), key), inner)
		}
	case []any:
		for i, inner := range v {
			c.collect(append(slices.Clone(path), strconv.Itoa(i)), inner)
		}
	}
}

// collectRelated keeps what an object is related to, under the related thing's type.
func (c *cli) collectRelated(path []string, parent string, object map[string]any) {
	relationships, _ := object["relationships"].(map[string]any)
	for name, r := range relationships {
		relation, _ := r.(map[string]any)
		data, _ := relation["data"].(map[string]any)
		kind, _ := data["type"].(string)
		id, ok := data["id"].(string)
		if ok && len(path) == 1 && path[0] == "data" {
			c.keep(kind, "related_"+name+"_for_"+parent+"_last_read=entity", id)
		}
	}
}

// cliTypes are the types that the client has commands for, and the realm, which it finds by its relationship.
var cliTypes = []string{"account", "account_member", "account_membership", "account_tag", "user_authentication_info",
	"user_authentication_password_profile_info", "password_profile", "account_authentication_settings",
	"authentication_realm", "flow", "field"}

func (c *cli) keep(kind, name, id string) {
	if !slices.Contains(cliTypes, kind) {
		c.t.Errorf("the client has no command for the type %q", kind)
	}
	if c.aliases[kind] == nil {
		c.aliases[kind] = map[string]string{}
	}
	c.aliases[kind][name] = id
}

// alias is the id that a name on the client's command line stands for.
func (c *cli) alias(kind, name string) string {
	c.t.Helper()
	id, ok := c.aliases[kind][name]
	if !ok {
		c.t.Fatalf("no alias %s of type %s; there are %v", name, kind, c.aliases[kind])
	}
	return id
}

// realm is related_authentication_realm_for_account_authentication_settings_last_read=entity, as runbooks spell it.
func (c *cli) realm() string {
	c.t.Helper()
	c.get("/v2/settings/account-authentication")
	return "/v2/authentication-realms/" + c.alias("authentication_realm", "related_authentication_realm_for_account_authentication_settings_last_read=entity")
}

// all is get-all: pages until one is empty.
func (c *cli) all(path string, step int) (ids []string) {
	c.t.Helper()
	seen := map[string]bool{}
	for offset := 0; ; offset += step {
		r := c.get(path, "page[limit]", "100", "page[offset]", strconv.Itoa(offset))
		rows := r.Rows()
		if len(rows) == 0 {
			if total := r.At("meta", "results", "total"); total != float64(len(ids)) {
				c.t.Errorf("%s: %d rows, and a total of %v", path, len(ids), total)
			}
			return ids
		}
		for _, row := range rows {
			id, _ := row["id"].(string)
			if !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
}

// parallel sends n requests, so many at once.
func (c *cli) parallel(n, atOnce int, send func(i int) reply) []reply {
	replies := make([]reply, n)
	room := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			room <- struct{}{}
			defer func() { <-room }()
			replies[i] = send(i)
		})
	}
	wg.Wait()
	return replies
}

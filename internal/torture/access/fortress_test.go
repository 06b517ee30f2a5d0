package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/sqlitestore"
)

// fortress is a running program with every layer, and its database file, which the tests open beside it.
type fortress struct {
	t          *testing.T
	server     *servertest.Server
	operations string // the URL of metrics and profiles
	client     *servertest.Client
	svc        *roster.Service
	ids        map[string]string // of one resource of every kind, by the wildcard that stands for it
}

func newFortress(t *testing.T) *fortress {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.db")
	f := &fortress{t: t, server: servertest.Start(t, "--db", path, "--metrics-addr", "127.0.0.1:0", "--log-level", "debug"), svc: serviceOn(t, path)}
	f.operations = f.server.Operations()
	f.client = f.server.SignIn(t)
	f.ids = newKeep(t, f.client)
	return f
}

// serviceOn is a service of this process over a file.
func serviceOn(t *testing.T, path string) *roster.Service {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return roster.New(st, roster.Options{})
}

const realmPath = "/v2/authentication-realms/c1a85157-4f4b-543b-a2c3-9b92891f8e78"

// The names of what is not to be seen have a space in them, which no token has by chance.
const (
	accountName = "Parks Department"
	memberName  = "Ron Swanson"
)

// newKeep makes a resource of every kind, and returns their ids.
func newKeep(t *testing.T, c *servertest.Client) map[string]string {
	t.Helper()
	ids := map[string]string{"realm": strings.TrimPrefix(realmPath, "/v2/authentication-realms/"), "name": "nothing.css"}
	make := func(kind, path, attributes string) {
		t.Helper()
		ids[kind] = c.Want(t, http.StatusCreated, http.MethodPost, path, `{"data":{`+attributes+`}}`).Text("data", "id")
	}
	unique := fmt.Sprint(time.Now().UnixNano())
	make("account", "/v2/accounts", `"type":"account","name":"`+accountName+`"`)
	make("member", "/v2/account-members", `"type":"account_member","name":"`+memberName+`"`)
	make("tag", "/v2/account-tags", `"type":"account_tag","name":"tag `+unique+`"`)
	make("membership", "/v2/accounts/"+ids["account"]+"/account-memberships", `"type":"account_membership","account_member_id":"`+ids["member"]+`"`)
	make("user", realmPath+"/user-authentication-info", `"type":"user_authentication_info","name":"Ann","email":"ann`+unique+`@example.com"`)
	make("profile", realmPath+"/password-profiles", `"type":"password_profile","name":"Shop","username_format":"any"`)
	make("login", realmPath+"/user-authentication-info/"+ids["user"]+"/user-authentication-password-profile-info",
		`"type":"user_authentication_password_profile_info","password_profile_id":"`+ids["profile"]+`","username":"ann`+unique+`","password":"a long password"`)
	return ids
}

// wildcardOf finds the wildcards of a pattern.
var wildcardOf = regexp.MustCompile(`\{(\w+)\}`)

// nowhereID is an id that nothing has.
const nowhereID = "00000000-0000-7000-8000-00000000dead"

// filled puts ids into a pattern: nothing's where ids has none.
func filled(pattern string, ids map[string]string) string {
	pattern = strings.TrimSuffix(pattern, "{$}")
	return wildcardOf.ReplaceAllStringFunc(pattern, func(w string) string {
		if id := ids[strings.Trim(w, "{}")]; id != "" {
			return id
		}
		return nowhereID
	})
}

// last is the number of the last change.
func (f *fortress) last() int64 {
	f.t.Helper()
	page, err := f.svc.ListChanges(f.t.Context(), membership.ChangeQuery{Limit: -1})
	if err != nil {
		f.t.Fatal(err)
	}
	return page.Last
}

// apiRoutes are those of the document that the server serves.
func (f *fortress) apiRoutes() (routes []string) {
	f.t.Helper()
	var document struct {
		Paths map[string]map[string]any `yaml:"paths"`
	}
	if err := yaml.Unmarshal(f.client.Want(f.t, http.StatusOK, http.MethodGet, "/openapi.yaml", "").Body, &document); err != nil {
		f.t.Fatal(err)
	}
	for path, operations := range document.Paths {
		for method := range operations {
			if method != "parameters" {
				routes = append(routes, strings.ToUpper(method)+" "+path)
			}
		}
	}
	return routes
}

// operationsRoutes are those that the address of metrics lists.
func (f *fortress) operationsRoutes() (routes []string) {
	f.t.Helper()
	at := *f.client
	at.URL = f.operations
	for path := range strings.FieldsSeq(string(at.Want(f.t, http.StatusOK, http.MethodGet, "/", "").Body)) {
		routes = append(routes, http.MethodGet+" "+path)
	}
	return routes
}

// consoleRoutes are those of a console as `roster serve` has it.
func consoleRoutes() []string {
	c := console.New(roster.New(memstore.New(), roster.Options{}), console.Options{
		Import: func(context.Context, *roster.Service, console.Upload, console.ImportOptions) (console.ImportReport, error) {
			return console.ImportReport{}, errors.ErrUnsupported
		},
	})
	return c.Routes()
}

// sameRoutes fails unless there is a rule for every route, and a route for every rule.
func sameRoutes(t *testing.T, where string, routes []string, rules map[string]rule) {
	t.Helper()
	for _, route := range routes {
		if rules[route] == "" {
			t.Errorf("%s: nobody has said who may use %s: give it a rule in accessrule_test.go", where, route)
		}
	}
	for route := range rules {
		if !slices.Contains(routes, route) {
			t.Errorf("%s: there is a rule for %s, which there is not", where, route)
		}
	}
}

package access_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// canaries are texts that each stand for one kind of secret, or of what is nobody else's business, by that kind.
type canaries map[string]string

// What must be nowhere but where it was sent to.
const (
	ofClient   = "a client secret"
	ofStored   = "the secret of stored credentials"
	ofGuess    = "a secret that was wrong"
	ofToken    = "an access token"
	ofBad      = "a token that was wrong"
	ofSession  = "a session's cookie"
	ofForm     = "a form token"
	ofPassword = "a login's password"
	ofHash     = "the hash of a password"
	ofDatabase = "the password of a database"
)

// What may be in answers, exports and databases, and not in a log.
const (
	ofPerson = "a member's name"
	ofEmail  = "a member's email"
	ofQuery  = "what was looked for"
	ofBody   = "a body that was refused"
)

var ofPeople = []string{ofPerson, ofEmail, ofQuery, ofBody}

// in are the kinds whose canary a text has, but for some.
func (c canaries) in(text []byte, but ...string) (found []string) {
	for _, kind := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(but, kind) && len(servertest.Shown(text, c[kind])) > 0 {
			found = append(found, kind)
		}
	}
	return found
}

// aviary is a server with canaries in it, and everything that came out.
type aviary struct {
	*fortress
	birds   canaries
	answers int
	people  *http.Client // a browser
}

// TestSecretsAreNeverShown lets a canary of every kind through the whole program, on good ways and bad ones, and looks for it in
// everything that comes out: logs, answers, output of commands, exports, profiles, and the database's own bytes.
func TestSecretsAreNeverShown(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			testCanaries(t, format)
		})
	}
}

func testCanaries(t *testing.T, format string) {
	t.Helper()
	birds := canaries{}
	for _, kind := range []string{ofClient, ofGuess, ofBad, ofPassword, ofDatabase, ofPerson, ofQuery, ofBody} {
		birds[kind] = "Canary" + rand.Text()
	}
	birds[ofClient] += " & +%"
	birds[ofEmail] = strings.ToLower("canary"+rand.Text()) + "@example.com"
	dir := t.TempDir()
	path := filepath.Join(dir, "roster.db")
	server := servertest.Start(t, "--db", path, "--metrics-addr", "127.0.0.1:0", "--log-level", "debug", "--log-format", format, "--client-secret-file", secretFile(t, birds[ofClient]))
	a := &aviary{fortress: &fortress{t: t, server: server, svc: serviceOn(t, path)}, birds: birds}
	a.operations = server.Operations()
	a.client = server.NewClient(t)
	a.signIn()
	a.useAPI()
	a.birds[ofHash] = string(hashInFile.Find(everythingIn(t, dir)))
	a.useConsole()
	a.lookAtOperations()
	commands := a.useCommands(path)
	server.Stop()
	if shown := birds.in([]byte(server.Log.String())); len(shown) > 0 {
		t.Errorf("the log shows %v", shown)
	}
	a.lookIntoFiles(dir)
	if control := birds.in(fmt.Appendf(nil, "x=%q", birds[ofClient]+url.QueryEscape(birds[ofPassword]))); len(control) != 2 {
		t.Errorf("a canary in quotes, and one as in a URL, are not seen: %v", control)
	}
	if format == "json" {
		return // one row is enough
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: a.answers + commands,
		Promise:  "Secrets are in no log, no answer, no output of a command and no file in plain; people's data is in no log",
		Method:   "a canary of every kind through all routes, pages, commands and errors, twice: with the log as text and as JSON, at level debug",
		Measured: fmt.Sprintf("%d kinds, %d answers, %d commands", len(birds), a.answers, commands)})
}

func secretFile(t *testing.T, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// checked looks into an answer.
func (a *aviary) checked(what string, r servertest.Reply, but ...string) servertest.Reply {
	a.t.Helper()
	a.answers++
	var whole bytes.Buffer
	_ = r.Header.Write(&whole)
	whole.Write(r.Body)
	if shown := a.birds.in(whole.Bytes(), append(but, ofPeople...)...); len(shown) > 0 {
		a.t.Errorf("%s: the answer shows %v: %d %.300s", what, shown, r.Status, whole.String())
	}
	return r
}

// token asks for a token. The answer is where that has to be.
func (a *aviary) token(id, secret string) servertest.Reply {
	a.t.Helper()
	r, err := a.client.AskToken(a.t.Context(), id, secret)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.checked("the token endpoint", r)
}

func (a *aviary) signIn() {
	a.t.Helper()
	a.token(servertest.ClientID, a.birds[ofGuess])
	a.token(a.birds[ofGuess], a.birds[ofGuess])
	a.client.Token = a.token(servertest.ClientID, a.birds[ofClient]).Text("access_token")
	a.birds[ofToken] = a.client.Token
	for _, body := range []string{"grant_type=client_credentials&client_secret=%zz" + a.birds[ofGuess], `{"client_secret":"` + a.birds[ofGuess], "grant_type=" + a.birds[ofGuess]} {
		a.send(http.MethodPost, "/oauth/access_token", body, a.client.Token)
	}
	_, secret, err := a.svc.CreateCredential(a.t.Context(), 3)
	if err != nil {
		a.t.Fatal(err)
	}
	a.birds[ofStored] = secret
}

func (a *aviary) send(method, path, body, token string) servertest.Reply {
	a.t.Helper()
	at := *a.client
	at.Token = token
	r, err := at.Ask(a.t.Context(), method, path, body)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.checked(method+" "+path, r)
}

// useAPI uses every route well and badly.
func (a *aviary) useAPI() {
	a.t.Helper()
	a.ids = newKeep(a.t, a.client)
	user := realmPath + "/user-authentication-info"
	made := a.send(http.MethodPost, user, `{"data":{"type":"user_authentication_info","name":"`+a.birds[ofPerson]+`","email":"`+a.birds[ofEmail]+`"}}`, a.client.Token)
	logins := user + "/" + made.Text("data", "id") + "/user-authentication-password-profile-info"
	login := `{"data":{"type":"user_authentication_password_profile_info","password_profile_id":"` + a.ids["profile"] + `","username":"ron","password":"` + a.birds[ofPassword] + `"}}`
	if r := a.send(http.MethodPost, logins, login, a.client.Token); r.Status != http.StatusCreated {
		a.t.Fatalf("no login: %d %s", r.Status, r.Body)
	}
	a.send(http.MethodPost, logins, login, a.client.Token) // it is there already
	a.send(http.MethodPost, logins, strings.Replace(login, `"ron"`, `7`, 1), a.client.Token)
	query := "?filter=" + url.QueryEscape("eq(email,"+a.birds[ofQuery]+")") + "&access_token=" + a.birds[ofBad] + "&page[limit]=" + a.birds[ofQuery]
	for _, route := range slices.Sorted(maps.Keys(apiRules)) {
		method, pattern, _ := strings.Cut(route, " ")
		for _, token := range []string{a.client.Token, a.birds[ofBad], "implicit.1." + a.birds[ofBad]} {
			a.send(method, filled(pattern, nil), `{"data":{"name":"`+a.birds[ofBody]+`","password":"`+a.birds[ofPassword]+`"}}`, token)
			a.send(method, filled(pattern, nil)+query, `{"data":`+a.birds[ofBody], token)
			if method == http.MethodGet {
				a.send(method, filled(pattern, a.ids), "", token)
			}
		}
	}
	a.send(http.MethodGet, "/v1/changes?page[limit]=100", "", a.client.Token)
}

// browse loads a page as a browser does.
func (a *aviary) browse(method, path string, form url.Values) servertest.Reply {
	a.t.Helper()
	req, err := http.NewRequestWithContext(a.t.Context(), method, a.server.URL+"/console"+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := a.people.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	r := servertest.Reply{Status: res.StatusCode, Header: res.Header, Body: body}
	return a.checked(method+" /console"+path, r, ofForm)
}

var formTokenIn = regexp.MustCompile(`name="console\.token" value="([^"]+)"`)

func (a *aviary) formToken(path string) string {
	a.t.Helper()
	match := formTokenIn.FindSubmatch(a.browse(http.MethodGet, path, nil).Body)
	if match == nil {
		a.t.Fatalf("%s has no form", path)
	}
	return string(match[1])
}

// useConsole signs in, with a wrong secret first, loads every page, and signs out.
func (a *aviary) useConsole() {
	a.t.Helper()
	jar, _ := cookiejar.New(nil) // it has no error without options
	a.people = servertest.NewHTTPClient(a.t)
	a.people.Jar = jar
	form := url.Values{"console.token": {a.formToken("/sign-in")}, "client_id": {servertest.ClientID}, "client_secret": {a.birds[ofGuess]}}
	a.browse(http.MethodPost, "/sign-in", form)
	form.Set("client_secret", a.birds[ofClient])
	if r := a.browse(http.MethodPost, "/sign-in", form); r.Status != http.StatusSeeOther {
		a.t.Fatalf("no session: %d %s", r.Status, r.Body)
	}
	at, _ := url.Parse(a.server.URL + "/console")
	for _, cookie := range jar.Cookies(at) {
		if cookie.Name == "roster_console" {
			a.birds[ofSession] = cookie.Value
		}
	}
	a.birds[ofForm] = a.formToken("/accounts/new")
	for _, route := range slices.Sorted(maps.Keys(consoleRules)) {
		method, pattern, _ := strings.Cut(strings.Replace(route, "/console", "", 1), " ")
		if strings.HasSuffix(pattern, "/events") || strings.HasSuffix(pattern, "/sign-out") {
			continue // which has no end, and is for later
		}
		a.browse(method, filled(pattern, a.ids)+"?q="+a.birds[ofQuery], url.Values{"name": {a.birds[ofBody]}, "console.token": {a.birds[ofBad]}})
	}
	a.browse(http.MethodPost, "/accounts", url.Values{"console.token": {a.birds[ofForm]}, "name": {""}, "email": {a.birds[ofBody]}})
	if a.birds[ofSession] == "" || a.browse(http.MethodPost, "/sign-out", url.Values{"console.token": {a.birds[ofForm]}}).Status != http.StatusSeeOther {
		a.t.Error("there was no session, or it does not end")
	}
}

// lookAtOperations reads metrics and what profiles can be had at once.
func (a *aviary) lookAtOperations() {
	a.t.Helper()
	for _, path := range []string{"/", "/metrics", "/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/debug/pprof/allocs", "/debug/pprof/symbol"} {
		at := *a.client
		at.URL, at.Token = a.operations, ""
		r, err := at.Ask(a.t.Context(), http.MethodGet, path, "")
		if err != nil {
			a.t.Fatal(err)
		}
		a.checked(path, r)
		a.safeHeaders(path, r)
		if shown := a.birds.in(r.Body); len(shown) > 0 {
			a.t.Errorf("%s shows %v", path, shown)
		}
	}
}

// useCommands runs the command line on the server and on the file, rightly and wrongly, and returns how often.
func (a *aviary) useCommands(path string) (ran int) {
	a.t.Helper()
	withSecret := []string{"ROSTER_SERVER=" + a.server.URL, "ROSTER_CLIENT_ID=" + servertest.ClientID, "ROSTER_CLIENT_SECRET=" + a.birds[ofClient]}
	withToken := []string{"ROSTER_SERVER=" + a.server.URL, "ROSTER_TOKEN=" + a.birds[ofToken]}
	wrong := []string{"ROSTER_SERVER=" + a.server.URL, "ROSTER_TOKEN=" + a.birds[ofBad]}
	wrongSecret := []string{"ROSTER_SERVER=" + a.server.URL, "ROSTER_CLIENT_ID=" + servertest.ClientID, "ROSTER_CLIENT_SECRET=" + a.birds[ofGuess]}
	file := []string{"ROSTER_DB=" + path}
	away := []string{"ROSTER_DB=postgres://u:" + a.birds[ofDatabase] + "@127.0.0.1:bad/db"}
	for _, c := range []struct {
		env  []string
		args string
	}{
		{withSecret, "account list -o json"}, {withSecret, "member list -o csv"}, {withSecret, "changes list -o ndjson --limit 100"}, {withSecret, "account get nowhere"},
		{withToken, "account list"}, {withToken, "membership list --account " + a.ids["account"]}, {withToken, "help account list"},
		{wrong, "account list"}, {wrongSecret, "account list"}, {wrongSecret, "account create --name x"},
		{file, "credentials list -o json"}, {file, "credentials list"}, {file, "export"}, {file, "export --format csv --type member"}, {file, "stats -o json"}, {file, "check"},
		{file, "changes list -o json --limit 100"}, {file, "help stats"},
		{slices.Concat(file, withSecret), "serve --print-config"}, {away, "stats"}, {away, "help serve"}, {away, "serve --print-config"}, {away, "account list"},
		{[]string{"ROSTER_CLIENT_ID=x", "ROSTER_CLIENT_SECRET=" + a.birds[ofGuess]}, "serve --addr nonsense --in-memory"},
		{[]string{"ROSTER_TLS_CERT=" + path, "ROSTER_TLS_KEY=" + secretFile(a.t, a.birds[ofGuess])}, "serve --in-memory"},
		{[]string{"ROSTER_CONFIG=" + secretFile(a.t, "client-secret:"+a.birds[ofGuess])}, "serve --in-memory"},
		{[]string{"ROSTER_CONFIG=" + secretFile(a.t, "client-secret: ["+a.birds[ofGuess])}, "serve --in-memory"},
		{[]string{"ROSTER_CONFIG=" + secretFile(a.t, "client-secret: *"+a.birds[ofGuess])}, "serve --in-memory"},
	} {
		ctx, cancel := context.WithCancel(a.t.Context())
		cmd := exec.CommandContext(ctx, servertest.Program(a.t), strings.Fields(c.args)...)
		cmd.Env, cmd.Dir = append([]string{"PATH=" + os.Getenv("PATH")}, c.env...), a.t.TempDir()
		out, _ := cmd.CombinedOutput() // whether it is well is for other tests
		cancel()
		ran++
		if shown := a.birds.in(out, ofPeople...); len(shown) > 0 {
			a.t.Errorf("roster %s shows %v: %.300s", c.args, shown, out)
		}
	}
	return ran
}

var hashInFile = regexp.MustCompile(`\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}`)

// everythingIn is what a folder's files hold, one behind the other.
func everythingIn(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

// lookIntoFiles searches the bytes of the database and of the files beside it: of secrets there are hashes only.
func (a *aviary) lookIntoFiles(dir string) {
	a.t.Helper()
	text := everythingIn(a.t, dir)
	for kind, bird := range a.birds {
		if !slices.Contains(ofPeople, kind) && kind != ofHash && bytes.Contains(text, []byte(bird)) {
			a.t.Errorf("the database holds %s as it is", kind)
		}
	}
	for _, kind := range []string{ofEmail, ofHash} { // the control: these it has to hold
		if !bytes.Contains(text, []byte(a.birds[kind])) {
			a.t.Errorf("the database does not hold %s: it is not the one that was used", kind)
		}
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

// world is a running application.
type world struct {
	*testing.T
	app *app
	url string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	a, err := open(t.Context(), filepath.Join(t.TempDir(), "projects.db"))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(a.handler())
	t.Cleanup(func() {
		server.Close()
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return &world{t, a, server.URL}
}

// want sends a request on behalf of somebody, and returns the answer's body.
func (w *world) want(status int, who, method, path, body string) string {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.Fatal(err)
	}
	r.Header.Set(memberHeader, who)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(answer.Body); err != nil {
		w.Fatal(err)
	}
	if answer.StatusCode != status {
		w.Fatalf("%s %s: %d %s, want %d", method, path, answer.StatusCode, text.String(), status)
	}
	return strings.TrimSpace(text.String())
}

// create is want for what answers with an id.
func (w *world) create(who, path, body string) string {
	w.Helper()
	var made struct{ ID any }
	if err := json.Unmarshal([]byte(w.want(http.StatusOK, who, http.MethodPost, path, body)), &made); err != nil {
		w.Fatal(err)
	}
	return fmt.Sprint(made.ID)
}

func (w *world) member(name string) string {
	w.Helper()
	return w.create("", "/members", `{"name": "`+name+`"}`)
}

func (w *world) project(who, account, owner, name string) {
	w.Helper()
	w.create(who, "/accounts/"+account+"/projects", `{"name": "`+name+`", "owner": "`+owner+`"}`)
}

func (w *world) assertProjects(who, account, want string) {
	w.Helper()
	if got := w.want(http.StatusOK, who, http.MethodGet, "/accounts/"+account+"/projects", ""); got != want {
		w.Errorf("got  %s\nwant %s", got, want)
	}
}

// settle lets the consumer deal with what has happened.
func (w *world) settle() {
	w.Helper()
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan error, 1)
	go func() { done <- w.app.handOver(ctx) }()
	end, err := w.app.roster.ListChanges(w.Context(), membership.ChangeQuery{Limit: -1})
	if err != nil {
		w.Fatal(err)
	}
	for settled := false; !settled; {
		var left int
		err := w.app.db.QueryRow(`SELECT count(*) FROM roster_changes WHERE type = 'account-membership.deleted' AND sequence <= ?
			AND sequence > coalesce((SELECT position FROM roster_consumers), 0)`, end.Last).Scan(&left)
		if err != nil {
			w.Fatal(err)
		}
		if settled = left == 0; !settled {
			<-time.After(time.Millisecond)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		w.Fatal(err)
	}
}

func TestProjectsAreMembersBusiness(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron, ann, tom := w.member("Ron"), w.member("Ann"), w.member("Tom")
	parks := w.create(ron, "/accounts", `{"name": "Parks"}`)
	path := "/accounts/" + parks + "/projects"

	w.project(ron, parks, ann, "Pit 46") // which makes Ann a member
	w.assertProjects(ann, parks, `[{"id":1,"name":"Pit 46","owner":"Ann"}]`)

	w.want(http.StatusUnauthorized, "", http.MethodGet, path, "")
	w.want(http.StatusNotFound, tom, http.MethodGet, path, "")
	w.want(http.StatusNotFound, tom, http.MethodPost, path, `{"name": "Tom's", "owner": "`+tom+`"}`)
	w.want(http.StatusNotFound, tom, http.MethodDelete, "/accounts/"+parks+"/members/"+ron, "")
	w.want(http.StatusBadRequest, ron, http.MethodPost, path, `{"name": `)
	w.assertProjects(ron, parks, `[{"id":1,"name":"Pit 46","owner":"Ann"}]`)
}

func TestAProjectThatIsRefusedLeavesNoMembership(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron, ann := w.member("Ron"), w.member("Ann")
	parks := w.create(ron, "/accounts", `{"name": "Parks"}`)
	if _, err := w.app.db.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON projects BEGIN SELECT RAISE(ABORT, 'no projects today'); END`); err != nil {
		t.Fatal(err)
	}
	w.want(http.StatusInternalServerError, ron, http.MethodPost, "/accounts/"+parks+"/projects", `{"name": "Pit 46", "owner": "`+ann+`"}`)
	w.want(http.StatusNotFound, ann, http.MethodGet, "/accounts/"+parks+"/projects", "")
}

func TestProjectsOfThoseWhoLeaveAreHandedOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron, ann, tom := w.member("Ron"), w.member("Ann"), w.member("Tom")
	parks := w.create(ron, "/accounts", `{"name": "Parks"}`)
	w.project(ron, parks, ann, "Pit 46")
	w.project(ron, parks, tom, "Gym")
	w.project(ron, parks, ron, "Steak")

	w.want(http.StatusOK, ron, http.MethodDelete, "/accounts/"+parks+"/members/"+ann, "")
	w.settle()
	w.assertProjects(ron, parks, `[{"id":1,"name":"Pit 46","owner":"Ron"},{"id":2,"name":"Gym","owner":"Tom"},{"id":3,"name":"Steak","owner":"Ron"}]`)

	id, err := membership.ParseMemberID(ron)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.app.roster.DeleteMember(t.Context(), id); err != nil { // takes the membership along
		t.Fatal(err)
	}
	w.settle()
	w.assertProjects(tom, parks, `[{"id":1,"name":"Pit 46","owner":"Tom"},{"id":2,"name":"Gym","owner":"Tom"},{"id":3,"name":"Steak","owner":"Tom"}]`)

	account, err := membership.ParseAccountID(parks)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.app.roster.DeleteAccount(t.Context(), account); err != nil { // and its projects with it
		t.Fatal(err)
	}
	w.settle()
	var projects int
	if err := w.app.db.QueryRow(`SELECT count(*) FROM projects`).Scan(&projects); err != nil || projects != 0 {
		t.Errorf("%d projects are left, %v", projects, err)
	}
}

func TestWhoCameBackKeepsTheProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ron, ann := w.member("Ron"), w.member("Ann")
	parks := w.create(ron, "/accounts", `{"name": "Parks"}`)
	w.project(ron, parks, ann, "Pit 46")
	w.want(http.StatusOK, ron, http.MethodDelete, "/accounts/"+parks+"/members/"+ann, "")
	w.project(ron, parks, ann, "Park") // Ann is back before the consumer looks
	w.settle()
	w.assertProjects(ron, parks, `[{"id":1,"name":"Pit 46","owner":"Ann"},{"id":2,"name":"Park","owner":"Ann"}]`)
}

// The README's report is what it says.
func TestTheReportOfTheREADME(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, report, _ := strings.Cut(string(readme), "```sql\n")
	report, _, found := strings.Cut(report, "```")
	if !found {
		t.Fatal("README.md has no SQL")
	}
	w := newWorld(t)
	ron := w.member("Ron")
	parks := w.create(ron, "/accounts", `{"name": "Parks"}`)
	w.project(ron, parks, ron, "Pit 46")
	var account, owner, name, since string
	if err := w.app.db.QueryRow(report).Scan(&account, &owner, &name, &since); err != nil {
		t.Fatal(err)
	}
	if account != "Parks" || owner != "Ron" || name != "Pit 46" || !strings.HasSuffix(since, "Z") {
		t.Errorf("got %s, %s, %s, %s", account, owner, name, since)
	}
}

func TestRunServesUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	reserved, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr, path := reserved.Addr().String(), filepath.Join(t.TempDir(), "with space?.db")
	if err := run(t.Context(), addr, path); err == nil {
		t.Error("an address that is taken was listened on")
	}
	if err := reserved.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	if err := run(ctx, addr, path); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

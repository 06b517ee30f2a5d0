package crash_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
)

// uploader imports files by the console, which is how an import comes over HTTP: it sends a file, which is imported and
// undone to see what would become of it, and then asks for the import.
type uploader struct{ *client }

var formToken = regexp.MustCompile(`name="console\.token" value="([^"]+)"`)

// one imports a file of new rows, all or none; false when no answer came.
func (u uploader) one() bool {
	u.n++
	id := fmt.Sprintf("%s-%d", u.name, u.n)
	rows, claims := newRows(id)
	page, err := u.browse(http.MethodGet, "/console/import", id+"-form", "", nil)
	token := formToken.FindSubmatch(page.Body)
	if err != nil || page.Status != http.StatusOK || token == nil {
		return u.stopped(page, err)
	}
	// Nothing may be left of the trial.
	u.ledger.add(line{Request: id + "-trial", Kind: tried})
	kind, body := uploadBody(string(token[1]), rows)
	trial, err := u.browse(http.MethodPost, "/console/import", id+"-trial", kind, body)
	u.ledger.add(line{Request: id + "-trial", Kind: refused, Why: "a trial"})
	if err != nil || trial.Status != http.StatusSeeOther {
		return u.stopped(trial, err)
	}
	u.ledger.add(line{Request: id, Kind: tried, Brings: true, Whole: len(claims)})
	ran, err := u.browse(http.MethodPost, trial.Header.Get("Location"), id, "application/x-www-form-urlencoded",
		strings.NewReader("console.token="+string(token[1])))
	if err != nil || ran.Status != http.StatusSeeOther {
		u.ledger.add(line{Request: id, Kind: unknown})
		return u.stopped(ran, err)
	}
	u.ledger.add(line{Request: id, Kind: done, Claims: claims})
	return true
}

// stopped tells of an answer that is wrong. While the server stops, none comes, or 503.
func (u uploader) stopped(r servertest.Reply, err error) bool {
	if err == nil && r.Status != http.StatusServiceUnavailable {
		u.t.Errorf("the console answered %d: %s", r.Status, r.Body)
	}
	return false
}

// browse sends a request as a browser does that has signed in: the session is a token.
func (u uploader) browse(method, path, id, kind string, body io.Reader) (servertest.Reply, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, u.Client.URL+path, body)
	if err != nil {
		return servertest.Reply{}, err
	}
	req.AddCookie(&http.Cookie{Name: "roster_console", Value: u.Token})
	req.Header.Set("X-Request-Id", id)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return u.Send(req)
}

// newRows are lines of accounts, members and memberships that nobody else knows, and what is claimed when they are in.
func newRows(name string) (lines string, all []claim) {
	var b strings.Builder
	var accounts [5]string
	for n := range accounts {
		accounts[n] = uuid.NewString()
		fmt.Fprintf(&b, `{"type":"account","id":%q,"name":%q}`+"\n", accounts[n], name)
		all = append(all, claim{Type: membership.AccountCreated, Row: accounts[n]})
	}
	for n := range accounts {
		member, joined := uuid.NewString(), uuid.NewString()
		fmt.Fprintf(&b, `{"type":"account_member","id":%q,"name":%q,"email":"ron@example.com"}`+"\n", member, name)
		fmt.Fprintf(&b, `{"type":"account_membership","id":%q,"account_id":%q,"account_member_id":%q}`+"\n", joined, accounts[n], member)
		all = append(all, claim{Type: membership.MemberCreated, Row: member}, claim{Type: membership.MembershipCreated, Row: joined})
	}
	return b.String(), all
}

// uploadBody is the form of the page, with a file.
func uploadBody(token, rows string) (kind string, body io.Reader) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range map[string]string{"console.token": token, "atomic": "on", "on_conflict": "fail"} {
		_ = w.WriteField(name, value) // a buffer takes everything
	}
	file, _ := w.CreateFormFile("file", "people.ndjson")
	_, _ = io.WriteString(file, rows)
	_ = w.Close()
	return w.FormDataContentType(), &b
}

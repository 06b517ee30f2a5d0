package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/roster-go/roster/membership"
)

//go:embed all:templates
var templateFiles embed.FS

// pages are the templates of whole pages by their names.
type pages map[string]*template.Template

// loadPages reads every template. Those whose names begin with an underscore are parts that all others may use.
func loadPages(a assets) pages {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		panic(err) // the pattern is wrong
	}
	base := template.New("").Funcs(template.FuncMap{
		"asset": a.path, "shown": shown, "when": when, "exact": exact, "number": number,
		"search": newSearch, "heading": newHeading, "used": newUsed,
	})
	base = template.Must(base.ParseFS(templateFiles, "templates/_*.html"))
	all := pages{}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if !strings.HasPrefix(name, "_") {
			all[name] = template.Must(template.Must(base.Clone()).ParseFS(templateFiles, file))
		}
	}
	return all
}

// link is somewhere to go.
type link struct{ Text, Href string }

// page is what every page shows.
type page struct {
	Title   string
	Section string // which of the navigation's links the page belongs to
	Trail   []link // the way to the page
	Done    string // what the form before has done
	Body    any    // the page's own

	// Set by show.
	Path      string
	Nav       []navigation
	Subject   string // empty while nobody is signed in
	CanWrite  bool
	FormToken string
}

// navigation is one of the links that every page has.
type navigation struct {
	link
	Here bool
}

// show answers with a page.
func (c *call) show(status int, name string, p page) error {
	var out bytes.Buffer
	if err := c.console.pages[name].ExecuteTemplate(&out, "page", c.complete(p)); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.Header().Set("Content-Length", strconv.Itoa(out.Len()))
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead {
		_, _ = c.w.Write(out.Bytes())
	}
	return nil
}

// complete fills in what is the same for every page.
func (c *call) complete(p page) page {
	p.Path, p.FormToken = Path, c.formToken()
	p.Subject, p.CanWrite = c.session.subject, c.session.scopes.Has(membership.ScopeWrite)
	if p.Done == "" && c.r.Method != http.MethodPost {
		p.Done = c.done()
	}
	if c.session.token == "" {
		return p
	}
	for _, l := range []link{
		{"Accounts", "/accounts"}, {"Members", "/members"}, {"Fields", "/fields"},
		{"Settings", "/settings"}, {"Changes", "/changes"}, {"Import", importPath},
	} {
		offered := l.Href != importPath || c.console.opts.Import != nil && p.CanWrite
		if offered {
			p.Nav = append(p.Nav, navigation{link{l.Text, Path + l.Href}, l.Text == p.Section})
		}
	}
	return p
}

// part renders a part of a page.
func (c *call) part(name, part string, data any) (string, error) {
	var out strings.Builder
	err := c.console.pages[name].ExecuteTemplate(&out, part, data)
	return out.String(), err
}

// search, heading and used are what the parts of those names show.
type search struct {
	List  list
	Label string
}

func newSearch(l list, label string) search { return search{l, label} }

type heading struct {
	List       list
	Attr, Text string
}

func newHeading(l list, attr, text string) heading { return heading{l, attr, text} }

type used struct {
	Used, Limit int
	Label       string
}

func newUsed(n, limit int, label string) used { return used{n, limit, label} }

// dones are what forms report when they are done, by what stands in the address. Why not the text itself: anybody can
// make an address.
var dones = map[string]string{
	"signed-out":      "You are signed out.",
	"account-created": "The account is created.",
	"account-saved":   "The account is saved.",
	"account-deleted": "The account is deleted.",
	"tagged":          "The tag is added.",
	"untagged":        "The tag is taken away.",
	"joined":          "The member is added.",
	"saved":           "The membership is saved.",
	"removed":         "The member is removed from the account.",
	"member-created":  "The member is created.",
	"member-saved":    "The member is saved.",
	"member-deleted":  "The member is deleted.",
	"field-defined":   "The field is defined.",
	"field-saved":     "The field is saved.",
	"field-deleted":   "The field is deleted.",
	"settings-saved":  "The settings are saved.",
	"discarded":       "The upload is discarded; nothing was imported.",
}

// done is what the form before has done.
func (c *call) done() string {
	text := dones[c.query.Get("done")]
	if n, err := strconv.ParseUint(c.query.Get("values"), 10, 63); err == nil && c.query.Get("done") == "field-deleted" {
		text += " " + count(int(n), "row") + " had a value." // it has 63 bits
	}
	return text
}

// shown is a value of a custom field as people read it.
func shown(v membership.Value) string {
	switch v.Kind() {
	case membership.KindNull:
		return "—"
	case membership.KindBoolean:
		if v.Boolean() {
			return "Yes"
		}
		return "No"
	case membership.KindText:
		if v.Text() == "" {
			return "(empty)"
		}
	case membership.KindID, membership.KindTime, membership.KindInteger, membership.KindFloat, membership.KindDate:
	}
	return v.String()
}

// when is a time for people; exact for programs.
func when(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

func exact(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// count is a number of things: "1 row", "2 rows".
func count(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return number(n) + " " + thing
}

// number is a number with its thousands apart.
func number(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// sentence makes a sentence of a text that is said in the middle of one.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	first, n := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[n:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

package console

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// route is one thing that the console answers.
type route struct {
	method string
	path   string            // below Path, a pattern of http.ServeMux
	needs  membership.Scopes // none: everybody may, signed in or not
	serve  func(*call) error
	public bool // it does not even look who asks
}

func read(path string, serve func(*call) error) route {
	return route{method: http.MethodGet, path: path, needs: membership.ScopeRead, serve: serve}
}

// write is a route that a form is sent to. Why reading, too: the page that refuses a form shows what is stored.
func write(path string, serve func(*call) error) route {
	return route{method: http.MethodPost, path: path, needs: membership.ScopeAll, serve: serve}
}

// ask is a route to a page with a form that writes.
func ask(path string, serve func(*call) error) route {
	return route{method: http.MethodGet, path: path, needs: membership.ScopeAll, serve: serve}
}

// routes is the table of everything that the console answers, a noun at a time. HEAD is answered wherever GET is.
func (c *Console) routes() []route {
	all := slices.Concat(sessionRoutes, assetRoutes, accountRoutes, membershipRoutes, memberRoutes, fieldRoutes,
		settingsRoutes, changeRoutes)
	if c.opts.Import != nil {
		all = slices.Concat(all, importRoutes)
	}
	return all
}

// Routes lists everything that the console answers as "METHOD /path", with the wildcards of http.ServeMux.
func (c *Console) Routes() []string {
	var all []string
	for _, r := range c.routes() {
		all = append(all, r.method+" "+Path+r.path)
	}
	return all
}

// newMux registers every path with all of its methods at once, because http.ServeMux answers a method that it does not
// know with a page of its own.
func (c *Console) newMux() *http.ServeMux {
	paths := map[string]map[string]route{}
	for _, r := range c.routes() {
		if paths[r.path] == nil {
			paths[r.path] = map[string]route{}
		}
		paths[r.path][r.method] = r
	}
	mux := http.NewServeMux()
	for path, methods := range paths {
		mux.HandleFunc(Path+path, func(w http.ResponseWriter, r *http.Request) {
			c.serve(w, r, func(call *call) error { return call.dispatch(methods) })
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		c.serve(w, r, func(call *call) error { return call.admit(membership.ScopeRead, errNoPage) })
	})
	return mux
}

// call is one request on its way through its route.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	console *Console
	id      string          // of the request
	svc     *roster.Service // acts for who is signed in
	session session         // zero while nobody is
	query   url.Values
	form    url.Values // what a POST sent
	seen    httpadapter.Observation
}

// observed tells whoever watches the request what has been found out about it.
func (c *call) observed() {
	if c.console.opts.Observe != nil {
		c.console.opts.Observe(c.w, c.r, c.seen)
	}
}

// failed tells the code of an error.
func (c *call) failed(code string) {
	c.seen.Codes = append(c.seen.Codes, code)
	c.observed()
}

func (c *call) ctx() context.Context { return c.r.Context() }

// maxFormBytes is how large a form may be: a hundred custom fields with the longest texts, as they were and as they are to be,
// escaped. maxVisitorFormBytes is it for those who are not signed in.
const (
	maxFormBytes        = 8 << 20
	maxVisitorFormBytes = 64 << 10
)

// dispatch finds the route of a method, and lets in who may use it.
func (c *call) dispatch(methods map[string]route) error {
	method := c.r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	route, known := methods[method]
	if !known {
		allowed := slices.Collect(maps.Keys(methods))
		if slices.Contains(allowed, http.MethodGet) {
			allowed = append(allowed, http.MethodHead)
		}
		slices.Sort(allowed)
		c.w.Header().Set("Allow", strings.Join(allowed, ", "))
		return errMethod
	}
	if route.public {
		return route.serve(c)
	}
	if err := c.admit(route.needs, nil); err != nil {
		return err
	}
	if err := c.readForm(); err != nil {
		return err
	}
	return route.serve(c)
}

// admit finds out who sends the request, and refuses those who may not; and then those who may with an error of its own.
func (c *call) admit(needs membership.Scopes, otherwise error) (err error) {
	if c.query, err = url.ParseQuery(c.r.URL.RawQuery); err != nil {
		return errQuery
	}
	c.session, err = c.console.identify(c.r)
	switch {
	case err != nil && needs == 0 && errors.Is(err, httpadapter.ErrUnauthenticated):
		return otherwise // everybody may
	case err != nil:
		return err
	}
	c.seen.Subject = c.session.subject
	c.observed()
	if !c.session.scopes.Has(needs) {
		return &forbidden{needs &^ c.session.scopes}
	}
	c.svc = c.console.svc.As(c.session.subject).ForRequest(c.id)
	return otherwise
}

// readForm reads what a POST sent and looks for the form token, except in uploads, which are read as they come.
func (c *call) readForm() error {
	if c.r.Method != http.MethodPost || c.isUpload() {
		return nil
	}
	most := int64(maxFormBytes)
	if c.session.token == "" {
		most = maxVisitorFormBytes
	}
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, most)
	if err := c.r.ParseForm(); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return errFormTooLarge
		}
		return errForm
	}
	c.form = c.r.PostForm
	return c.checkFormToken(c.form.Get(formTokenName))
}

// isUpload reports whether the body is a form with files. Why only there: elsewhere it would have no form token.
func (c *call) isUpload() bool {
	return c.r.URL.Path == Path+importPath && c.console.opts.Import != nil
}

// redirect answers a form that was done, so that a page that is loaded again sends nothing twice.
func (c *call) redirect(to string) error {
	http.Redirect(c.w, c.r, to, http.StatusSeeOther)
	return nil
}

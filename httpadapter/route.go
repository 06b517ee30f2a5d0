package httpadapter

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// route is one operation of the adapter.
type route struct {
	method string
	path   string            // a pattern of http.ServeMux
	needs  membership.Scopes // none: everybody may
	serve  func(*call) (response, error)
}

// routes is the table of everything that the adapter answers, a noun at a time. HEAD is answered wherever GET is.
func (h *Handler) routes() []route {
	return slices.Concat(
		accountRoutes,
		accountTagRoutes,
		tagRoutes,
		memberRoutes,
		membershipRoutes,
		flowRoutes,
		fieldRoutes,
		settingsRoutes,
		authSettingsRoutes,
		inRealm(userRoutes...),
		inRealm(profileRoutes...),
		inRealm(loginRoutes...),
		changeRoutes,
		h.tokens.routes(),
		documentRoutes,
	)
}

func read(path string, serve func(*call) (response, error)) route {
	return route{http.MethodGet, path, membership.ScopeRead, serve}
}

func create(path string, serve func(*call) (response, error)) route {
	return route{http.MethodPost, path, membership.ScopeWrite, serve}
}

func update(path string, serve func(*call) (response, error)) route {
	return route{http.MethodPut, path, membership.ScopeWrite, serve}
}

func remove(path string, serve func(*call) (response, error)) route {
	return route{http.MethodDelete, path, membership.ScopeWrite, serve}
}

// call is one request on its way through its route.
type call struct {
	writer  http.ResponseWriter // for reading the body only
	request *http.Request
	id      string   // of the request
	out     *encoder // takes the answer's JSON
	hurry   patience // how long it may take

	subject string   // who sent the request, once that is known
	codes   []string // of the errors that it is refused with

	svc     *roster.Service // acts for whoever sent the request
	auth    Authenticator
	needs   membership.Scopes
	maxBody int64
	streams streams
}

func (c *call) context() context.Context { return c.request.Context() }

// methods holds the routes of one path by their methods.
type methods map[string]route

// newMux registers every path with all of its methods at once, because http.ServeMux answers a method that it does not
// know in a format of its own.
func (h *Handler) newMux() *http.ServeMux {
	paths := map[string]methods{}
	for _, r := range h.routes() {
		if paths[r.path] == nil {
			paths[r.path] = methods{}
		}
		paths[r.path][r.method] = r
	}
	mux := http.NewServeMux()
	for path, at := range paths {
		h.handle(mux, path, func(c *call) (response, error) { return h.dispatch(c, at) })
	}
	h.handle(mux, "/", func(*call) (response, error) { return response{}, routeNotFound })
	return mux
}

func (h *Handler) handle(mux *http.ServeMux, path string, act func(*call) (response, error)) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { h.answer.serve(w, r, act) })
}

var routeNotFound = &fault{
	status: http.StatusNotFound,
	code:   "route_not_found",
	detail: "there is nothing at this path; /openapi.yaml lists every path",
}

// dispatch finds the route for the request's method, and out whether its sender may use it.
func (h *Handler) dispatch(c *call, at methods) (response, error) {
	method := c.request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	route, ok := at[method]
	if !ok {
		return response{}, methodNotAllowed(slices.Collect(maps.Keys(at))...)
	}
	c.auth, c.needs = h.auth, route.needs
	identity, err := c.authorize()
	if err != nil {
		return response{}, err
	}
	c.svc = h.svc.As(identity.Subject).ForRequest(c.id)
	c.out.base = h.origin.of(c.request)
	c.maxBody, c.streams = h.limit, h.streams
	return route.serve(c)
}

func methodNotAllowed(allowed ...string) *fault {
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	return &fault{
		status:  http.StatusMethodNotAllowed,
		code:    "method_not_allowed",
		detail:  "this path allows " + list,
		headers: []header{{"Allow", list}},
	}
}

// withPlainPath takes empty segments out of the request's path, so that doubled and trailing slashes mean the same
// resource. Segments of dots are escaped: they are names like any other here, and http.ServeMux would answer them with
// a redirect.
func withPlainPath(r *http.Request) *http.Request {
	escaped := r.URL.EscapedPath()
	if surelyPlain(escaped) {
		return r
	}
	plain := "/" + strings.Join(segments(escaped), "/")
	if plain == escaped {
		return r
	}
	path, err := url.PathUnescape(plain)
	if err != nil {
		path, plain = "/", "/"
	}
	clean := new(http.Request)
	*clean = *r
	clean.URL = new(url.URL)
	*clean.URL = *r.URL
	clean.URL.Path, clean.URL.RawPath = path, plain
	if clean.RequestURI == "*" { // which http.ServeMux would answer itself
		clean.RequestURI = plain
	}
	return clean
}

// surelyPlain reports whether a path has obviously nothing but segments that stay as they are, as nearly every path has.
func surelyPlain(escapedPath string) bool {
	return strings.HasPrefix(escapedPath, "/") && !strings.HasSuffix(escapedPath, "/") &&
		!strings.Contains(escapedPath, "//") && !strings.Contains(escapedPath, "/.")
}

func segments(escapedPath string) []string {
	var all []string
	for segment := range strings.SplitSeq(escapedPath, "/") {
		switch segment {
		case "":
		case ".", "..":
			all = append(all, strings.ReplaceAll(segment, ".", "%2E"))
		default:
			all = append(all, segment)
		}
	}
	return all
}

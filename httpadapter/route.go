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
	svc     *roster.Service // acts for whoever sent the request
	base    string          // what links begin with
	maxBody int64
	streams streams
	may     func() error // whether whoever sent the request may still do so
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
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			h.answer.serve(w, r, func(id string) (response, error) { return h.dispatch(at, id, w, r) })
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.answer.serve(w, r, func(string) (response, error) { return response{}, routeNotFound })
	})
	return mux
}

var routeNotFound = &fault{
	status: http.StatusNotFound,
	code:   "route_not_found",
	detail: "there is nothing at this path; /openapi.yaml lists every path",
}

// dispatch finds the route for the request's method, and out whether its sender may use it.
func (h *Handler) dispatch(at methods, id string, w http.ResponseWriter, r *http.Request) (response, error) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	route, ok := at[method]
	if !ok {
		return response{}, methodNotAllowed(slices.Collect(maps.Keys(at))...)
	}
	identity, err := authorize(h.auth, r, route.needs)
	if err != nil {
		return response{}, err
	}
	return route.serve(&call{
		writer:  w,
		request: r,
		svc:     h.svc.As(identity.Subject).ForRequest(id),
		base:    h.origin.of(r),
		maxBody: h.limit,
		streams: h.streams,
		may:     func() error { _, err := authorize(h.auth, r, route.needs); return err },
	})
}

func methodNotAllowed(allowed ...string) *fault {
	if slices.Contains(allowed, http.MethodGet) {
		allowed = append(allowed, http.MethodHead)
	}
	slices.Sort(allowed)
	list := strings.Join(allowed, ", ")
	return &fault{
		status: http.StatusMethodNotAllowed,
		code:   "method_not_allowed",
		detail: "this path allows " + list,
		header: map[string]string{"Allow": list},
	}
}

// withPlainPath takes empty segments out of the request's path, so that doubled and trailing slashes mean the same
// resource. Segments of dots are escaped: they are names like any other here, and http.ServeMux would answer them with
// a redirect.
func withPlainPath(r *http.Request) *http.Request {
	escaped := r.URL.EscapedPath()
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

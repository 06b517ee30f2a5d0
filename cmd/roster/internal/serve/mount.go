package serve

import (
	"net/http"
	"strings"

	"github.com/roster-go/roster/httpadapter"
)

// mount is a handler for a path, such as "/console", and everything below it.
type mount struct {
	path    string
	handler http.Handler
}

// mounted sends requests to the mount that their path belongs to, and all others to next. Why no http.ServeMux: it would
// answer doubled slashes in the API's paths with a redirect.
func mounted(next http.Handler, mounts ...mount) http.Handler {
	if len(mounts) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, m := range mounts {
			if r.URL.Path == m.path || strings.HasPrefix(r.URL.Path, m.path+"/") {
				noted(w, r, httpadapter.Observation{Route: m.path + "/"})
				m.handler.ServeHTTP(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

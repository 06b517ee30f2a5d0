package serve

import "net/http"

// closing ends the connection behind a request whose body came in chunks. Why: it may have had a Content-Length too, which
// net/http ignores and does not tell. A proxy that had believed it would take what follows for another client's request; RFC
// 9112 (6.1) has such a connection end. Clients that know how much they send are not concerned.
func closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

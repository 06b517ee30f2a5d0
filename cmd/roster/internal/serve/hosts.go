package serve

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// onlyForHosts refuses requests that ask for a host which allowed does not know, with 421. Health checks may ask for any:
// they come by addresses that nobody can foresee.
func onlyForHosts(allowed func(host string) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, isHealth := healthPath(r); isHealth || allowed(hostName(r.Host)) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusMisdirectedRequest)
		_, _ = io.WriteString(w, "this server does not answer for the host that the request names\n")
	})
}

// hostName is a host without its port, in small letters.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// allows are the names of --allowed-hosts.
func (c config) allows(host string) bool {
	for _, name := range c.allowedHosts {
		if hostName(strings.TrimSpace(name)) == host {
			return true
		}
	}
	return false
}

// allowsHere is what a local address without authentication answers to: its own names and those of --allowed-hosts. Why: a
// page in somebody's browser on this machine can give a name of its own this address, and read what it answers.
func (c config) allowsHere(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || host == "" || c.allows(host)
}

package serve

import (
	"net/http"
	"net/netip"
)

// forwardingHeaders are what a proxy says about who is behind it.
var forwardingHeaders = []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}

// onlyFromProxies takes the forwarding headers from requests that do not come from a trusted proxy. Without a list,
// everybody is trusted, or nobody: the handlers know which.
func (c config) onlyFromProxies(next http.Handler) http.Handler {
	if len(c.trustedProxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !c.isProxy(r.RemoteAddr) {
			for _, name := range forwardingHeaders {
				delete(r.Header, name)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// isProxy reports whether a request's sender is a trusted proxy. One that has no address came by a unix socket.
func (c config) isProxy(remote string) bool {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return c.localProxy
	}
	address := peer.Addr().Unmap().WithZone("")
	for _, network := range c.proxies {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

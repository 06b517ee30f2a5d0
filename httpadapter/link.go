package httpadapter

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/google/uuid"
)

// origin knows what links begin with.
type origin struct {
	base   string // configured: wins over everything
	prefix string
	trust  bool
}

func newOrigin(opts Options) origin {
	o := origin{base: strings.TrimRight(opts.BaseURL, "/"), trust: opts.TrustForwarded}
	if prefix := strings.Trim(opts.Prefix, "/"); prefix != "" {
		o.prefix = "/" + prefix
	}
	return o
}

// of is everything in a link before "/v2".
func (o origin) of(r *http.Request) string {
	if o.base != "" {
		return o.base
	}
	scheme, host := "http", hostOf(r)
	if r.TLS != nil {
		scheme = "https"
	}
	if o.trust {
		if proto := strings.ToLower(forwarded(r, "X-Forwarded-Proto")); proto == "http" || proto == "https" {
			scheme = proto
		}
		if name := forwarded(r, "X-Forwarded-Host"); plainHost(name) {
			host = name
		}
	}
	return scheme + "://" + host + o.prefix
}

// hostOf is the host that the client named or, where HTTP/1.0 let it name none, the address that it reached.
func hostOf(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		return local.String()
	}
	return "localhost"
}

// forwarded is the last entry of a forwarding header: the one that the nearest proxy wrote. Those before it may be the
// client's own.
func forwarded(r *http.Request, name string) string {
	values := r.Header.Values(name)
	if len(values) == 0 {
		return ""
	}
	last := values[len(values)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// ipv6Network is how much of an IPv6 address tells one client from another: a client can have all the rest.
const ipv6Network = 64

// clientNetwork is where a request comes from, as far as one client is told from another.
func clientNetwork(r *http.Request, trustForwarded bool) string {
	host := ClientAddress(r, trustForwarded)
	ip, err := netip.ParseAddr(host)
	if err != nil {
		withPort, err := netip.ParseAddrPort(host)
		if err != nil {
			return "unknown"
		}
		ip = withPort.Addr()
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	network, _ := ip.Prefix(ipv6Network) // 64 is a length that every one has
	return network.String()
}

// plainHost reports whether a text can be a link's host and port.
func plainHost(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		letterOrDigit := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !letterOrDigit && !strings.ContainsRune("-._:[]", c)
	})
}

// place is where a resource or a list is, below what links begin with. A zero id is left out.
type place struct {
	names string
	id    uuid.UUID
	below string
	inner uuid.UUID
}

// to is the list below the place of a resource.
func (p place) to(list string) place {
	p.below = list
	return p
}

// appendTo appends the place as a path, in which nothing needs escaping.
func (p place) appendTo(dst []byte) []byte {
	dst = appendStep(dst, p.names, p.id)
	return appendStep(dst, p.below, p.inner)
}

func appendStep(dst []byte, names string, id uuid.UUID) []byte {
	dst = append(dst, names...)
	if id == uuid.Nil {
		return dst
	}
	return appendID(append(dst, '/'), id)
}

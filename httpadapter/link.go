package httpadapter

import (
	"net"
	"net/http"
	"strings"
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

// plainHost reports whether a text can be a link's host and port.
func plainHost(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		letterOrDigit := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !letterOrDigit && !strings.ContainsRune("-._:[]", c)
	})
}

// selfLink is the links member of a single resource.
type selfLink struct {
	Self string `json:"self"`
}

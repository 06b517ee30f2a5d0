package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Options say which server a client is for, and who the client is.
type Options struct {
	Server string // http://HOST:PORT, https://..., with or without a path; or unix:///PATH of a socket
	CA     string // a file with certificates to trust beside the system's; empty means none

	Token                  string // an access token; or what to get one with:
	ClientID, ClientSecret string

	Agent string // how the client introduces itself
}

// ErrServer says that a server's name is none.
var ErrServer = errors.New("must be like http://127.0.0.1:8080, https://roster.example.com or unix:///run/roster.sock")

// New is a client of a server. It has not reached it yet. The error is [ErrServer], or says what is wrong with the file
// of certificates.
func New(opts Options) (*Client, error) {
	way := http.DefaultTransport.(*http.Transport).Clone()
	base, err := server(opts.Server, way)
	if err != nil {
		return nil, err
	}
	if opts.CA != "" {
		roots, err := trusted(opts.CA)
		if err != nil {
			return nil, err
		}
		way.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	c := newClient(base, way)
	c.agent = opts.Agent
	c.signIn = signIn{id: opts.ClientID, secret: opts.ClientSecret, token: opts.Token}
	if opts.Token != "" {
		c.signIn.id = "" // the one that is given is the one to use
	}
	return c, nil
}

// server is what the paths of a server are behind. Where it is a socket, the way leads there.
func server(name string, way *http.Transport) (base string, err error) {
	if path, ok := strings.CutPrefix(name, "unix:"); ok {
		path = strings.TrimPrefix(path, "//") // unix:PATH is what roster serve --addr takes and says
		if path == "" || path[0] != '/' {
			return "", ErrServer
		}
		way.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
		way.Proxy = nil
		return "http://roster.local", nil
	}
	u, err := url.Parse(name)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", ErrServer
	}
	return strings.TrimRight(strings.TrimSuffix(strings.TrimRight(name, "/"), "/v2"), "/"), nil
}

// trusted are the system's certificates and those of a file.
func trusted(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the certificates to trust: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("there is no certificate in %s: it must be a PEM file", file)
	}
	return roots, nil
}

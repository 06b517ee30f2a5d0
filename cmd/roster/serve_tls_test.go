package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/command"
)

// authority issues certificates to a server, into files that may be written again.
type authority struct {
	t         *testing.T
	cert, key string // the files
	pool      *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	dir := t.TempDir()
	a := &authority{t: t, cert: filepath.Join(dir, "cert.pem"), key: filepath.Join(dir, "key.pem"), pool: x509.NewCertPool()}
	a.issue("first")
	return a
}

// issue writes a new pair, which clients that take the pool believe.
func (a *authority) issue(name string) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	a.pool.AppendCertsFromPEM(text)
	a.write(a.cert, text)
	a.write(a.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func (a *authority) write(path string, text []byte) {
	a.t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *authority) flags() []string { return []string{"--tls-cert", a.cert, "--tls-key", a.key} }

// trustedBy lets a server's client believe the certificates that there are now.
func (a *authority) trustedBy(s *server) {
	transport := s.client.Transport.(*http.Transport)
	transport.TLSClientConfig = &tls.Config{RootCAs: a.pool.Clone(), MinVersion: tls.VersionTLS12}
	transport.ForceAttemptHTTP2 = true
}

// served is the name in the certificate that a new connection to a server gets.
func (a *authority) served(s *server) string {
	a.t.Helper()
	conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS12}}).DialContext(a.t.Context(), "tcp", strings.TrimPrefix(s.url, "https://"))
	if err != nil {
		a.t.Fatal(err)
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestTLSServesHTTP2AndLinksSayHTTPS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := startAnywhere(t, ownCredentials, append(a.flags(), "--in-memory", "--addr", "0.0.0.0:0")...)
	if !strings.HasPrefix(s.url, "https://") {
		t.Fatalf("it listens on %s", s.url)
	}
	s.url = "https://127.0.0.1" + s.url[strings.LastIndexByte(s.url, ':'):]
	a.trustedBy(s)
	s.signIn("operator", "correct horse battery staple")
	account := s.createAccount("acme")
	if self := s.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account, "").At("links", "self"); self != s.url+"/v2/accounts/"+account {
		t.Errorf("self is %v", self)
	}
	old := &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if conn, err := tls.Dial("tcp", strings.TrimPrefix(s.url, "https://"), old); err == nil {
		conn.Close()
		t.Error("TLS 1.1 was spoken")
	}
	s.stop()
	if log := s.stderr.String(); !strings.Contains(log, "protocol=HTTP/2.0") || strings.Contains(log, "nothing encrypts") {
		t.Errorf("no HTTP/2, or a warning for nothing:\n%s", log)
	}
}

// TestCertificatesAreReloadedOnSIGHUPAndNoConnectionIsLost also breaks the pair: the old one stays.
func TestCertificatesAreReloadedOnSIGHUPAndNoConnectionIsLost(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGHUP")
	}
	a := newAuthority(t)
	s, process := startProcessWith(t, []string{command.EnvClientID + "=operator", command.EnvClientSecret + "=correct horse battery staple"},
		append(a.flags(), "--in-memory", "--addr", "127.0.0.1:0")...)
	a.trustedBy(s)
	s.signIn("operator", "correct horse battery staple")
	h := s.hang(t.Context(), "/v2/accounts")

	a.write(a.key, []byte("half"))
	hangUp(t, process)
	s.waitForLog(`(the certificate was not reloaded).*private key`)
	if got := a.served(s); got != "first" {
		t.Errorf("%s is served after a broken pair", got)
	}
	a.issue("second")
	hangUp(t, process)
	s.waitForLog(`(the certificate was reloaded)`)
	if got := a.served(s); got != "second" {
		t.Errorf("%s is served after the reload", got)
	}

	_, _ = h.body.Write([]byte(`{"data":{"type":"account","name":"acme"}}`))
	_ = h.body.Close()
	<-h.done
	if h.err != nil || h.status != http.StatusCreated {
		t.Errorf("the request that was there before: %d %v", h.status, h.err)
	}
}

func hangUp(t *testing.T, process *exec.Cmd) {
	t.Helper()
	if err := process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

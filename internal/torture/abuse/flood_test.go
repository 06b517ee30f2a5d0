package abuse_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// certificate makes a pair of files for 127.0.0.1.
func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool = x509.NewCertPool()
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return cert, key, pool
}

// flood is what a client of HTTP/2 sends without end, and without reading anything.
type flood struct {
	name string
	next func(i int) []byte
}

// The types and flags of frames, RFC 9113.
const (
	headersFrame, resetFrame, settingsFrame, pingFrame, continuationFrame = 1, 3, 4, 6, 9
	endStream, endHeaders                                                 = 1, 4
)

func frame(kind, flags byte, stream int, payload ...byte) []byte {
	head := make([]byte, 9, 9+len(payload))
	head[1], head[2] = byte(len(payload)>>8), byte(len(payload))
	head[3], head[4] = kind, flags
	binary.BigEndian.PutUint32(head[5:], uint32(stream))
	return append(head, payload...)
}

// requestHead asks for /healthz in HPACK, RFC 7541: GET and https from the table, path and authority in letters.
var requestHead = []byte("\x82\x87\x04\x08/healthz\x01\x01x")

var floods = []flood{
	{"requests that are taken back at once", func(i int) []byte {
		return append(frame(headersFrame, endStream|endHeaders, 2*i+1, requestHead...), frame(resetFrame, 0, 2*i+1, 0, 0, 0, 8)...)
	}},
	{"requests whose answers nobody reads", func(i int) []byte { return frame(headersFrame, endStream|endHeaders, 2*i+1, requestHead...) }},
	{"settings", func(int) []byte { return frame(settingsFrame, 0, 0) }},
	{"pings", func(int) []byte { return frame(pingFrame, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8) }},
	{"a head that never ends", func(i int) []byte {
		if i == 0 {
			return frame(headersFrame, endStream, 1, requestHead...)
		}
		return frame(continuationFrame, 0, 1, []byte("\x00\x01x\x7f\x81\x00"+strings.Repeat("a", 256))...)
	}},
}

func TestNoFloodOfHTTP2KeepsTheServerBusy(t *testing.T) {
	t.Parallel()
	cert, key, pool := certificate(t)
	s, g := startGauged(t, "--in-memory", "--tls-cert", cert, "--tls-key", key, "--log-requests=false",
		"--read-header-timeout", "1s", "--read-timeout", "5s", "--write-timeout", "3s", "--request-timeout", "2s", "--idle-timeout", "2s")
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	c := &servertest.Client{URL: s.URL, HTTP: &http.Client{Transport: transport}}
	if r := c.Want(t, http.StatusOK, http.MethodGet, "/healthz", ""); string(r.Body) != "ok\n" {
		t.Errorf("got %s", r.Body)
	}
	before, empty := g.now(), g.collected()
	frames := torture.Rounds(10_000, 1_000_000)
	var all sync.WaitGroup
	for range torture.Rounds(5, 50) {
		silent := dialTCP(t, s)
		all.Go(func() { endsByItself(t, "a handshake that never begins", silent) })
		half := dialTCP(t, s)
		_, _ = half.Write([]byte("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"))
		all.Go(func() { endsByItself(t, "a handshake that stops", half) })
	}
	for _, f := range floods {
		conn := tls.Client(dialTCP(t, s), &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12})
		if err := conn.HandshakeContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			_, _ = conn.Write(append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame(settingsFrame, 0, 0)...))
			for i := range frames {
				if _, err := conn.Write(f.next(i)); err != nil {
					break
				}
			}
			endsByItself(t, f.name, conn)
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	good := beside(t, done, func() error {
		r, err := c.Ask(t.Context(), http.MethodGet, "/healthz", "")
		if err == nil && r.Status != http.StatusOK {
			err = fmt.Errorf("%d %s", r.Status, r.Body)
		}
		return err
	})
	transport.CloseIdleConnections()
	g.settled(before)
	full := g.collected()
	if full > empty+30 {
		t.Errorf("%.0f MB instead of %.0f", full, empty)
	}
	torture.Report(t, torture.Result{
		Part: torture.Abuse, Promise: "No TLS handshake and no connection of HTTP/2 goes on for ever, whatever is sent on it", Rounds: len(floods),
		Method: "handshakes that stop; frames by hand: rapid reset, unread answers, settings, pings, endless heads",
		Measured: fmt.Sprintf("%d kinds of frames, up to %d each, all cut off; beside them %s; %s instead of %s afterwards",
			len(floods), frames, good, megabytes(full), megabytes(empty)),
	})
}

func dialTCP(t *testing.T, s *servertest.Server) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * servertest.WireTimeout)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// endsByItself waits until the server ends a connection.
func endsByItself(t *testing.T, what string, conn net.Conn) {
	_, err := io.Copy(io.Discard, conn)
	if timeout, ok := err.(net.Error); ok && timeout.Timeout() { //nolint:errorlint // what a connection returns
		t.Errorf("%s: the connection is still there", what)
	}
	_ = conn.Close()
}

package pgstore_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy stands between a store and its server, to take connections away at the worst moment.
type proxy struct {
	t      *testing.T
	server string
	ln     net.Listener
	wg     sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool
	fault  func(message []byte) cut
	closed bool
}

// cut is what happens to a connection with a message that the store sends.
type cut int

const (
	pass         cut = iota
	beforeServer     // the server never gets it
	afterServer      // the server gets it, and the store does not get the answer
)

// between starts a proxy, and returns a URL that leads through it.
func between(t *testing.T, server string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, server: u.Host, ln: ln, conns: map[net.Conn]bool{}}
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		p.cutAll(true)
		p.wg.Wait()
	})
	u.Host = ln.Addr().String()
	return p, u.String()
}

// on sets what happens to the messages that come from now on; the function may end that itself.
func (p *proxy) on(fault func(message []byte) cut) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
}

// cutAll closes every connection, and lets no new one through where it is for good.
func (p *proxy) cutAll(forGood bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = forGood
	for conn := range p.conns {
		_ = conn.Close()
	}
}

func (p *proxy) accept() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		refused := p.closed
		p.conns[client], p.conns[server] = true, true
		p.mu.Unlock()
		if refused {
			_ = client.Close()
			_ = server.Close()
		}
		p.wg.Go(func() { p.carry(client, server) })
		p.wg.Go(func() {
			_, _ = io.Copy(client, server)
			_ = client.Close()
			_ = server.Close()
		})
	}
}

// carry passes on what the store sends. A message comes in one piece here: the store waits for the answer to each.
func (p *proxy) carry(client, server net.Conn) {
	defer server.Close()
	defer client.Close()
	buf := make([]byte, 1<<20)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		what := pass
		if p.fault != nil {
			what = p.fault(buf[:n])
		}
		p.mu.Unlock()
		switch what {
		case beforeServer:
			return
		case afterServer:
			_ = client.Close()
		case pass:
		}
		if _, err := server.Write(buf[:n]); err != nil {
			return
		}
		if what == afterServer {
			// The server ends the connection once it has done what it was told, and finds nobody to answer.
			if tcp, ok := server.(*net.TCPConn); ok {
				_ = tcp.CloseWrite()
			}
			_, _ = io.Copy(io.Discard, server)
			return
		}
	}
}

// isCommit reports whether a message is the end of a transaction.
func isCommit(message []byte) bool { return bytes.Contains(message, []byte("commit\x00")) }

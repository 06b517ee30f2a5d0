package serve

import (
	"errors"
	"log/slog"
	"net"
	"sync"
)

// operationsConnections is how many connections there may be to the address of metrics: monitoring, and people who look.
const operationsConnections = 64

// reservedDescriptors are what the database, the log and connections to the address of metrics may need.
const reservedDescriptors = 2 * operationsConnections

// bound gives the listeners their limits. Why: without one, whoever opens many connections takes the file descriptors that
// the database needs, and the memory.
func (c config) bound(ls listeners, log *slog.Logger) listeners {
	ls.api = boundListener(ls.api, c.mostConnections(openFiles()), func(most int) {
		log.Warn("all connections are taken, and more wait until one of them ends", "max-connections", most)
	})
	if ls.operations != nil {
		ls.operations = boundListener(ls.operations, operationsConnections, func(most int) {
			log.Warn("all connections to the metrics are taken, and more wait until one of them ends", "connections", most)
		})
	}
	return ls
}

// mostConnections is how many there may be in a process that may have so many files open; 0 is any number.
func (c config) mostConnections(files int) int {
	if files <= 0 {
		return c.maxConnections
	}
	possible := max(files-reservedDescriptors, files/4, 1)
	if c.maxConnections == 0 {
		return possible
	}
	return min(c.maxConnections, possible)
}

// bounded is a listener with a number of connections at a time. Who comes when all are taken waits where the system lets
// connections wait that nobody has accepted yet.
type bounded struct {
	net.Listener
	places chan struct{}
	full   func(most int) // is told when all places are taken, once until half of them are free again
	closed chan struct{}
	close  func() error

	mu   sync.Mutex
	told bool
}

// boundListener limits a listener; 0 is any number.
func boundListener(ln net.Listener, most int, full func(most int)) net.Listener {
	if most == 0 {
		return ln
	}
	b := &bounded{Listener: ln, places: make(chan struct{}, most), full: full, closed: make(chan struct{})}
	b.close = sync.OnceValue(func() error {
		close(b.closed)
		return ln.Close()
	})
	return b
}

// Accept implements [net.Listener].
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.places <- struct{}{}:
	default:
		b.tell()
		select {
		case b.places <- struct{}{}:
		case <-b.closed:
			return nil, net.ErrClosed
		}
	}
	conn, err := b.Listener.Accept()
	if err != nil {
		b.leave()
		return nil, err
	}
	return &boundedConn{Conn: conn, leave: sync.OnceFunc(b.leave)}, nil
}

// Close implements [net.Listener].
func (b *bounded) Close() error { return b.close() }

func (b *bounded) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.told {
		b.told = true
		b.full(cap(b.places))
	}
}

func (b *bounded) leave() {
	<-b.places
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.places) <= cap(b.places)/2 {
		b.told = false
	}
}

// boundedConn gives its place back when it is closed.
type boundedConn struct {
	net.Conn
	leave func()
}

// Close implements [net.Conn].
func (c *boundedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}

// CloseWrite lets net/http end its half first, so that a client gets the refusal of what it is still sending.
func (c *boundedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

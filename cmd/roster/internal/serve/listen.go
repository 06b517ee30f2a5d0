package serve

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// listeners are what the server listens on.
type listeners struct {
	api        net.Listener
	operations net.Listener // of metrics; nil where nobody asked for it
}

// close closes them; those that a server has closed already do not mind.
func (l listeners) close() {
	for _, ln := range []net.Listener{l.api, l.operations} {
		if ln != nil {
			_ = ln.Close()
		}
	}
}

// listen opens the ports. Without credentials of the operator's own it opens only one that no other machine reaches;
// whether a database that exists holds some is for needCredentials to say.
func (c *config) listen() (_ listeners, err error) {
	l, err := activated()
	if err != nil {
		return l, err
	}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if l.api != nil {
		c.addr = l.api.Addr().String() // it is what is spoken of from now on
		if !isLocal(l.api.Addr()) {
			err = c.mayBeExposed()
		}
	} else {
		l.api, err = c.listenForAPI()
	}
	if err == nil && l.operations == nil && c.metricsAddr != "" {
		l.operations, err = c.listenForOperations()
	}
	return l, err
}

func (c *config) listenForAPI() (net.Listener, error) {
	at, err := parseAddress("addr", c.addr)
	if err != nil {
		return nil, err
	}
	if !at.local() {
		if err := c.mayBeExposed(); err != nil {
			return nil, err
		}
	}
	return at.listen(c.socketMode)
}

func (c *config) listenForOperations() (net.Listener, error) {
	at, err := parseAddress("metrics-addr", c.metricsAddr)
	if err != nil {
		return nil, err
	}
	return at.listen(c.socketMode)
}

// mayBeExposed refuses an address that other machines reach where there surely are no credentials.
func (c *config) mayBeExposed() error {
	if c.clientID == "" && !c.hasDatabase() {
		return c.exposed()
	}
	return nil
}

// hasDatabase reports whether there was a database before this start.
func (c *config) hasDatabase() bool {
	if c.inMemory {
		return false
	}
	if database.OnServer(c.db) {
		return true
	}
	_, err := os.Stat(c.db)
	return err == nil
}

// exposed refuses an address that other machines reach.
func (c *config) exposed() error {
	other := ""
	if !c.inMemory {
		other = "make credentials with roster credentials create --db " + database.Shown(c.db) + ", "
	}
	return exit.Usagef("other machines can reach %s: set %s and %s, %sor listen on 127.0.0.1", c.addr, command.EnvClientID, command.EnvClientSecret, other)
}

// isLocal reports whether only this machine reaches an address.
func isLocal(a net.Addr) bool {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.IP.IsLoopback()
	}
	return a.Network() == "unix"
}

// address is where to listen.
type address struct {
	flag, text string
	tcp        *net.TCPAddr // nil for a unix socket
	path       string
}

// unixScheme is how an address of a unix socket begins.
const unixScheme = "unix:"

func parseAddress(flag, text string) (address, error) {
	at := address{flag: flag, text: text}
	if path, ok := strings.CutPrefix(text, unixScheme); ok {
		if path == "" || strings.HasPrefix(path, "@") { // which would be a name without permissions
			return at, exit.Usagef("--%s is %q, but must be like unix:/run/roster/roster.sock", flag, text)
		}
		at.path = path
		return at, nil
	}
	tcp, err := net.ResolveTCPAddr("tcp", text)
	if err != nil {
		return at, exit.Usagef("--%s is %q, but must be like 127.0.0.1:8080: %v", flag, text, err)
	}
	at.tcp = tcp
	return at, nil
}

func (a address) local() bool { return a.tcp == nil || a.tcp.IP.IsLoopback() }

// listen opens the address.
func (a address) listen(mode fs.FileMode) (net.Listener, error) {
	if a.tcp == nil {
		return a.listenUnix(mode)
	}
	network := "tcp"
	if a.tcp.IP.To4() != nil {
		network = "tcp4" // Why: for 0.0.0.0, tcp would listen on every IPv6 address too
	}
	ln, err := net.ListenTCP(network, a.tcp)
	if err != nil {
		return nil, a.explain(err)
	}
	return ln, nil
}

// explain says what to do about an error of listening.
func (a address) explain(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s is in use by another program: stop that one, or choose another --%s", a.text, a.flag)
	}
	return fmt.Errorf("cannot listen on %s: %w", a.text, err)
}

// listenUnix opens a unix socket. The end of the listener removes it; one that a program left behind that was killed is
// removed before.
func (a address) listenUnix(mode fs.FileMode) (net.Listener, error) {
	if err := a.clearPath(); err != nil {
		return nil, err
	}
	ln, err := (&net.ListenConfig{Control: withMode(mode)}).Listen(context.Background(), "unix", a.path)
	if err != nil {
		return nil, a.explain(err)
	}
	if err := os.Chmod(a.path, mode); err != nil { // what the process's mask took away
		_ = ln.Close()
		return nil, a.explain(err)
	}
	return ln, nil
}

// clearPath removes a socket on which nobody listens, and refuses everything else.
func (a address) clearPath() error {
	info, err := os.Lstat(a.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return a.explain(err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is a file and no socket: choose another --%s", a.path, a.flag)
	}
	conn, err := net.DialTimeout("unix", a.path, time.Second)
	if err == nil {
		_ = conn.Close()
		return a.explain(syscall.EADDRINUSE)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("cannot tell whether somebody listens on %s: %w", a.path, err)
	}
	if err := os.Remove(a.path); err != nil {
		return fmt.Errorf("cannot remove the socket that an earlier start left behind: %w", err)
	}
	return nil
}

// urlOf is where clients find a listener.
func urlOf(ln net.Listener, scheme string) string {
	if ln.Addr().Network() == "unix" {
		return unixScheme + ln.Addr().String()
	}
	return scheme + "://" + ln.Addr().String()
}

// curlTo is how curl is told a listener.
func curlTo(ln net.Listener, scheme string) string {
	if ln.Addr().Network() == "unix" {
		return "--unix-socket " + ln.Addr().String() + " " + scheme + "://localhost"
	}
	return urlOf(ln, scheme)
}

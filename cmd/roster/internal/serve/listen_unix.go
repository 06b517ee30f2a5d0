//go:build unix

package serve

import (
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// withMode gives a socket its permissions before it has a name. Why: between its beginning and a chmod, others could connect.
// Where a system knows no permissions of sockets without a name, the chmod that follows is all there is.
func withMode(mode fs.FileMode) func(network, address string, conn syscall.RawConn) error {
	return func(_, _ string, conn syscall.RawConn) error {
		return conn.Control(func(fd uintptr) { _ = syscall.Fchmod(int(fd), uint32(mode.Perm())) })
	}
}

// hangups are the signals to read the certificates again, until stop is called.
func hangups() (signals <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

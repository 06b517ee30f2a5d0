package serve

import (
	"io/fs"
	"os"
	"syscall"
)

// withMode does nothing: Windows has no such permissions.
func withMode(fs.FileMode) func(network, address string, conn syscall.RawConn) error { return nil }

// hangups never come: Windows has no SIGHUP.
func hangups() (signals <-chan os.Signal, stop func()) { return nil, func() {} }

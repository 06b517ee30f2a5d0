//go:build unix

package serve

import "syscall"

// openFiles is how many files this process may have open; 0 is any number.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), 1<<30)) //nolint:unconvert // cut to what fits; it is signed on some systems
}

//go:build unix

package sqlitestore

import (
	"errors"
	"syscall"
)

// isNoRoom reports whether the operating system refused to write for want of room.
func isNoRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// errTooLarge is what writing beyond the limit on the size of files answers.
const errTooLarge = syscall.EFBIG

// sizeLimit is how large the operating system lets this process make a file (ulimit -f); below 0 is any size.
func sizeLimit() int64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return -1
	}
	return int64(limit.Cur) //nolint:gosec // what does not fit is no limit, and below 0
}

//go:build !unix

package sqlitestore

import (
	"errors"
	"syscall"
)

// What Windows answers without room: package syscall names none of them, and none is equal to an error of Unix.
const (
	errHandleDiskFull  = syscall.Errno(39)
	errDiskFull        = syscall.Errno(112)
	errTooLarge        = syscall.Errno(223)
	errDiskQuotaPassed = syscall.Errno(1295)
)

func isNoRoom(err error) bool {
	return errors.Is(err, errHandleDiskFull) || errors.Is(err, errDiskFull) || errors.Is(err, errTooLarge) || errors.Is(err, errDiskQuotaPassed)
}

// sizeLimit is none: there is no such limit here.
func sizeLimit() int64 { return -1 }

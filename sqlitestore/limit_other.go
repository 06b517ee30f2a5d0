//go:build !unix

package sqlitestore

import "syscall"

const errTooLarge = syscall.EFBIG

// sizeLimit is none: there is no such limit here.
func sizeLimit() int64 { return -1 }

//go:build unix

package sqlitestore

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file to whom another one belongs, as far as this process may: root may.
func keepOwner(of, to string) error {
	info, err := os.Stat(of)
	if err != nil {
		return err
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := os.Chown(to, int(owner.Uid), int(owner.Gid)); !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

package sqlitestore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// draft is a file that is being made beside the one that it is to become. Nobody but its owner may read it. What is left of
// one by a program that was killed is called .<name>.<number>.part, SQLite's own file beside it ends in .part-journal, and both may
// be removed.
type draft struct{ path string }

// newDraft makes an empty file in a directory that nobody has made before.
func newDraft(directory, name string) (draft, error) {
	f, err := os.CreateTemp(directory, "."+name+".*.part") // with mode 0600
	if err != nil {
		return draft{}, err
	}
	return draft{f.Name()}, f.Close()
}

// sync waits until what is in it is on the disk.
func (d draft) sync() (err error) {
	f, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// remove removes what has become nothing.
func (d draft) remove() {
	for _, suffix := range besides {
		_ = os.Remove(d.path + suffix)
	}
	_ = os.Remove(d.path)
}

// place gives it the name to, which nothing may have.
func (d draft) place(to string) error {
	err := os.Link(d.path, to) // Why not os.Rename: that takes the place of what is there
	if err == nil {
		return os.Remove(d.path)
	}
	if errors.Is(err, fs.ErrExist) {
		return errExists(to)
	}
	// Some file systems have no links. What is made here is empty, and nobody takes it for a database.
	f, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return errExists(to)
	}
	if err != nil {
		return err
	}
	if err = errors.Join(f.Close(), os.Rename(d.path, to)); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

func errExists(path string) error {
	return fmt.Errorf("%w: %s is not overwritten", fs.ErrExist, filepath.Base(path))
}

// taken is the error for a name that something has.
func taken(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return errExists(path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDirectory waits until the names in a directory are on the disk. Windows has no such thing.
func syncDirectory(directory string) (err error) {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(directory)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Sync()
}

//go:build !linux

package torture

import (
	"errors"
	"os"
	"os/exec"
)

// CanMount reports whether a process can have mounts of its own.
const CanMount = false

// OwnMounts does nothing here: only Linux gives a process mounts of its own.
func OwnMounts(*exec.Cmd) {}

// MountTmpfs fails here.
func MountTmpfs(string, int) error { return errors.ErrUnsupported }

// Remount fails here.
func Remount(string, int) error { return errors.ErrUnsupported }

// MountImage fails here.
func MountImage(string, string, ...string) error { return errors.ErrUnsupported }

// Unmount fails here.
func Unmount(string) error { return errors.ErrUnsupported }

// DieWithParent does nothing here.
func DieWithParent(*exec.Cmd) {}

// Freeze fails here.
func Freeze(*os.Process) error { return errors.ErrUnsupported }

// LimitFileSize fails here.
func LimitFileSize(int64) error { return errors.ErrUnsupported }

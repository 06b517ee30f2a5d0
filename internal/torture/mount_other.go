//go:build !linux

package torture

import (
	"errors"
	"os/exec"
)

// OwnMounts does nothing here: only Linux gives a process mounts of its own.
func OwnMounts(*exec.Cmd) {}

// MountTmpfs fails here.
func MountTmpfs(string, int) error { return errors.ErrUnsupported }

package torture

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// OwnMounts gives a process, before it starts, mounts of its own: what it mounts nobody else sees, and it is gone with the
// process, however that ends. Without root it takes a user namespace too, in which tmpfs can be mounted and a loop device
// cannot.
func OwnMounts(cmd *exec.Cmd) {
	attr := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if uid, gid := os.Geteuid(), os.Getegid(); uid != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
	}
	cmd.SysProcAttr = attr
}

// MountTmpfs mounts memory of that many bytes as a file system, within a process that [OwnMounts] started.
func MountTmpfs(dir string, bytes int) error {
	// What is mounted from here on must not appear where the folders above are shared with others.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		return fmt.Errorf("mounting tmpfs of %d bytes: %w", bytes, err)
	}
	return nil
}

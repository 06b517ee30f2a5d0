package torture

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// CanMount reports whether a process can have mounts of its own, if the user may.
const CanMount = true

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
	if err := keepMounts(); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		return fmt.Errorf("mounting tmpfs of %d bytes: %w", bytes, err)
	}
	return nil
}

// Remount gives memory that [MountTmpfs] has mounted another size.
func Remount(dir string, bytes int) error {
	return syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, fmt.Sprintf("size=%d", bytes))
}

// keepMounts keeps what is mounted from here on from appearing where the folders above are shared with others.
func keepMounts() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making mounts private: %w", err)
	}
	return nil
}

// MountImage mounts a file that has a file system in it, within a process that [OwnMounts] started as root. The loop device
// goes when the mount does. Options are those of mount.
func MountImage(image, dir string, options ...string) error {
	if err := keepMounts(); err != nil {
		return err
	}
	out, err := exec.Command("mount", "-o", strings.Join(append(options, "loop"), ","), image, dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mounting an image: %w: %s", err, out)
	}
	return nil
}

// Unmount ends a mount, once whoever used it has ended.
func Unmount(dir string) error { return syscall.Unmount(dir, 0) }

// DieWithParent has a command killed when this process ends, however that ends.
func DieWithParent(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
}

// Freeze stops a process as it is, and returns when all its threads have stopped.
func Freeze(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	for {
		var status syscall.WaitStatus
		switch _, err := syscall.Wait4(p.Pid, &status, syscall.WUNTRACED, nil); {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err
		case status.Stopped():
			return nil
		default:
			return fmt.Errorf("it has ended: %v", status)
		}
	}
}

// LimitFileSize limits the size of the files that this process may write, until it is called again; below 0 is any size.
func LimitFileSize(bytes int64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = limit.Max
	if bytes >= 0 {
		limit.Cur = uint64(bytes)
	}
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

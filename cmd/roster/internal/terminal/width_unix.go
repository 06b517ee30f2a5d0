//go:build unix

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// Width is how many columns a terminal has; ok is false where a stream is none.
func Width(stream any) (columns int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 0, false
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	return int(size.Col), true
}

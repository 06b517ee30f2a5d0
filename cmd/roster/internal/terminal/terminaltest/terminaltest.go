//go:build unix

// Package terminaltest opens terminals for tests.
package terminaltest

import (
	"os"
	"testing"

	"github.com/creack/pty"
)

// Open is a terminal of so many columns, and the side of it where people type.
func Open(t *testing.T, columns uint16) (keyboard, tty *os.File) {
	t.Helper()
	keyboard, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no terminal: %v", err)
	}
	t.Cleanup(func() {
		_ = keyboard.Close()
		_ = tty.Close()
	})
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	return keyboard, tty
}

//go:build !unix

package main

import "os"

// terminalWidth is how many columns a terminal has, which nobody says here; ok is false where a stream is none.
func terminalWidth(stream any) (columns int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 0, false
	}
	info, err := f.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0
}

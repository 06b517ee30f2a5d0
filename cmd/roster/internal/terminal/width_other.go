//go:build !unix

package terminal

import "os"

// Width is how many columns a terminal has, which nobody says here; ok is false where a stream is none, as far as the
// standard library can tell: any character device is taken for one but the one that swallows everything.
func Width(stream any) (columns int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile {
		return 0, false
	}
	info, err := f.Stat()
	return 0, err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

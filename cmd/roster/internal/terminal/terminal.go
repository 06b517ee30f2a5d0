// Package terminal is what may be written to a terminal, how wide it is, and how numbers are spelled for people.
package terminal

// Is reports whether a stream is a terminal.
func Is(stream any) bool {
	_, ok := Width(stream)
	return ok
}

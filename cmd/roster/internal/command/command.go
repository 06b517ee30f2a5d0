// Package command is what the commands of the program have in common: what they work with, groups, arguments, and the
// names in the environment.
package command

import "io"

// Program is what every command works with: the environment and the streams.
type Program struct {
	Env    func(string) string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
}

// Package exit is how the program ends: its statuses, and the errors that stand for them.
package exit

import (
	"errors"
	"fmt"
)

// The exit statuses.
const (
	OK      = 0
	Failed  = 1 // it could not be done, or not to its end
	Usage   = 2 // a mistake in the command line, the environment or a configuration file
	Refused = 3 // a rule refused it: not found, a conflict, a limit, an invalid value
	Faults  = 4 // it was done, and there is something to look at: refused rows, faults in a database
)

// Status is what an error ends the program with.
func Status(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return Usage
	}
	if _, ok := errors.AsType[faultsError](err); ok {
		return Faults
	}
	if _, ok := errors.AsType[refusedError](err); ok {
		return Refused
	}
	return Failed
}

// usageError is a mistake in the command line or the environment.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// Usagef is the error about a mistake in the command line or the environment.
func Usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// faultsError says what there is to look at after something that was done.
type faultsError struct{ text string }

func (e faultsError) Error() string { return e.text }

// Faultsf is the error that ends a command which was done, and has found something to look at.
func Faultsf(format string, args ...any) error { return faultsError{fmt.Sprintf(format, args...)} }

// refusedError is a rule's answer.
type refusedError struct{ text string }

func (e refusedError) Error() string { return e.text }

// Refusedf is the error about what a rule refuses.
func Refusedf(format string, args ...any) error { return refusedError{fmt.Sprintf(format, args...)} }

// OutputError is what becomes of a standard output that takes nothing more.
func OutputError(err error) error {
	if err != nil {
		return fmt.Errorf("cannot write to standard output: %w", err)
	}
	return nil
}

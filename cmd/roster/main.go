// Roster keeps account memberships: it serves them over HTTP, and it is how an administrator works with a database or
// a server. `roster help` says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Why: after the first signal the default comes back, so that a second one ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// The exit statuses.
const (
	exitOK      = 0
	exitError   = 1 // it could not be done, or not to its end
	exitUsage   = 2 // a mistake in the command line, the environment or a configuration file
	exitRefused = 3 // a rule refused it: not found, a conflict, a limit, an invalid value
	exitFaults  = 4 // it was done, and there is something to look at: refused rows, faults in a database
)

// run is the whole program: its arguments without the program's name, its environment and its streams in, its exit
// status out. It ends when ctx does.
func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{env: env, stdin: stdin, stdout: stdout, stderr: stderr}
	root := p.root()
	root.SetArgs(append([]string{}, args...)) // Why a copy: nil would be this process's own arguments
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "roster: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	return exitStatus(err)
}

// exitStatus is what an error ends the program with.
func exitStatus(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[faultsError](err); ok {
		return exitFaults
	}
	if _, ok := errors.AsType[refusedError](err); ok {
		return exitRefused
	}
	return exitError
}

// usageError is a mistake in the command line or the environment.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// faultsError says what there is to look at after something that was done.
type faultsError struct{ text string }

func (e faultsError) Error() string { return e.text }

func faultsf(format string, args ...any) error { return faultsError{fmt.Sprintf(format, args...)} }

// refusedError is a rule's answer.
type refusedError struct{ text string }

func (e refusedError) Error() string { return e.text }

func refusedf(format string, args ...any) error { return refusedError{fmt.Sprintf(format, args...)} }

// Roster serves account memberships over HTTP from one SQLite file. `roster help` says how.
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

const help = `roster keeps account memberships: which members belong to which accounts.

Usage:
  roster serve         serve them over HTTP (roster serve -h lists the flags)
  roster credentials   create, list and revoke what clients sign in with (roster credentials -h)
  roster changes       remove old changes from the change log (roster changes -h)
  roster copy          copy a database to another one, also to or from PostgreSQL (roster copy -h)
  roster version       print the version
  roster help          print this

roster serve needs no flags: it keeps its data in roster.db in the working directory, listens on 127.0.0.1:8080,
and prints the credentials that it makes on its first start.
`

// The exit statuses.
const (
	exitOK    = 0
	exitError = 1
	exitUsage = 2
)

// run is the whole program: its arguments without the program's name, its environment and its streams in, its exit
// status out. It ends when ctx does.
func run(ctx context.Context, args []string, env func(string) string, _ io.Reader, stdout, stderr io.Writer) int {
	err := dispatch(ctx, args, env, stdout, stderr)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "roster: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	return exitError
}

func dispatch(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return usagef("a command is missing: serve, credentials, changes, copy, version or help")
	}
	command, args := args[0], args[1:]
	switch command {
	case "serve":
		cfg, err := parseServe(args, env)
		if errors.Is(err, errHelp) {
			fmt.Fprint(stdout, serveHelp())
			return nil
		}
		if err != nil {
			return err
		}
		return serve(ctx, cfg, stdout, stderr)
	case "credentials":
		return runCredentials(ctx, args, stdout)
	case "changes":
		return runChanges(ctx, args, stdout)
	case "copy":
		return runCopy(ctx, args, stdout, stderr)
	case "version", "-version", "--version":
		fmt.Fprintln(stdout, version())
		return nil
	case "help", "-h", "-help", "--help":
		fmt.Fprint(stdout, help)
		return nil
	}
	return usagef("unknown command %q: there are serve, credentials, changes, copy, version and help", command)
}

// usageError is a mistake in the command line or the environment: exit status 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

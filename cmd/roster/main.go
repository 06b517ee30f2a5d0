// Roster keeps account memberships: it serves them over HTTP, and it is how an administrator works with a database or
// a server. `roster help` says how.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Why: after the first signal the default comes back, so that a second one ends the program at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program: its arguments without the program's name, its environment and its streams in, its exit
// status out. It ends when ctx does.
func run(ctx context.Context, args []string, env func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &command.Program{Env: env, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	root := newRoot(p)
	root.SetArgs(append([]string{}, args...)) // Why a copy: nil would be this process's own arguments
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exit.OK
	}
	fmt.Fprintf(stderr, "roster: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	return exit.Status(err)
}

package torture

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// environment is the variable that makes a test binary a child: its value is the child's name.
const environment = "TORTURE_CHILD"

// Children are the programs that a test binary can be instead of its tests, by name. What they return, unless it is nil, goes
// to standard error, and the process ends with 1.
type Children map[string]func(args []string) error

// Main runs a child, if this process is to be one, and does not return then. A package's TestMain calls it first.
func (c Children) Main() {
	name := os.Getenv(environment)
	if name == "" {
		return
	}
	child, ok := c[name]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such child:", name)
		os.Exit(2)
	}
	if err := child(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Child is a process of this test binary that runs the child of that name instead of tests. The caller starts it; it is killed
// with the test's context.
func Child(t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := command(t, args...)
	cmd.Env = append(os.Environ(), environment+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

// Talk starts a process, and returns what it reads and what it says.
func Talk(t testing.TB, cmd *exec.Cmd) (stdin io.WriteCloser, stdout io.Reader) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err = cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return stdin, stdout
}

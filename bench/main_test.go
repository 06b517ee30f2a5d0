package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestMain lets the tests' binary be the server that a test starts.
func TestMain(m *testing.M) {
	if serveIfTold() {
		return
	}
	code := m.Run()
	if err := testPostgres.remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// testPostgres is the server that tests share.
var testPostgres = newPostgres()

// TestEveryWorkIsDone with little data. The works check what they did themselves; how fast it was is nobody's business here.
func TestEveryWorkIsDone(t *testing.T) {
	t.Parallel()
	b := newBench(t.TempDir(), tiny)
	b.postgres = testPostgres
	var table strings.Builder
	if err := report(&table, b, func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	works, err := possible(b.works())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range works {
		if !strings.Contains(table.String(), "| "+w.name+" | roster") {
			t.Errorf("roster has no row in %q", w.name)
		}
	}
	if t.Failed() {
		t.Log("\n" + table.String())
	}
}

func TestAWorkThatIsNotThereIsAnError(t *testing.T) {
	t.Parallel()
	if err := report(&strings.Builder{}, newBench(t.TempDir(), tiny), func(string) bool { return false }); err == nil {
		t.Error("no error")
	}
}

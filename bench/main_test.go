package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestMain lets the tests' binary be the server that a test starts.
func TestMain(m *testing.M) {
	if serveIfTold() {
		return
	}
	os.Exit(m.Run())
}

// TestEveryWorkIsDone with little data. The works check what they did themselves; how fast it was is nobody's business here.
func TestEveryWorkIsDone(t *testing.T) {
	t.Parallel()
	b := newBench(t.TempDir(), tiny)
	var table strings.Builder
	if err := report(&table, b, regexp.MustCompile(``)); err != nil {
		t.Fatal(err)
	}
	for _, w := range b.works() {
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
	if err := report(&strings.Builder{}, newBench(t.TempDir(), tiny), regexp.MustCompile(`^sleep$`)); err == nil {
		t.Error("no error")
	}
}

package torture

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// Part is a group of promises of docs/reliability.md.
type Part string

// The parts, in the order of the page.
const (
	Crash           Part = "Crash"
	PowerLoss       Part = "Power loss"
	FullDisk        Part = "Full disk"
	Contention      Part = "Contention"
	Linearizability Part = "Linearizability"
	BadFiles        Part = "Bad files"
	Migrations      Part = "Migrations"
	Time            Part = "Time and cancellation"
	Input           Part = "Input"
	Abuse           Part = "HTTP under abuse"
	Access          Part = "Who may come in"
	Leaks           Part = "Leaks"
)

// Parts are all of them.
var Parts = []Part{Crash, PowerLoss, FullDisk, Contention, Linearizability, BadFiles, Migrations, Time, Input, Abuse, Access, Leaks}

// Result is a row of the table: a promise, and what came of it in one run.
type Result struct {
	Part    Part   `json:"part"`
	Promise string `json:"promise"`         // what users may rely on, as a sentence
	Where   string `json:"where,omitempty"` // the store, or the case, where one promise is tested on several: they share a row
	Method  string `json:"method"`          // how that was tested, in a few words
	Rounds  int    `json:"rounds"`
	// Acknowledged is how many writes were answered with success, Lost how many of them were not found afterwards. A
	// promise that is not about writes has neither.
	Acknowledged int `json:"acknowledged,omitempty"`
	Lost         int `json:"lost"`
	// Measured is what else was seen: "p99 12 ms", "FULL 0, NORMAL 812".
	Measured string `json:"measured,omitempty"`
	// Skipped is why it could not be tested on this machine.
	Skipped string `json:"skipped,omitempty"`
}

// attribute is the key of the test attribute that holds a result, as JSON.
const attribute = "torture"

// Report tells what came of a promise. It reaches the table as an attribute of the test, so that it is also there when the
// go command had the test's result in its cache. Lost writes fail the test, and so does a promise for which nothing was done.
func Report(t testing.TB, r Result) {
	t.Helper()
	if r.Rounds <= 0 && r.Skipped == "" {
		t.Errorf("%s: nothing was done for %q", r.Part, r.Promise)
	}
	if r.Lost > 0 {
		t.Errorf("%s: %d of %d acknowledged writes are lost", r.Part, r.Lost, r.Acknowledged)
	}
	row, err := json.Marshal(r)
	if err != nil {
		t.Error(err) // not Fatal: where a clean-up reports, that would lose what it says
		return
	}
	t.Attr(attribute, string(row))
	t.Logf("%s: %d rounds, %d acknowledged, %d lost. %s", r.Part, r.Rounds, r.Acknowledged, r.Lost, r.Measured)
}

// Skip reports that a promise cannot be tested here, and why, and ends the test. The table shows it.
func Skip(t testing.TB, r Result, format string, args ...any) {
	t.Helper()
	r.Skipped = fmt.Sprintf(format, args...)
	Report(t, r)
	t.Skip(r.Skipped)
}

// ReadResult reads what [Report] told, from the attribute of a test as `go test -json` prints it.
func ReadResult(key, value string) (r Result, ok bool, err error) {
	if key != attribute {
		return Result{}, false, nil
	}
	err = json.Unmarshal([]byte(value), &r)
	return r, true, err
}

// Full reports whether the long form is asked for, with TORTURE=full.
func Full() bool { return os.Getenv("TORTURE") == "full" }

// Rounds is how often to do what is done in rounds: seldom among all other tests, often when it is asked for.
func Rounds(short, full int) int {
	if Full() {
		return full
	}
	return short
}

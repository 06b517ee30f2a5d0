package crash_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// crashes is a run of rounds: in each one somebody who writes is killed, and then the database is looked at. One database goes
// through many rounds.
type crashes struct {
	t       *testing.T
	path    string // of the present database
	ledger  *ledger
	agrees  func(answered, logged string) bool
	files   int
	each    int                               // rounds for each database
	log     func([]membership.Change) []entry // what the ledger is compared with, given the log as the store has it
	rounds  int
	total   verdict // of the databases before
	present verdict
}

func newCrashes(t *testing.T, each int, agrees func(answered, logged string) bool) *crashes {
	return &crashes{t: t, each: each, agrees: agrees, log: entriesOf}
}

// begin begins a round, with a fresh database now and then.
func (c *crashes) begin() (fresh bool) {
	if fresh = c.rounds%c.each == 0; fresh {
		c.settle()
		c.files++
		c.path = filepath.Join(c.t.TempDir(), "roster.db")
		c.ledger = newLedger(c.agrees)
	}
	c.rounds++
	return fresh
}

// settle adds the present database to the total.
func (c *crashes) settle() {
	c.total.acknowledged += c.present.acknowledged
	c.total.refused += c.present.refused
	c.total.open += c.present.open
	c.total.whole += c.present.whole
	c.total.lost += c.present.lost
	c.present = verdict{}
}

// judge looks at the database after a kill.
func (c *crashes) judge() {
	c.t.Helper()
	written := c.ledger.count(tried) > 0
	if written { // else there may not even be a file
		checkDatabase(c.t, c.path)
	}
	c.present = verify(c.t, c.path, c.ledger, c.log)
	if !written {
		checkDatabase(c.t, c.path)
	}
	c.t.Logf("round %d: %d acknowledged, %d refused, %d never answered, of which %d had been done", c.rounds,
		c.present.acknowledged, c.present.refused, c.present.open, c.present.whole)
	for _, fault := range c.present.faults[:min(len(c.present.faults), 10)] {
		c.t.Error(fault)
	}
	if len(c.present.faults) > 0 {
		c.t.Fatalf("%d faults in round %d", len(c.present.faults), c.rounds)
	}
}

// report ends the run.
func (c *crashes) report(promise, method string) {
	c.t.Helper()
	c.settle()
	if c.total.acknowledged == 0 {
		c.t.Error("nothing was acknowledged")
	}
	torture.Report(c.t, torture.Result{
		Part: torture.Crash, Promise: promise, Method: method, Rounds: c.rounds, Acknowledged: c.total.acknowledged, Lost: c.total.lost,
		Measured: fmt.Sprintf("%d databases; %d writes refused, 0 of them there; %d killed on their way: %d there as a whole, %d not at all",
			c.files, c.total.refused, c.total.open, c.total.whole, c.total.open-c.total.whole),
	})
}

// checkDatabase runs `roster check`, which must find nothing.
func checkDatabase(t testing.TB, path string) {
	t.Helper()
	said, err := exec.CommandContext(t.Context(), servertest.Program(t), "check", "--db", path).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "nothing is wrong") {
		t.Errorf("roster check: %v\n%s", err, said)
	}
}

// TestNothingThatAServiceAcknowledgedIsLostByKill kills a process that writes through a Service in every way.
func TestNothingThatAServiceAcknowledgedIsLostByKill(t *testing.T) {
	t.Parallel()
	c := newCrashes(t, torture.Rounds(3, 20), sameText)
	for range torture.Rounds(4, 120) {
		c.begin()
		if c.rounds%8 == 0 {
			killEarly(t, c)
		} else {
			killWriter(t, c, torture.Rounds(400, 2000))
		}
		c.judge()
	}
	c.report("What a Service acknowledged is there after kill -9, what it refused is not, and what was cut off is there as a whole or not at all",
		fmt.Sprintf("a process with %d goroutines that write in every way, killed at a random moment; the log replayed against all rows, `roster check`", writersAtOnce))
}

// sameText compares images of one process and of another.
func sameText(answered, logged string) bool { return answered == logged }

// startWriter runs the child on the present database.
func startWriter(t *testing.T, c *crashes, args ...string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd := torture.Child(t, "crash", append([]string{c.path, fmt.Sprint("r", c.rounds)}, args...)...)
	_, stdout := torture.Talk(t, cmd)
	return cmd, stdout
}

// killWriter lets the child write until it has said up to so many lines, kills it a moment later, and reads what it had said
// until then.
func killWriter(t *testing.T, c *crashes, most int) {
	t.Helper()
	enough := 1 + rand.IntN(most)
	readUntilKilled(t, c, func(n int, said string) bool { return n == enough }, time.Duration(rand.IntN(3000))*time.Microsecond)
}

// readUntilKilled reads what the child says. When it has said enough, it is killed behind a pause.
func readUntilKilled(t *testing.T, c *crashes, enough func(n int, said string) bool, pause time.Duration, args ...string) {
	t.Helper()
	cmd, stdout := startWriter(t, c, args...)
	ctx, kill := context.WithCancel(t.Context())
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		<-ctx.Done()
		<-time.NewTimer(pause).C
		_ = cmd.Process.Kill()
	}()
	defer func() {
		kill()
		<-killed
		_ = cmd.Wait()
	}()
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		c.ledger.read(lines.Bytes())
		if enough(n, lines.Text()) {
			kill()
		}
	}
	if ctx.Err() == nil {
		t.Fatalf("the child ended before it was killed: %v", lines.Err())
	}
}

// killEarly kills the child while it opens the database, which it may be creating.
func killEarly(t *testing.T, c *crashes) {
	t.Helper()
	cmd, stdout := startWriter(t, c)
	<-time.NewTimer(time.Duration(rand.IntN(40)) * time.Millisecond).C
	_ = cmd.Process.Kill()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		c.ledger.read(lines.Bytes())
	}
	_ = cmd.Wait()
}

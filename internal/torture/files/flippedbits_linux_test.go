package files_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/roster-go/roster/internal/torture"
)

// judged is what became of damaged files.
type judged struct {
	mu        sync.Mutex
	files     int
	quick     int // refused by serve with the quick check
	full      int // refused by serve with the full one
	harmless  int // served by both, with every row as it was
	otherRows int // served with the quick check, with other rows
	worse     int // served with the full check, with other rows
}

func (j *judged) String() string {
	return fmt.Sprintf("of %d files serve refused %d with its quick check and %d with the full one; with the quick one %d were served with rows that differ, with the full one %d",
		j.files, j.quick, j.full, j.otherRows, j.worse)
}

// judge serves a damaged file with either check, and compares what is read from it where it was served.
func (j *judged) judge(t *testing.T, w *worlds, make func(dir string)) {
	t.Helper()
	serves := func(how string) bool {
		dir := t.TempDir()
		make(dir)
		return open(t, dir, asNow(t), []string{"serve", "--addr", "127.0.0.1:0", "--check-at-start", how}).stdout != ""
	}
	quick, full := serves("quick"), serves("full")
	same := true
	if quick || full {
		dir := t.TempDir()
		make(dir)
		o := open(t, dir, asNow(t), []string{"export"})
		same = o.status == 0 && o.stdout == w.export
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.files++
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	count(&j.quick, !quick)
	count(&j.full, !full)
	count(&j.harmless, quick && full && same)
	count(&j.otherRows, quick && !same)
	count(&j.worse, full && !same)
	if full && !quick {
		t.Error("the full check finds less than the quick one")
	}
}

// judgeAll judges n files at once, each made by its own random numbers, and then says what came of them.
func judgeAll(t *testing.T, w *worlds, n int, make func(rng *rand.Rand, dir string), then func(*judged)) {
	t.Helper()
	j := new(judged)
	atOnce(t, n, func(t *testing.T, i int) {
		j.judge(t, w, func(dir string) { make(rand.New(rand.NewPCG(uint64(i), 6)), dir) })
	}, func() { then(j) })
}

// atOnce runs n tests at once, and does something when all of them have ended.
func atOnce(t *testing.T, n int, test func(t *testing.T, i int), then func()) {
	t.Helper()
	t.Cleanup(then)
	for i := range n {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			test(t, i)
		})
	}
}

func flipped(rng *rand.Rand, file []byte, bits int) []byte {
	file = slices.Clone(file)
	for range bits {
		file[rng.IntN(len(file))] ^= 1 << rng.IntN(8)
	}
	return file
}

// SQLite has no checksums: a bit that makes another name of a name is found by comparing the rows with the change log, if at all,
// which the quick check leaves out.
func TestAFileWithFlippedBitsIsRefusedOrServesTheSame(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	for name, bits := range map[string]int{"20 bits": 20, "1 bit": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			judgeAll(t, w, torture.Rounds(15, 200), func(rng *rand.Rand, dir string) {
				write(t, filepath.Join(dir, "roster.db"), flipped(rng, w.file, bits))
			}, func(j *judged) {
				torture.Report(t, torture.Result{Part: torture.BadFiles,
					Promise: "A file with " + name + " flipped is refused by serve --check-at-start full, or all its rows are what they were",
					Method:  "random bits of a sound file flipped; served, and exported where that listens", Rounds: j.files, Measured: j.String()})
				if j.worse > 0 {
					t.Error(j)
				}
			})
		})
	}
}

func TestACutFileIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	judgeAll(t, w, torture.Rounds(8, 100), func(rng *rand.Rand, dir string) {
		write(t, filepath.Join(dir, "roster.db"), w.file[:1+rng.IntN(len(w.file)-1)])
	}, func(j *judged) {
		torture.Report(t, torture.Result{Part: torture.BadFiles, Promise: "A file that was cut anywhere is refused by serve", Method: "cut to random lengths",
			Rounds: j.files, Measured: j.String()})
		if j.quick != j.files {
			t.Error(j)
		}
	})
}

// What is at the end of a log that was cut, or is no longer what was written, cannot be told from what a crash left unfinished:
// SQLite reads it up to there.
func TestADamagedLogServesAnEarlierStateOrIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	var mu sync.Mutex
	before, whole := 0, 0
	n := torture.Rounds(8, 100)
	atOnce(t, n, func(t *testing.T, i int) {
		rng := rand.New(rand.NewPCG(uint64(i), 7))
		log := w.killed["roster.db-wal"]
		if i%2 == 0 {
			log = log[:rng.IntN(len(log))]
		} else {
			log = string(flipped(rng, []byte(log), 1+rng.IntN(20)))
		}
		got := exportOf(t, map[string]string{"roster.db": w.killed["roster.db"], "roster.db-wal": log})
		mu.Lock()
		defer mu.Unlock()
		switch got {
		case w.export:
			before++
		case w.acknowledged:
			whole++
		default:
			t.Errorf("it serves what never was:\n%s", got)
		}
	}, func() {
		torture.Report(t, torture.Result{Part: torture.BadFiles,
			Promise: "A write-ahead log that is cut or has flipped bits takes the database back to an earlier state, and never to one that never was",
			Method:  "the log that a killed server left behind, cut or with up to 20 bits flipped", Rounds: n,
			Measured: fmt.Sprintf("%d times the last write was there, %d times it was gone and nothing said so", whole, before)})
	})
}

// exportOf is what is read from files that lie beside each other; that it was refused, where it was.
func exportOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(dir, name), []byte(content))
	}
	o := open(t, dir, asNow(t), []string{"export"})
	if o.status != 0 {
		return o.said
	}
	return o.stdout
}

// Nothing in a log, or a journal, says which file it belongs to.
func TestTheFilesOfAnotherDatabaseBesideOneAreFoundByTheFullCheck(t *testing.T) {
	t.Parallel()
	w := newWorlds(t)
	dir := t.TempDir()
	put := func(dir string) {
		write(t, filepath.Join(dir, "roster.db"), w.file)
		write(t, filepath.Join(dir, "roster.db-wal"), []byte(w.killedOther["roster.db-wal"]))
	}
	put(dir)
	o := open(t, dir, asNow(t), []string{"serve", "--addr", "127.0.0.1:0", "--check-at-start", "full"})
	if o.stdout != "" || o.status != 1 {
		t.Errorf("it was served: %+v", o)
	}
	quick := t.TempDir()
	put(quick)
	found := "finds it"
	if open(t, quick, asNow(t), []string{"serve", "--addr", "127.0.0.1:0"}).stdout != "" {
		found = "does not"
	}
	torture.Report(t, torture.Result{Part: torture.BadFiles, Promise: "The log of another database beside a file is found by the full check",
		Method: "the log that another server left behind, put beside a sound file", Rounds: 1, Measured: "the quick check " + found})
}

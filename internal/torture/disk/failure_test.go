package disk_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// What the child of a failing disk says of an account that it created: its name, behind one of these. saidDone is the end of
// a batch.
const (
	saidKept    = "kept"
	saidRefused = "refused"
	saidUnknown = "unknown"
	saidDone    = "done"
)

// writeWhenTold is the child: for each line that it reads it creates some accounts, one after the other, and says what it was
// answered.
func writeWhenTold(args []string) error {
	st, err := sqlitestore.Open(args[0], sqlitestore.Options{})
	if err != nil {
		return err
	}
	svc := roster.New(st, roster.Options{})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		for i := range 10 {
			name := fmt.Sprintf("%s-%d", lines.Text(), i)
			switch _, err := svc.CreateAccount(context.Background(), membership.Account{Name: name}); {
			case err == nil:
				fmt.Println(saidKept, name)
			case errors.Is(err, store.ErrOutcomeUnknown):
				fmt.Println(saidUnknown, name)
			case errors.Is(err, store.ErrStorageFailed), errors.Is(err, store.ErrStorageFull):
				fmt.Println(saidRefused, name)
			default:
				return fmt.Errorf("the error of a failing disk is %w", err)
			}
		}
		if _, err := svc.Accounts(context.Background(), membership.Query{}); err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		fmt.Println(saidDone)
	}
	return st.Close()
}

// failingDisk is an ext4 file system whose image is in memory, and to which that has no more to give: writing succeeds,
// and waiting for the disk answers with an error, as it does on a disk that fails.
type failingDisk struct{ dir, image, mount, ballast string }

func newFailingDisk(t *testing.T, dir string, r *torture.Result) *failingDisk {
	t.Helper()
	if os.Geteuid() != 0 {
		torture.Lacking(t, r, "only root can mount an image")
	}
	if err := torture.MountTmpfs(dir, 16<<20); err != nil {
		torture.Lacking(t, r, err.Error())
	}
	d := &failingDisk{dir, filepath.Join(dir, "image"), filepath.Join(dir, "mount"), filepath.Join(dir, "ballast")}
	if err := errors.Join(os.WriteFile(d.image, nil, fileMode), os.Truncate(d.image, 64<<20), os.Mkdir(d.mount, 0o700)); err != nil {
		t.Fatal(err)
	}
	// Why without a journal: with one the whole file system would refuse everything from the first failure on.
	if out, err := exec.CommandContext(t.Context(), "mkfs.ext4", "-q", "-F", "-O", "^has_journal", d.image).CombinedOutput(); err != nil {
		torture.Lacking(t, r, fmt.Sprintf("mkfs.ext4: %v: %s", err, out))
	}
	if err := torture.MountImage(d.image, d.mount); err != nil {
		torture.Lacking(t, r, err.Error())
	}
	return d
}

// fail takes all the room that the image could grow into.
func (d *failingDisk) fail(t *testing.T) {
	t.Helper()
	f, err := os.Create(d.ballast)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
}

func (d *failingDisk) work(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.ballast); err != nil {
		t.Fatal(err)
	}
}

// writer is the child, and what it has said: of each account what it was answered.
type writer struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	said  map[string]string
}

func (w *writer) start(t *testing.T, path string) {
	t.Helper()
	w.cmd = torture.Child(t, "failing", path)
	torture.DieWithParent(w.cmd)
	stdin, stdout := torture.Talk(t, w.cmd)
	w.stdin, w.lines = stdin, bufio.NewScanner(stdout)
}

// write has a batch written, and returns how many of it were answered how.
func (w *writer) write(t *testing.T, batch string) map[string]int {
	t.Helper()
	if _, err := fmt.Fprintln(w.stdin, batch); err != nil {
		t.Fatal(err)
	}
	answers := map[string]int{}
	for w.lines.Scan() && w.lines.Text() != saidDone {
		answer, name, _ := strings.Cut(w.lines.Text(), " ")
		w.said[name] = answer
		answers[answer]++
	}
	if w.lines.Text() != saidDone {
		t.Fatalf("the child ended: %v", w.cmd.Wait())
	}
	return answers
}

func (w *writer) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait() // that it was killed
	_ = w.stdin.Close()
}

// verify opens the database and compares. It returns how many are lost.
func (w *writer) verify(t *testing.T, path string) (lost int) {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	there := map[string]bool{}
	for a, err := range roster.New(st, roster.Options{}).AllAccounts(t.Context(), membership.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		there[a.Name] = true
	}
	for name, answer := range w.said {
		switch {
		case answer == saidKept && !there[name]:
			lost++
		case answer == saidRefused && there[name]:
			t.Errorf("%s was refused, and is there", name)
		}
	}
	return lost
}

// TestACommitThatTheDiskFailedIsNotReportedAsUndone lets the disk fail while commits wait for it, and kills the program or
// lets it go on.
func TestACommitThatTheDiskFailedIsNotReportedAsUndone(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.FullDisk,
		Promise: "A commit that the disk fails is answered with ErrStorageFailed or ErrStorageFull and does not come back, or with ErrOutcomeUnknown; the same store goes on when the disk does",
		Method:  "ext4 in a file that cannot grow, so that fsync fails; kill -9 in every other round", Rounds: torture.Rounds(2, 20)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		disk, w, all := newFailingDisk(t, dir, r), &writer{said: map[string]string{}}, map[string]int{}
		path := filepath.Join(disk.mount, "roster.db")
		w.start(t, path)
		for round := range r.Rounds {
			if before := w.write(t, fmt.Sprintf("%d-before", round)); before[saidKept] != 10 {
				t.Errorf("before the disk fails: %v", before)
			}
			disk.fail(t)
			meanwhile := w.write(t, fmt.Sprintf("%d-meanwhile", round))
			for answer, n := range meanwhile {
				all[answer] += n
			}
			if round%2 == 0 {
				w.kill()
				r.Lost += w.verify(t, path)
				disk.work(t)
				w.start(t, path)
				continue
			}
			disk.work(t)
			if after := w.write(t, fmt.Sprintf("%d-after", round)); after[saidKept] != 10 {
				t.Errorf("when the disk works again: %v", after)
			}
		}
		w.kill()
		r.Lost += w.verify(t, path)
		assertSound(t, path)
		for _, answer := range w.said {
			if answer == saidKept {
				r.Acknowledged++
			}
		}
		if r.Measured = fmt.Sprintf("while the disk failed: %d refused, %d unknown, %d kept", all[saidRefused], all[saidUnknown], all[saidKept]); all[saidRefused]+all[saidUnknown] == 0 {
			t.Error("the disk did not fail")
		}
	})
}

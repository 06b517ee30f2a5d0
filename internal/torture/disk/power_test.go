package disk_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// The power is lost like this: a file in memory has an ext4 file system in it, which is mounted; a program writes there, and
// is stopped in the middle; the file is copied as it is. What the operating system had not brought to the "disk" by then is
// not in the copy. The copy is mounted, and has to have everything that the program acknowledged before.

// imageSize has room for a database, its log and some copies.
const imageSize = 96 << 20

// seldom has the file system write by itself after minutes only: that is not to be mixed up with what somebody waits for.
const seldom = "commit=300"

// powerDisk is the folder in memory: an image, where it is mounted, and what was copied of it.
type powerDisk struct{ template, image, after, mount string }

func newPowerDisk(t *testing.T, dir string, r *torture.Result) *powerDisk {
	t.Helper()
	if os.Geteuid() != 0 {
		torture.Lacking(t, r, "only root can mount an image")
	}
	if err := torture.MountTmpfs(dir, 4*imageSize); err != nil {
		torture.Lacking(t, r, err.Error())
	}
	d := &powerDisk{filepath.Join(dir, "template"), filepath.Join(dir, "image"), filepath.Join(dir, "after"), filepath.Join(dir, "mount")}
	if err := errors.Join(os.WriteFile(d.template, nil, fileMode), os.Truncate(d.template, imageSize), os.Mkdir(d.mount, 0o700)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "mkfs.ext4", "-q", "-F", d.template).CombinedOutput(); err != nil {
		torture.Lacking(t, r, fmt.Sprintf("mkfs.ext4: %v: %s", err, out))
	}
	if err := torture.MountImage(d.template, d.mount, seldom); err != nil {
		torture.Lacking(t, r, err.Error())
	}
	d.end(t, d.template)
	d.copyImage(t, d.template, d.image)
	return d
}

// copyImage copies an image, without room for what is empty.
func (d *powerDisk) copyImage(t *testing.T, from, to string) {
	t.Helper()
	if err := copySparse(from, to); err != nil {
		t.Fatal(err)
	}
}

func copySparse(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	block, empty := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); ; at += int64(len(block)) {
		switch _, err := io.ReadFull(in, block); {
		case errors.Is(err, io.EOF):
			return out.Truncate(at)
		case err != nil:
			return err
		case bytes.Equal(block, empty):
			continue
		}
		if _, err := out.WriteAt(block, at); err != nil {
			return err
		}
	}
}

// end ends the mount, and removes an image that is done with, unless it is the template.
func (d *powerDisk) end(t *testing.T, image string) {
	t.Helper()
	if err := torture.Unmount(d.mount); err != nil {
		t.Fatal(err)
	}
	if image == d.template {
		return
	}
	if err := os.Remove(image); err != nil {
		t.Fatal(err)
	}
}

// lose runs a child on a new file system until it has acknowledged at least so much, loses the power, and leaves mounted
// what is left. It returns every line of the child.
func (d *powerDisk) lose(t *testing.T, atLeast int, args ...string) (said []string) {
	t.Helper()
	d.copyImage(t, d.template, d.image)
	if err := torture.MountImage(d.image, d.mount, seldom); err != nil {
		t.Fatal(err)
	}
	child := torture.Child(t, "powerloss", append([]string{d.mount}, args...)...)
	torture.DieWithParent(child)
	stdin, stdout := torture.Talk(t, child)
	defer stdin.Close()
	lines := bufio.NewScanner(stdout)
	for len(said) < atLeast && lines.Scan() {
		said = append(said, lines.Text())
	}
	if err := torture.Freeze(child.Process); err != nil {
		t.Fatal(err)
	}
	d.copyImage(t, d.image, d.after)
	_ = child.Process.Kill()
	for lines.Scan() { // said before it was stopped
		said = append(said, lines.Text())
	}
	_ = child.Wait() // that it was killed
	d.end(t, d.image)
	if err := torture.MountImage(d.after, d.mount, seldom); err != nil {
		t.Fatal(err)
	}
	return said
}

// TestWhatWasAcknowledgedSurvivesALossOfPower loses the power under a store with synchronous=FULL, and under backups.
func TestWhatWasAcknowledgedSurvivesALossOfPower(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.PowerLoss,
		Promise: "With synchronous=FULL, the default, what was acknowledged survives a loss of power, and so do backups that are made meanwhile",
		Method:  "ext4 in a file in memory, copied while the writer is stopped at random", Rounds: torture.Rounds(2, 10)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		disk, copies := newPowerDisk(t, dir, r), 0
		for range r.Rounds {
			acknowledged := map[string]bool{}
			for _, line := range disk.lose(t, 50+rand.IntN(torture.Rounds(200, 1500)), "full") {
				if words := strings.Fields(line); len(words) == 3 {
					assertCopy(t, filepath.Join(disk.mount, words[1]), words[2])
					copies++
					continue
				}
				acknowledged[line] = true
			}
			path := filepath.Join(disk.mount, "roster.db")
			r.Acknowledged += len(acknowledged)
			r.Lost += missing(t, path, acknowledged)
			assertSound(t, path)
			disk.end(t, disk.after)
		}
		r.Measured = fmt.Sprintf("%d backups and restored databases, all of them whole", copies)
	})
}

// TestACopyThatWasAcknowledgedSurvivesALossOfPower loses the power as soon as a backup, or what was restored of one, is
// acknowledged, while nobody else writes.
func TestACopyThatWasAcknowledgedSurvivesALossOfPower(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.PowerLoss,
		Promise: "A backup that was acknowledged survives a loss of power, whole and under its name, and so does what was restored",
		Method:  "ext4 in a file in memory, copied the moment that a backup is acknowledged", Rounds: torture.Rounds(2, 20)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		disk, copies := newPowerDisk(t, dir, r), 0
		for round := range r.Rounds {
			for _, line := range disk.lose(t, 1+round%(2*mostCopies), "copies") {
				words := strings.Fields(line)
				assertCopy(t, filepath.Join(disk.mount, words[1]), words[2])
				copies++
			}
			disk.end(t, disk.after)
		}
		r.Measured = fmt.Sprintf("%d backups and restored databases", copies)
	})
}

// assertCopy makes sure that a copy is there, and what it was said to be.
func assertCopy(t *testing.T, path, lastChange string) {
	t.Helper()
	assertSound(t, path)
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	defer st.Close()
	page, err := st.Changes(t.Context(), membership.ChangeQuery{Limit: -1})
	if err != nil || strconv.FormatInt(page.Last, 10) != lastChange {
		t.Errorf("%s ends at %d instead of %s, %v", filepath.Base(path), page.Last, lastChange, err)
	}
}

// TestNormalLosesTheLastMomentsWithThePower is the control of the method, which would see what FULL lost; and the
// promise of NORMAL, that what is left is sound.
func TestNormalLosesTheLastMomentsWithThePower(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.PowerLoss,
		Promise: "With synchronous=NORMAL the last moments may be lost, and what is left is sound",
		Method:  "ext4 in a file in memory, copied while the writer is stopped at random: this way of testing sees a loss", Rounds: torture.Rounds(2, 10)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		disk, all, lost, lossy := newPowerDisk(t, dir, r), 0, 0, 0
		for range r.Rounds {
			acknowledged := map[string]bool{}
			for _, line := range disk.lose(t, 50+rand.IntN(torture.Rounds(200, 3000)), "normal") {
				acknowledged[line] = true
			}
			path := filepath.Join(disk.mount, "roster.db")
			n := missing(t, path, acknowledged)
			if n > 0 {
				lossy++
			}
			all, lost = all+len(acknowledged), lost+n
			assertSound(t, path)
			disk.end(t, disk.after)
		}
		if r.Measured = fmt.Sprintf("%d of %d lost, in %d of %d rounds", lost, all, lossy, r.Rounds); lost == 0 {
			t.Error("NORMAL has lost nothing: the method does not lose what it should")
		}
	})
}

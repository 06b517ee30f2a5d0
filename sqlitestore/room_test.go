package sqlitestore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

func TestAWantOfRoomIsToldFromOtherErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&os.PathError{Op: "write", Path: "x", Err: errTooLarge}, true},
		{&os.PathError{Op: "open", Path: "x", Err: fs.ErrPermission}, false},
		{nil, false},
	} {
		if got := isNoRoom(c.err); got != c.want {
			t.Errorf("%v: got %t", c.err, got)
		}
	}
}

// Each attempt writes a file: a disk that fails a hundred at once must not get a hundred of them.
func TestThoseWhoFailAtOnceTryOnceAtATime(t *testing.T) {
	t.Parallel()
	var (
		j             joint
		under, trials atomic.Int32
		all           sync.WaitGroup
	)
	failure := errors.New("no")
	attempt := func() error {
		trials.Add(1)
		if under.Add(1) > 1 {
			t.Error("another attempt is under way")
		}
		for range 100 {
			runtime.Gosched()
		}
		under.Add(-1)
		return failure
	}
	for range 50 {
		all.Go(func() {
			if err := j.try(attempt); !errors.Is(err, failure) {
				t.Errorf("got %v", err)
			}
		})
	}
	all.Wait()
	before := trials.Load()
	if err := j.try(attempt); !errors.Is(err, failure) || trials.Load() != before+1 {
		t.Errorf("who asks later is told what was: %v", err)
	}
}

// Not all who may write the database may make other files beside it.
func TestReadyNeedsNoOtherFileBesideTheDatabase(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("this user may make files everywhere")
	}
	st := openStore(t)
	if err := st.Update(t.Context(), writes("a")); err != nil { // the log and its index are there
		t.Fatal(err)
	}
	folder := filepath.Dir(st.file)
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	if _, err := newDraft(folder, "x"); !errors.Is(err, fs.ErrPermission) {
		t.Fatalf("got %v", err)
	}
	if err := st.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

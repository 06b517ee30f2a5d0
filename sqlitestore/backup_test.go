package sqlitestore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

// backedUp is a backup of a file.
func backedUp(t *testing.T, path string) (to string) {
	t.Helper()
	to = filepath.Join(t.TempDir(), "backup.db")
	_, err := sqlitestore.Backup(t.Context(), path, to)
	done(t, err)
	return to
}

// welcome creates an account with a member in one transaction: three changes.
func welcome(ctx context.Context, svc *roster.Service) error {
	return svc.Update(ctx, func(svc *roster.Service) error {
		a, err := svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
		if err != nil {
			return err
		}
		m, err := svc.CreateMember(ctx, membership.Member{Name: "Ron"})
		if err == nil {
			_, err = svc.Add(ctx, a.ID, m.ID)
		}
		return err
	})
}

// welcomeForEver is a child's task: it writes with 8 goroutines until it is killed.
func welcomeForEver(ctx context.Context, path string) error {
	st, err := sqlitestore.Open(path, sqlitestore.Options{BusyTimeout: time.Minute})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	svc, failed := roster.New(st, roster.Options{}), make(chan error)
	for range 8 {
		go func() {
			for {
				if err := welcome(ctx, svc); err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}

// TestABackupUnder64WritersIsAStateThatExisted writes with 64 goroutines and another process at the same time, each
// transaction one account, one member, one membership and three changes.
func TestABackupUnder64WritersIsAStateThatExisted(t *testing.T) {
	t.Parallel()
	const writers, backups = 64, 3
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{BusyTimeout: time.Minute, Synchronous: sqlitestore.Normal})
	svc := roster.New(st, roster.Options{})
	p := startChild(t, "welcome", path, 0)
	if said := p.read(1); len(said) == 0 || said[0] != "ready" {
		t.Fatalf("the child said %q", said)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := welcome(ctx, svc); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	done(t, st.AwaitChanges(t.Context(), 1000, time.Millisecond))
	for n := range backups {
		to := filepath.Join(t.TempDir(), fmt.Sprint(n, ".db"))
		_, before, err := svc.ChangeBounds(t.Context())
		done(t, err)
		info, err := sqlitestore.Backup(t.Context(), path, to)
		done(t, err)
		_, after, err := svc.ChangeBounds(t.Context())
		done(t, err)
		if info.LastChange < before || info.LastChange > after || !info.Report.Sound() {
			t.Errorf("the log ended at %d before and at %d after: got %+v", before, after, info)
		}
		mustBeSound(t, to) // each row is as its last change says
		s, err := sqlitestore.Stats(t.Context(), to)
		if err != nil || s.Accounts != s.Members || s.Accounts != s.Memberships || int64(3*s.Memberships) != s.LastChange ||
			s.LastChange != info.LastChange || s.Memberships != info.Memberships || s.FileSize != info.Size {
			t.Errorf("half a transaction, or less: %+v, %+v, %v", s, info, err)
		}
	}
	cancel()
	all.Wait()
	p.kill()
	mustBeSound(t, path)
}

func TestABackupIsOneFileThatNobodyElseCanRead(t *testing.T) {
	t.Parallel()
	to := backedUp(t, newWorld(t))
	if all := files(t, to); len(all) != 1 {
		t.Errorf("beside it lie others: %d files", len(all))
	}
	if info, err := os.Stat(to); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("it has mode %o, %v", info.Mode(), err)
	}
	mustBeSound(t, to)
	st := open(t, to, sqlitestore.Options{})
	if got := names(t, st); len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

func TestABackupOverwritesNothing(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	dir := t.TempDir()
	there, link := filepath.Join(dir, "there.db"), filepath.Join(dir, "link.db")
	done(t, os.WriteFile(there, nil, 0o600))
	targets := []string{there, path}
	if runtime.GOOS != "windows" {
		done(t, os.Symlink(filepath.Join(dir, "nowhere.db"), link))
		targets = append(targets, link)
	}
	for _, to := range targets {
		_, err := sqlitestore.Backup(t.Context(), path, to)
		if !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "is not overwritten") {
			t.Errorf("%s: got %v", to, err)
		}
	}
	if info, err := os.Stat(there); err != nil || info.Size() != 0 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestABackupThatIsGivenUpLeavesNothing(t *testing.T) {
	t.Parallel()
	path, to := newWorld(t), filepath.Join(t.TempDir(), "backup.db")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sqlitestore.Backup(ctx, path, to); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := sqlitestore.Backup(t.Context(), path, filepath.Join(t.TempDir(), "no", "such.db")); err == nil || !strings.Contains(err.Error(), "create it first") {
		t.Errorf("got %v", err)
	}
	if left := files(t, to); len(left) != 0 {
		t.Errorf("left behind are %d files", len(left))
	}
}

func TestABackupOfAnOldVersionIsOfThatVersion(t *testing.T) {
	t.Parallel()
	for version := int64(1); version < migrations.Latest(); version++ {
		path, to := filepath.Join(t.TempDir(), "old.db"), filepath.Join(t.TempDir(), "backup.db")
		upTo(t, openWith(t, path, pragmas), version)
		info, err := sqlitestore.Backup(t.Context(), path, to)
		if err != nil || info.SchemaVersion != version {
			t.Errorf("got %+v, %v", info, err)
		}
		if got, err := migrations.Version(t.Context(), openWith(t, path, pragmas)); err != nil || got != version {
			t.Errorf("the database has version %d now, %v", got, err)
		}
		mustInsert(t, open(t, to, sqlitestore.Options{}), "Acme")
	}
}

func TestABackupIntoAStreamIsTheSame(t *testing.T) {
	path := newWorld(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	var stream bytes.Buffer
	info, err := sqlitestore.BackupTo(t.Context(), path, &stream)
	if err != nil || info.Size != int64(stream.Len()) {
		t.Fatalf("got %+v and %d bytes, %v", info, stream.Len(), err)
	}
	to := filepath.Join(t.TempDir(), "backup.db")
	done(t, os.WriteFile(to, stream.Bytes(), 0o600))
	mustBeSound(t, to)

	broken := errors.New("the pipe is broken")
	if _, err := sqlitestore.BackupTo(t.Context(), path, brokenPipe{broken}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) != 0 {
		t.Errorf("left behind are %v, %v", left, err)
	}
}

type brokenPipe struct{ err error }

func (p brokenPipe) Write([]byte) (int, error) { return 0, p.err }

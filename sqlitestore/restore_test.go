package sqlitestore_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// backupPath tells a child which backup to restore.
const backupPath = "ROSTER_TEST_SQLITESTORE_BACKUP"

// backupOf is a backup of a database with an account of that name and nothing else.
func backupOf(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.db")
	mustInsert(t, open(t, path, sqlitestore.Options{}), name)
	return backedUp(t, path)
}

// crashed is a database with the account "old", which is in the log only: its program was killed.
func crashed(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "roster.db")
	p := startChild(t, "idle", path, 1)
	if said := p.read(1); len(said) == 0 || said[0] != "ready" {
		t.Fatalf("the child said %q", said)
	}
	p.kill()
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		t.Fatalf("it has no log: %v", err)
	}
	return path
}

// idle is a child's task: it has made so many accounts called "old", and does nothing any more.
func idle(ctx context.Context, path string, many int) error {
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		return err
	}
	svc := roster.New(st, roster.Options{})
	for range many {
		if _, err := svc.CreateAccount(ctx, membership.Account{Name: "old"}); err != nil {
			return err
		}
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	return st.Close()
}

// namesIn are the names of the accounts in a file that nobody has open.
func namesIn(t *testing.T, path string) []string {
	t.Helper()
	st := open(t, path, sqlitestore.Options{})
	all := names(t, st)
	done(t, st.Close())
	return all
}

func restore(t *testing.T, backup, path string, force bool) error {
	t.Helper()
	_, err := sqlitestore.Restore(t.Context(), backup, path, sqlitestore.RestoreOptions{Force: force})
	return err
}

func TestRestoreBringsABackupBack(t *testing.T) {
	t.Parallel()
	world := newWorld(t)
	backup := backedUp(t, world)
	path := filepath.Join(t.TempDir(), "roster.db")
	done(t, restore(t, backup, path, false))
	mustBeSound(t, path)
	if all := files(t, path); len(all) != 1 {
		t.Errorf("beside it lie others: %d files", len(all))
	}
	if info, err := os.Stat(path); runtime.GOOS != "windows" && (err != nil || info.Mode().Perm() != 0o600) {
		t.Errorf("it has mode %o, %v", info.Mode(), err)
	}
	if got, want := namesIn(t, path), namesIn(t, world); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRestoreOverwritesOnlyWhenForced(t *testing.T) {
	t.Parallel()
	backup := backupOf(t, "new")
	for _, there := range []string{"", "-wal", "-journal"} {
		path := filepath.Join(t.TempDir(), "roster.db")
		done(t, os.WriteFile(path+there, []byte("something"), 0o600))
		before := files(t, path)
		if err := restore(t, backup, path, false); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%q: got %v", there, err)
		}
		if got := files(t, path); len(got) != 1 || got[filepath.Base(path)+there] != before[filepath.Base(path)+there] {
			t.Errorf("%q: it is not as it was", there)
		}
		done(t, restore(t, backup, path, true))
		mustBeSound(t, path)
		if got := namesIn(t, path); !slices.Equal(got, []string{"new"}) {
			t.Errorf("%q: got %v", there, got)
		}
	}
}

func TestRestoreOverwritesWhatIsThere(t *testing.T) {
	t.Parallel()
	backup := backupOf(t, "new")
	olds := damages(t)
	olds["a sound database"], olds["one with a log"] = newWorld(t), crashed(t)
	olds["one with a log that is damaged"] = crashed(t)
	content, err := os.ReadFile(olds["one with a log that is damaged"])
	done(t, err)
	done(t, os.WriteFile(olds["one with a log that is damaged"], []byte(strings.Repeat("x", len(content))), 0o600))
	for name, path := range olds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			done(t, restore(t, backup, path, true))
			mustBeSound(t, path)
			if got := namesIn(t, path); !slices.Equal(got, []string{"new"}) {
				t.Errorf("got %v", got)
			}
			if all := files(t, path); len(all) != 1 {
				t.Errorf("beside it lie others: %d files", len(all))
			}
		})
	}
}

func TestRestoreLeavesAnotherProgramsFileAlone(t *testing.T) {
	t.Parallel()
	path := made(t, `CREATE TABLE songs (id)`)
	before := files(t, path)
	if err := restore(t, backupOf(t, "new"), path, true); !errors.Is(err, sqlitestore.ErrNotRoster) {
		t.Errorf("got %v", err)
	}
	if after := files(t, path); len(after) != 1 || after[filepath.Base(path)] != before[filepath.Base(path)] {
		t.Error("it was changed")
	}
}

func TestADatabaseIsNotRestoredFromItself(t *testing.T) {
	t.Parallel()
	path := newWorld(t)
	if err := restore(t, path, path, true); err == nil || !strings.Contains(err.Error(), "from itself") {
		t.Errorf("got %v", err)
	}
	mustBeSound(t, path)
}

func TestRestoreFollowsALink(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	path, link := newWorld(t), filepath.Join(t.TempDir(), "link.db")
	done(t, os.Symlink(path, link))
	done(t, restore(t, backupOf(t, "new"), link, true))
	if got := namesIn(t, path); !slices.Equal(got, []string{"new"}) {
		t.Errorf("got %v", got)
	}
	if target, err := os.Readlink(link); err != nil || target != path {
		t.Errorf("the link leads to %s, %v", target, err)
	}
}

// Whoever has the database open, and does nothing, or writes all the time, in another process or in this one.
func TestRestoreRefusesADatabaseThatIsOpen(t *testing.T) {
	t.Parallel()
	backup := backupOf(t, "new")
	refused := func(t *testing.T, path string) {
		t.Helper()
		if err := restore(t, backup, path, true); !errors.Is(err, store.ErrBusy) {
			t.Errorf("got %v", err)
		}
		for name := range files(t, path) {
			if strings.HasSuffix(name, ".part") {
				t.Errorf("left behind is %s", name)
			}
		}
	}
	for _, task := range []string{"idle", "welcome"} {
		t.Run("another process: "+task, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "roster.db")
			p := startChild(t, task, path, 0)
			if said := p.read(1); len(said) == 0 || said[0] != "ready" {
				t.Fatalf("the child said %q", said)
			}
			refused(t, path)
			p.kill()
			mustBeSound(t, path)
			done(t, restore(t, backup, path, true))
			if got := namesIn(t, path); !slices.Equal(got, []string{"new"}) {
				t.Errorf("got %v", got)
			}
		})
	}
	t.Run("a store of this process", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "roster.db")
		mustInsert(t, open(t, path, sqlitestore.Options{}), "old")
		refused(t, path)
	})
	t.Run("a connection of this process", func(t *testing.T) {
		t.Parallel()
		path := newWorld(t)
		db := openWith(t, path, pragmas)
		var n int
		done(t, db.QueryRow(`SELECT count(*) FROM roster_accounts`).Scan(&n))
		before, err := os.Stat(path + "-shm")
		done(t, err)
		refused(t, path)
		if after, err := os.Stat(path + "-shm"); err != nil || !os.SameFile(before, after) {
			t.Errorf("the next program would make another index of the same log: %v", err)
		}
	})
	t.Run("another process has a damaged one open", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "roster.db")
		p := startChild(t, "idle", path, 0)
		if said := p.read(1); len(said) == 0 || said[0] != "ready" {
			t.Fatalf("the child said %q", said)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		done(t, err)
		_, err = f.WriteAt([]byte("damaged, damaged, damaged"), 0)
		done(t, errors.Join(err, f.Close()))
		refused(t, path)
		p.kill()
		done(t, restore(t, backup, path, true))
		mustBeSound(t, path)
	})
}

// restoreInSteps is a child's task: it restores up to a step, and ends there.
func restoreInSteps(ctx context.Context, path string, steps int) error {
	all, err := sqlitestore.PlaceInSteps(ctx, os.Getenv(backupPath), path, steps)
	if err == nil {
		fmt.Println(all)
	}
	return err
}

// TestARestoreThatEndsAnywhereLeavesTheOldOrTheNew ends a process behind each of the steps.
func TestARestoreThatEndsAnywhereLeavesTheOldOrTheNew(t *testing.T) {
	backup := backupOf(t, "new")
	t.Setenv(backupPath, backup)
	for name, old := range map[string]func(*testing.T) string{
		"a closed one":   func(t *testing.T) string { t.Helper(); p := crashed(t); namesIn(t, p); return p },
		"one with a log": func(t *testing.T) string { t.Helper(); return crashed(t) },
		"a damaged one with a log": func(t *testing.T) string {
			t.Helper()
			p := crashed(t)
			done(t, os.WriteFile(p, []byte(strings.Repeat("x", 8192)), 0o600))
			return p
		},
	} {
		for steps, all := 0, 0; steps <= all; steps++ {
			path := old(t)
			p := startChild(t, "restore", path, steps)
			said := p.read(2)
			if err := p.Wait(); err != nil || len(said) != 1 {
				t.Fatalf("the child said %q, %v", said, err)
			}
			all, _ = strconv.Atoi(said[0])
			if all < 3 {
				t.Fatalf("there are %d steps", all)
			}
			const exchanged = 4
			want := "old"
			if steps >= exchanged {
				want = "new"
			}
			if strings.Contains(name, "damaged") && want == "old" {
				if report, err := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{}); err == nil && report.Sound() && namesIn(t, path)[0] != "old" {
					t.Errorf("%s, after %d steps: it is taken for sound", name, steps)
				}
			} else {
				mustBeSound(t, path)
				if got := namesIn(t, path); !slices.Equal(got, []string{want}) {
					t.Errorf("%s, after %d steps: got %v, want %s", name, steps, got, want)
				}
			}
			done(t, restore(t, backup, path, true)) // and it can be tried again
			mustBeSound(t, path)
			if got := namesIn(t, path); !slices.Equal(got, []string{"new"}) {
				t.Errorf("%s, again after %d steps: got %v", name, steps, got)
			}
		}
	}
}

// writeLate is a child's task: it has the file open, which is not a lock yet, and writes when it is told.
func writeLate(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=rw")
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	for _, query := range []string{`PRAGMA journal_mode = WAL`, `UPDATE roster_accounts SET name = 'late'`} {
		_, err := conn.ExecContext(ctx, query)
		fmt.Println(err)
	}
	return nil
}

// TestWhoOpenedTheOldFileTooEarlyDoesNotHarmTheNewOne: its name leads to another file by the time that it reads.
func TestWhoOpenedTheOldFileTooEarlyDoesNotHarmTheNewOne(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open keeps its name there")
	}
	path, backup := newWorld(t), backupOf(t, "new")
	p := startChild(t, "late", path, 0)
	if said := p.read(1); len(said) == 0 || said[0] != "ready" {
		t.Fatalf("the child said %q", said)
	}
	done(t, restore(t, backup, path, true))
	_, err := p.stdin.Write([]byte("\n"))
	done(t, err)
	said := p.read(2)
	if len(said) != 2 || !strings.Contains(said[1], "readonly") {
		t.Errorf("who wrote into the old file was told %q", said)
	}
	p.kill()
	mustBeSound(t, path)
	if got := namesIn(t, path); !slices.Equal(got, []string{"new"}) {
		t.Errorf("got %v", got)
	}
}

package sqlitestore_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
)

func TestOpenKeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{})
	mustInsert(t, st, "Acme")
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, open(t, path, sqlitestore.Options{})); !slices.Equal(got, []string{"Acme"}) {
		t.Errorf("got %v", got)
	}
}

func TestOpenCreatesAFileThatNobodyElseCanRead(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes are a matter of the directory there")
	}
	path := filepath.Join(t.TempDir(), "roster.db")
	mustInsert(t, open(t, path, sqlitestore.Options{}), "Acme")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", info.Name(), mode)
		}
	}
}

func TestOpenLeavesTheModeOfAFileThatExists(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes are a matter of the directory there")
	}
	path := filepath.Join(t.TempDir(), "roster.db")
	if err := os.WriteFile(path, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	open(t, path, sqlitestore.Options{})
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestOpenTakesAnyName(t *testing.T) {
	t.Parallel()
	odd := []string{"with blank.db", "100%.db", "per%20cent.db", "ha#sh.db", "plus+and&amp=.db", "ünïcødé.db", "semi;colon.db", ".hidden"}
	if runtime.GOOS != "windows" {
		odd = append(odd, "question?.db", "?mode=memory", "a:b", `back\slash.db`, `quote'".db`)
	}
	for _, name := range odd {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			st := open(t, filepath.Join(dir, name), sqlitestore.Options{})
			mustInsert(t, st, "Acme")
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(dir)
			if err != nil || len(entries) != 1 || entries[0].Name() != name {
				t.Errorf("the directory has %v, %v", entries, err)
			}
		})
	}
}

func TestOpenTakesARelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	open(t, "roster.db", sqlitestore.Options{})
	if _, err := os.Stat("roster.db"); err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhatIsWrongWithThePath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, says := range map[string]string{
		"":                                  "is empty",
		":memory:":                          "use memstore",
		"file:roster.db?mode=ro":            "not a URI",
		dir:                                 "is a directory",
		filepath.Join(dir, "no", "such.db"): "create it first",
		filepath.Join(dir, "a\x00b"):        "create the database file",
	} {
		_, err := sqlitestore.Open(path, sqlitestore.Options{})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: got %v, want it to say %q", path, err, says)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func TestOpenSaysWhatIsWrongWithTheFile(t *testing.T) {
	t.Parallel()
	sound := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, sound, sqlitestore.Options{})
	mustInsert(t, st, "Acme")
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(sound)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	for name, c := range map[string]struct {
		content []byte
		says    string
	}{
		"text":          {[]byte(strings.Repeat("To whom it may concern. ", 300)), "the file is no SQLite database"},
		"wrong magic":   {append([]byte("SQLite format 4\x00"), file[16:]...), "the file is no SQLite database"},
		"half a file":   {file[:len(file)/2/page*page], "the database is damaged"},
		"cut off":       {file[:len(file)-1000], "the file was cut off"},
		"garbled pages": {append(slices.Clone(file[:100]), []byte(strings.Repeat("x", len(file)-100))...), "the database is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "roster.db")
			if err := os.WriteFile(path, c.content, 0o600); err != nil {
				t.Fatal(err)
			}
			st, err := sqlitestore.Open(path, sqlitestore.Options{})
			if err == nil {
				_ = st.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) || !strings.HasSuffix(err.Error(), "restore a backup that is sound") {
				t.Errorf("got %v, want it to say %q", err, c.says)
			}
		})
	}
}

func TestOpenTakesAnEmptyFileForANewOne(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustInsert(t, open(t, path, sqlitestore.Options{}), "Acme")
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	db := openDB(t, path)
	if _, err := db.Exec(`INSERT INTO ` + migrations.Table + ` (version_id, is_applied) VALUES (99, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitestore.Open(path, sqlitestore.Options{}); !errors.Is(err, migrations.ErrNewer) {
		t.Errorf("got %v", err)
	}
}

// Whoever comes second waits for who makes the file, however many there are.
func TestManyOpenANewFileAtOnce(t *testing.T) {
	t.Parallel()
	for range 20 {
		path := filepath.Join(t.TempDir(), "roster.db")
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				st, err := sqlitestore.Open(path, sqlitestore.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := st.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	}
}

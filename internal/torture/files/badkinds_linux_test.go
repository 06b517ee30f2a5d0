package files_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

const (
	pageSize           = 4096
	indexOfAnotherTime = "an index of another time beside the log"
)

// badKinds are the ways in which a database file may be bad, and be known to be by looking at it.
func badKinds(w *worlds) []badKind {
	is := func(name string, files map[string]string) badKind {
		return badKind{name: name, hasLog: files["-wal"] != "", make: func(t *testing.T, dir string) {
			t.Helper()
			for suffix, content := range files {
				write(t, filepath.Join(dir, "roster.db"+suffix), []byte(content))
			}
		}}
	}
	file := string(w.file)
	wal, index := w.killed["roster.db-wal"], w.killed["roster.db-shm"]
	main := w.killed["roster.db"]
	kinds := []badKind{
		is("a sound file, to compare with", map[string]string{"": file}),
		is("half a file", map[string]string{"": file[:len(file)/2]}),
		is("half a file, of whole pages", map[string]string{"": file[:len(file)/2/pageSize*pageSize]}),
		is("one page", map[string]string{"": file[:pageSize]}),
		is("100 bytes", map[string]string{"": file[:100]}),
		is("without its last page", map[string]string{"": file[:len(file)-pageSize]}),
		is("cut by 1,000 bytes", map[string]string{"": file[:len(file)-1000]}),
		is("cut by one byte", map[string]string{"": file[:len(file)-1]}),
		is("text", map[string]string{"": strings.Repeat("This is no database.\n", 500)}),
		is("a wrong beginning", map[string]string{"": "SQLite format 4\x00" + file[16:]}),
		is("0 bytes", map[string]string{"": ""}),
		is("zeros", map[string]string{"": strings.Repeat("\x00", len(file))}),
		is("0 bytes beside a log", map[string]string{"": "", "-wal": wal}),
		is("only a log", map[string]string{"-wal": wal}),
		is("the log removed, its index left", map[string]string{"": main, "-shm": index}),
		is(indexOfAnotherTime, map[string]string{"": main, "-wal": wal, "-shm": w.killedOther["roster.db-shm"]}),
		is("a log that is text", map[string]string{"": file, "-wal": strings.Repeat("This is no log.\n", 500)}),
		is("a journal that is text", map[string]string{"": file, "-journal": strings.Repeat("This is no journal.\n", 500)}),
	}
	kinds = append(kinds, unusualKinds(file)...)
	for i, k := range kinds {
		if k.name == indexOfAnotherTime {
			kinds[i].rows = w.acknowledged
		}
	}
	return kinds
}

// unusualKinds are other programs' files, and what is no file at all.
func unusualKinds(file string) []badKind {
	in := func(dir string) string { return filepath.Join(dir, "roster.db") }
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	return []badKind{
		{name: "another program's database, with its application id", make: func(t *testing.T, dir string) {
			execute(t, in(dir), "CREATE TABLE theirs (x)", "PRAGMA application_id = 0x0f055112")
		}},
		{name: "another program's application id, and no table yet", make: func(t *testing.T, dir string) {
			execute(t, in(dir), "PRAGMA application_id = 0x0f055112", "PRAGMA user_version = 1")
		}},
		{name: "another program's database, without an application id", make: func(t *testing.T, dir string) {
			execute(t, in(dir), "CREATE TABLE theirs (x)", "INSERT INTO theirs VALUES (1)")
		}},
		{name: "a newer schema", make: func(t *testing.T, dir string) {
			write(t, in(dir), []byte(file))
			execute(t, in(dir), "INSERT INTO roster_schema_version (version_id, is_applied) VALUES (99, 1)")
		}},
		{name: "a folder", make: func(t *testing.T, dir string) { must(t, os.Mkdir(in(dir), 0o700)) }},
		{name: "a FIFO", make: func(t *testing.T, dir string) { must(t, syscall.Mkfifo(in(dir), 0o600)) }},
		{name: "a link to /dev/null", make: func(t *testing.T, dir string) { must(t, os.Symlink("/dev/null", in(dir))) }},
		{name: "a link to /dev/full", make: func(t *testing.T, dir string) { must(t, os.Symlink("/dev/full", in(dir))) }},
		{name: "a link to nothing", make: func(t *testing.T, dir string) { must(t, os.Symlink("nothing.db", in(dir))) }},
		{name: "a link to a file that was cut", make: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "real.db"), []byte(file[:len(file)-1000]))
			must(t, os.Symlink("real.db", in(dir)))
		}},
		{name: "a file that may not be read", run: asNobody, make: func(t *testing.T, dir string) { owned(t, dir, file, 0, 0o700) }},
		{name: "a file that may only be read", run: asNobody, make: func(t *testing.T, dir string) { owned(t, dir, file, 0o400, 0o700) }},
		{name: "a folder that may only be read", run: asNobody, make: func(t *testing.T, dir string) { owned(t, dir, file, 0o600, 0o500) }},
		{name: "a file system that may only be read", run: onReadOnlyMount, make: func(t *testing.T, dir string) { write(t, in(dir), []byte(file)) }},
	}
}

// nobody is who owns no file, as all systems know it.
const nobody = 65534

// owned is a file with a mode, in a folder with one. Root, whom no mode keeps out, gives both away.
func owned(t *testing.T, dir, file string, mode, folder fs.FileMode) {
	t.Helper()
	path := filepath.Join(dir, "roster.db")
	write(t, path, []byte(file))
	for _, p := range []string{path, dir} {
		if os.Geteuid() == 0 {
			if err := os.Chown(p, nobody, nobody); err != nil {
				t.Fatal(err)
			}
		}
	}
	withMode(t, filepath.Dir(dir), 0o755)
	withMode(t, path, mode)
	withMode(t, dir, folder)
	t.Cleanup(func() { withMode(t, dir, 0o700) })
}

// asNobody runs the program as somebody whom modes keep out.
func asNobody(t *testing.T) func(dir string, args []string) *exec.Cmd {
	t.Helper()
	run := asNow(t)
	if os.Geteuid() != 0 {
		return run
	}
	content := read(t, servertest.Program(t))
	folder := t.TempDir()
	program := filepath.Join(folder, "roster")
	write(t, program, content)
	withMode(t, filepath.Dir(folder), 0o755)
	withMode(t, program, 0o755)
	return func(dir string, args []string) *exec.Cmd {
		cmd := run(dir, args)
		cmd.Path, cmd.Args[0] = program, program
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, NoSetGroups: true}}
		return cmd
	}
}

// onReadOnlyMount runs the program on a mount of its own, with the files of the folder on it.
func onReadOnlyMount(t *testing.T) func(dir string, args []string) *exec.Cmd {
	program := servertest.Program(t)
	return func(dir string, args []string) *exec.Cmd {
		cmd := torture.Child(t, "read-only mount", append([]string{dir, program}, args...)...)
		torture.OwnMounts(cmd)
		return cmd
	}
}

// runOnReadOnlyMount is the child: it becomes the program. Where nothing may be mounted it says so.
func runOnReadOnlyMount(args []string) error {
	dir, program := args[0], args[1]
	content, err := os.ReadFile(filepath.Join(dir, "roster.db"))
	if err != nil {
		return err
	}
	if err := torture.MountTmpfs(dir, 16<<20); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "roster.db"), content, 0o600); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		return err
	}
	if err := os.Chdir(dir); err != nil {
		return err
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TORTURE") }) // the program wonders
	return syscall.Exec(program, append([]string{program}, args[2:]...), env)
}

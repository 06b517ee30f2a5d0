package torture

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// apartEnvironment is the variable that tells a test that it is apart: its value is the file for its result.
const apartEnvironment = "TORTURE_APART"

// Apart runs the body of a test in a process of its own, which may do to itself what no other test should meet, and reports
// the result that it leaves. With mounts the process also has mounts of its own ([OwnMounts]), or the test is skipped.
// The body gets an empty folder to mount something on. It is a whole test: it may have children and servers, which
// see what it mounted. Where the machine cannot do what it needs, it calls [Lacking].
func Apart(t *testing.T, r Result, mounts bool, body func(t *testing.T, dir string, r *Result), env ...string) {
	t.Helper()
	if file := os.Getenv(apartEnvironment); file != "" {
		t.Cleanup(func() { leave(t, file, r) })
		body(t, filepath.Join(filepath.Dir(file), "disk"), &r)
		return
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "result")
	if err := os.Mkdir(filepath.Join(dir, "disk"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "-test.run=^"+t.Name()+"$", "-test.timeout=20m", "-test.v=true")
	cmd.Env = append(append(os.Environ(), apartEnvironment+"="+file), env...)
	if mounts {
		if !CanMount {
			Skip(t, r, "only Linux gives a process mounts of its own")
		}
		OwnMounts(cmd)
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Start()
	if errors.Is(err, os.ErrPermission) && mounts {
		Skip(t, r, "this user may not have mounts of its own: %v", err)
	}
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		t.Errorf("%v\n%s", err, said.Bytes())
	}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil { // else a body that never ran would be one in which all went well
		t.Errorf("no result of the test that was apart: %v", err)
	}
	if r.Skipped != "" {
		Skip(t, r, "%s", r.Skipped)
	}
	Report(t, r)
}

// command is a process of this test binary, which is killed when the test ends, and waited for no longer than that.
func command(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// Lacking ends a test that is apart, because the machine cannot do what it needs.
func Lacking(t testing.TB, r *Result, why string) {
	t.Helper()
	r.Skipped = why
	t.SkipNow()
}

func leave(t testing.TB, file string, r Result) {
	text, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

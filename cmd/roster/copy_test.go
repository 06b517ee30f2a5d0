package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/membership"
)

// smallDatabase has 2 accounts, a member in one of them, and credentials.
func smallDatabase(t *testing.T) (path, clientID string) {
	t.Helper()
	path = newDatabase(t)
	fill(t, path, func(svc *roster.Service) error {
		acme, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"})
		if err != nil {
			return err
		}
		if _, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Branch", ParentID: acme.ID}); err != nil {
			return err
		}
		ron, err := svc.CreateMember(t.Context(), membership.Member{Name: "Ron"})
		if err != nil {
			return err
		}
		if _, err := svc.Add(t.Context(), acme.ID, ron.ID); err != nil {
			return err
		}
		c, _, err := svc.CreateCredential(t.Context(), membership.ScopeRead)
		clientID = c.ClientID
		return err
	})
	return path, clientID
}

// smallSummary is what is printed of it.
func smallSummary(copied string) string {
	return strings.ReplaceAll(`ROWS         IN ALL  COPIED NOW
settings     1       0
accounts     2       2
members      1       1
memberships  1       1
credentials  1       1
changes      4       4
verified: 10 rows equal
`, "COPIED NOW", copied)
}

func TestCopyMakesADatabaseThatServesTheSame(t *testing.T) {
	t.Parallel()
	from, clientID := smallDatabase(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	code, stdout, stderr := runHere(t, environment(), "copy", "--from", from, "--to", to)
	if code != 0 || stdout != smallSummary("COPIED NOW") {
		t.Errorf("exit %d, stdout %s, stderr %s", code, stdout, stderr)
	}
	for _, line := range []string{"copying accounts 100%  2 of 2\n", "copying changes 100%  4 of 4\n", "verifying memberships 100%  1 of 1\n"} {
		if strings.Count(stderr, line) != 1 {
			t.Errorf("standard error has no line %q, or several: %s", line, stderr)
		}
	}
	if code, stdout, _ := runHere(t, environment(), "credentials", "list", "--db", to); code != 0 || !strings.Contains(stdout, clientID) {
		t.Errorf("the credentials of the copy: exit %d, %s", code, stdout)
	}
}

func TestCopyGoesOnWhereItWasStopped(t *testing.T) {
	t.Parallel()
	from, _ := smallDatabase(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	stopped := writerFunc(func(p []byte) (int, error) {
		cancel() // at the first line
		return stderr.Write(p)
	})
	if code := run(ctx, []string{"copy", "--from", from, "--to", to}, environment(), nil, &stdout, stopped); code != exit.Failed ||
		!strings.HasSuffix(stderr.String(), "roster: stopped; to go on, say the same with --resume\n") {
		t.Errorf("exit %d, stderr %s", code, &stderr)
	}
	code, _, said := runHere(t, environment(), "copy", "--from", from, "--to", to)
	if code != exit.Failed || !strings.Contains(said, "the target is not empty") || !strings.Contains(said, "--resume") {
		t.Errorf("without --resume: exit %d, %s", code, said)
	}
	code, out, said := runHere(t, environment(), "copy", "--from", from, "--to", to, "--resume")
	if code != exit.OK || !strings.HasSuffix(out, "verified: 10 rows equal\n") {
		t.Errorf("with --resume: exit %d, %s %s", code, out, said)
	}
	code, out, _ = runHere(t, environment(), "copy", "--resume", "--from", from, "--to", to)
	if code != exit.OK || !strings.Contains(out, "changes      4       0\n") {
		t.Errorf("with --resume when nothing is left: exit %d, %s", code, out)
	}
}

// writerFunc is a function as a writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestCopyToPostgresAndBack(t *testing.T) {
	t.Parallel()
	server := pgtest.URL(t)
	from, _ := smallDatabase(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	for _, args := range [][]string{{"--from", from, "--to", server}, {"--from", server, "--to", to}} {
		code, stdout, stderr := runHere(t, environment(), append([]string{"copy"}, args...)...)
		if code != 0 || stdout != smallSummary("COPIED NOW") {
			t.Errorf("%v: exit %d, stdout %s, stderr %s", args, code, stdout, stderr)
		}
	}
	code, _, stderr := runHere(t, environment(), "copy", "--from", from, "--to", server)
	if code != exit.Failed || !strings.Contains(stderr, "the target is not empty") {
		t.Errorf("once more: exit %d, %s", code, stderr)
	}
	code, _, stderr = runHere(t, environment(), "copy", "--from", server, "--to", server+"&connect_timeout=7")
	if code != exit.Usage || !strings.Contains(stderr, "the same database") {
		t.Errorf("to itself: exit %d, %s", code, stderr)
	}
}

func TestCopyNamesWhatDiffers(t *testing.T) {
	t.Parallel()
	from, _ := smallDatabase(t)
	to := filepath.Join(t.TempDir(), "copy.db")
	if code, _, stderr := runHere(t, environment(), "copy", "--from", from, "--to", to); code != 0 {
		t.Fatal(stderr)
	}
	var late membership.Tag
	fill(t, to, func(svc *roster.Service) (err error) {
		late, err = svc.CreateTag(t.Context(), membership.Tag{Name: "late"})
		return err
	})
	fill(t, from, func(svc *roster.Service) error {
		_, err := svc.CreateTag(t.Context(), membership.Tag{Name: "late"})
		return err
	})
	code, stdout, stderr := runHere(t, environment(), "copy", "--from", from, "--to", to, "--resume")
	if code != exit.Failed || stdout != "" || !strings.Contains(stderr, "name is taken") {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	fill(t, from, func(svc *roster.Service) error {
		tags, err := svc.Tags(t.Context(), membership.Query{})
		if err != nil {
			return err
		}
		return svc.DeleteTag(t.Context(), tags.Items[0].ID)
	})
	code, stdout, stderr = runHere(t, environment(), "copy", "--from", from, "--to", to, "--resume")
	if code != exit.Failed || stdout != "" || !strings.Contains(stderr, to+" is no copy of "+from) ||
		!strings.Contains(stderr, "tag "+late.ID.String()+" is in the target only") {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
}

func TestCopyOfNothingMakesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	from, to := filepath.Join(dir, "missing.db"), filepath.Join(dir, "copy.db")
	code, stdout, stderr := runHere(t, environment(), "copy", "--from", from, "--to", to)
	if code != exit.Failed || stdout != "" || !strings.Contains(stderr, "there is no database "+from) {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestCopyRefusesWhatIsNoCopy(t *testing.T) {
	t.Parallel()
	from, _ := smallDatabase(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(from, link); err != nil {
		t.Skip(err)
	}
	const server = "postgres://roster:secret@db/app?search_path=one"
	for name, args := range map[string][]string{
		"no flags":              {},
		"no target":             {"--from", from},
		"no source":             {"--to", from},
		"an argument too many":  {"--from", from, "--to", "b.db", "c.db"},
		"an unknown flag":       {"--from", from, "--to", "b.db", "--force"},
		"memory":                {"--from", from, "--to", ":memory:"},
		"itself":                {"--from", from, "--to", from},
		"itself, by a link":     {"--from", from, "--to", link},
		"itself, on a server":   {"--from", server, "--to", server + "&sslmode=disable"},
		"itself, by other port": {"--from", "postgres://db:5432/app", "--to", "postgresql://db/app"},
	} {
		code, stdout, stderr := runHere(t, environment(), append([]string{"copy"}, args...)...)
		if code != exit.Usage || stdout != "" || !oneLine(stderr) {
			t.Errorf("%s: exit %d, %s %s", name, code, stdout, stderr)
		}
	}
}

func TestCopyGivesNoPasswordAway(t *testing.T) {
	t.Parallel()
	from, _ := smallDatabase(t)
	for _, server := range []string{"postgres://roster:secret@127.0.0.1:notaport/app", "postgres://roster:secret@127.0.0.1/app?nonsense=%zz"} {
		for _, args := range [][]string{{"--from", from, "--to", server}, {"--from", server, "--to", filepath.Join(t.TempDir(), "b.db")}} {
			code, stdout, stderr := runHere(t, environment(), append([]string{"copy"}, args...)...)
			if code != exit.Failed || strings.Contains(stdout+stderr, "secret") {
				t.Errorf("%v: exit %d, %s %s", args, code, stdout, stderr)
			}
		}
	}
}

func TestCopyFailsWhenNobodyReadsWhatItSays(t *testing.T) {
	t.Parallel()
	from, _ := smallDatabase(t)
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"copy", "--from", from, "--to", newDatabase(t)}, environment(), nil, brokenWriter{}, &stderr)
	if code != exit.Failed || !strings.Contains(stderr.String(), "standard output") {
		t.Errorf("exit %d, stderr %s", code, &stderr)
	}
}

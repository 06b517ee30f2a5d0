package files_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// worlds are database files to be damaged.
type worlds struct {
	file   []byte // a sound one, closed
	other  []byte // another one of the same kind
	export string // what is in the sound one

	// What a server left behind that was killed behind a write which it had acknowledged: the file, its log and the log's index.
	killed      map[string]string
	killedOther map[string]string

	acknowledged string // what is in the killed one
}

// The worlds that all tests share, and that are made by the first one.
var shared struct {
	sync.Mutex
	worlds *worlds
}

func newWorlds(t *testing.T) *worlds {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.worlds == nil {
		shared.worlds = makeWorlds(t)
	}
	return shared.worlds
}

func makeWorlds(t *testing.T) *worlds {
	t.Helper()
	dir := t.TempDir()
	file, other := filepath.Join(dir, "file.db"), filepath.Join(dir, "other.db")
	makeWorld(t, file, "Acme")
	makeWorld(t, other, "Globex")
	w := &worlds{file: read(t, file), other: read(t, other), export: exported(t, file)}
	w.killed, w.killedOther = killedWith(t, w.file), killedWith(t, w.other)
	after := filepath.Join(dir, "roster.db")
	for name, content := range w.killed {
		write(t, filepath.Join(dir, name), []byte(content))
	}
	if w.acknowledged = exported(t, after); w.acknowledged == w.export {
		t.Fatal("what was acknowledged is not in the log")
	}
	return w
}

// makeWorld makes a closed file with rows of every kind that an export has.
func makeWorld(t *testing.T, path, name string) {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	svc := roster.New(st, roster.Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = svc.DefineField(t.Context(), membership.Field{Resource: membership.ResourceMembership, Slug: "role", Name: "Role",
		Type: membership.TypeString, Default: membership.StringValue("member"), Indexed: true})
	must(err)
	tag, err := svc.CreateTag(t.Context(), membership.Tag{Name: "customer"})
	must(err)
	members := make([]membership.Member, 60)
	for i := range members {
		members[i], err = svc.CreateMember(t.Context(), membership.Member{Name: fmt.Sprint("Member ", i, " of ", name), Email: fmt.Sprintf("m%d@example.com", i)})
		must(err)
	}
	for i := range 30 {
		a, err := svc.CreateAccount(t.Context(), membership.Account{Name: fmt.Sprint(name, " ", i), ExternalRef: fmt.Sprint("a-", i)})
		must(err)
		_, err = svc.TagAccount(t.Context(), a.ID, tag.ID)
		must(err)
		for j := range 6 {
			_, err := svc.CreateMembership(t.Context(), membership.Membership{AccountID: a.ID, MemberID: members[(i*7+j)%len(members)].ID,
				Fields: membership.Fields{}.With("role", membership.StringValue(fmt.Sprint("role ", j)))})
			must(err)
		}
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// exported is what `roster export` says of a file.
func exported(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), servertest.Program(t), "export", "--db", path).Output()
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	return string(out)
}

// killedWith serves a file, writes an account into it, and kills the server.
func killedWith(t *testing.T, file []byte) map[string]string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "roster.db")
	write(t, path, file)
	s := servertest.Start(t, "--db", path)
	s.SignIn(t).Want(t, http.StatusCreated, http.MethodPost, "/v2/accounts", `{"data":{"type":"account","name":"Acknowledged"}}`)
	s.Kill()
	return contents(t, dir)
}

// execute changes a database file behind roster's back.
func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// contents are the files in dir, and what is in them. Of what is no regular file, what it is.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range list {
		all[e.Name()] = e.Type().String()
		if e.Type().IsRegular() {
			content, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			all[e.Name()] = string(content)
		}
	}
	return all
}

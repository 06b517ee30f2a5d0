package sqlitestore_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// sound is a database file with rows of every kind, and the log that lies beside it while a program has it open.
var sound = sync.OnceValues(func() (file, log []byte) {
	dir, err := os.MkdirTemp("", "roster-fuzz-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "roster.db")
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = st.Close() }()
	fillSound(roster.New(st, roster.Options{HashPassword: func(string) (string, error) { return "a hash", nil }}))
	for part, to := range map[string]*[]byte{path: &file, path + "-wal": &log} {
		if *to, err = os.ReadFile(part); err != nil {
			panic(err)
		}
	}
	return file, log
})

func fillSound(svc *roster.Service) {
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	for _, r := range membership.FlowResources() {
		check(svc.EnsureFields(ctx, membership.Field{Resource: r, Slug: "note", Name: "Note", Type: membership.TypeString, Indexed: true}))
	}
	tag, err := svc.CreateTag(ctx, membership.Tag{Name: "press"})
	check(err)
	var parent membership.AccountID
	for _, name := range []string{"Acme", "Beta", "Ünïcödé"} {
		note := membership.NewFields(membership.FieldValue{Slug: "note", Value: membership.StringValue(name)})
		a, err := svc.CreateAccount(ctx, membership.Account{Name: name, ParentID: parent, Fields: note})
		check(err)
		m, err := svc.CreateMember(ctx, membership.Member{Name: name, Fields: note})
		check(err)
		_, err = svc.CreateMembership(ctx, membership.Membership{AccountID: a.ID, MemberID: m.ID, Fields: note})
		check(err)
		_, err = svc.TagAccount(ctx, a.ID, tag.ID)
		check(err)
		parent = a.ID
	}
}

// edited is bytes with edits: four bytes each, of which three say where and one what.
func edited(whole, edits []byte) []byte {
	whole = append([]byte{}, whole...)
	for ; len(edits) >= 4 && len(whole) > 0; edits = edits[4:] {
		at := (int(edits[0])<<16 | int(edits[1])<<8 | int(edits[2])) % len(whole)
		whole[at] = edits[3]
	}
	return whole
}

// FuzzDatabaseFile: whatever a database file and its log have in them, to open it, to check it, to read everything in it and to
// write to it ends soon, with an error or with rows, and needs little memory.
func FuzzDatabaseFile(f *testing.F) {
	file, log := sound()
	f.Add([]byte{}, []byte{}, uint32(0), uint32(0))
	f.Add([]byte{}, []byte{}, uint32(1000), uint32(0))
	f.Add([]byte{}, []byte{}, uint32(len(file)-100), uint32(len(log)))
	f.Add([]byte{}, []byte{}, uint32(0), uint32(len(log)/2))
	for _, at := range []int{0, 16, 18, 28, 44, 47, 52, 60, 68, 100, 101, 103, 105, 108, 4096, 4097, 4099, 8192, 8195, 12288, 16391} { // the header's fields, those of pages
		for _, what := range []byte{0, 1, 0x7f, 0xff} {
			f.Add([]byte{byte(at >> 16), byte(at >> 8), byte(at), what}, []byte{}, uint32(0), uint32(len(log)))
			f.Add([]byte{}, []byte{byte(at >> 16), byte(at >> 8), byte(at), what}, uint32(0), uint32(0))
		}
	}
	f.Fuzz(func(t *testing.T, edits, logEdits []byte, cut, logCut uint32) {
		path := filepath.Join(t.TempDir(), "roster.db")
		for name, content := range map[string][]byte{path: edited(file, edits)[:len(file)-int(cut)%(len(file)+1)], path + "-wal": edited(log, logEdits)[:len(log)-int(logCut)%(len(log)+1)]} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		_, _ = sqlitestore.Check(ctx, path, sqlitestore.CheckOptions{})
		_, _ = sqlitestore.Stats(ctx, path)
		if st, err := sqlitestore.Open(path, sqlitestore.Options{Synchronous: sqlitestore.Normal}); err == nil {
			readAndWrite(ctx, st)
			_ = st.Close() // its log may be damaged
		}
		if ctx.Err() != nil {
			t.Error("it is still being looked at after 20 seconds")
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > mayAllocate {
			t.Errorf("%d MB were allocated", grown>>20)
		}
	})
}

// readAndWrite reads everything and writes a little. Errors do not matter.
func readAndWrite(ctx context.Context, st store.Store) {
	svc := roster.New(st, roster.Options{})
	q := membership.Query{Limit: 100, Filter: membership.All(membership.ILike(membership.AttrName, "*e*"))}
	for _, q := range []membership.Query{{Limit: 100}, q} {
		accounts, _ := svc.Accounts(ctx, q)
		for _, a := range accounts.Items {
			_, _ = svc.AccountRelations(ctx, []membership.AccountID{a.ID})
			_, _ = svc.UnassignedMembers(ctx, a.ID, membership.Query{})
		}
		_, _ = svc.Members(ctx, q)
	}
	_, _ = svc.Memberships(ctx, membership.Scope{All: true}, membership.Query{Limit: 100})
	_, _ = svc.Tags(ctx, membership.Query{})
	_, _ = svc.ListFields(ctx, membership.Query{})
	_, _ = svc.Settings(ctx)
	_, _ = svc.Credentials(ctx)
	_, _ = svc.ListChanges(ctx, membership.ChangeQuery{Limit: 100})
	if a, err := svc.CreateAccount(ctx, membership.Account{Name: "new"}); err == nil {
		_ = svc.DeleteAccount(ctx, a.ID)
	}
}

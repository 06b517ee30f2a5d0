package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// traced is a database that remembers what its writing transactions ran besides the members' own statements.
type traced struct {
	database
	mu  sync.Mutex
	ran []string
}

type tracedTransaction struct {
	transaction
	db *traced
}

func trace(st *Store) *traced {
	db := &traced{database: st.db}
	st.db = db
	return db
}

func (d *traced) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ran = append(d.ran, what)
}

func (d *traced) update(ctx context.Context) (transaction, error) {
	tx, err := d.database.update(ctx)
	d.note("begin")
	return tracedTransaction{tx, d}, err
}

func (t tracedTransaction) run(ctx context.Context, query string) error {
	t.db.note(strings.ToLower(strings.TrimSuffix(query, " roster_update")))
	return t.transaction.run(ctx, query)
}

func (t tracedTransaction) commit() error {
	t.db.note("commit")
	return t.transaction.commit()
}

// together runs functions as Updates of one group, in this order, on goroutines of their own, and returns once all have
// ended.
func together(t *testing.T, st *Store, updates ...func(update func(fn func(store.Tx) error) error)) {
	t.Helper()
	togetherWith(t, st, nil, updates...)
}

// togetherWith is together where the first of the group, which writes nothing, is answered with want.
func togetherWith(t *testing.T, st *Store, want error, updates ...func(update func(fn func(store.Tx) error) error)) {
	t.Helper()
	usual := st.queue.longest
	st.queue.longest = time.Hour // however slow the machine
	defer func() { st.queue.longest = usual }()
	var all sync.WaitGroup
	started := false
	err := st.Update(t.Context(), func(store.Tx) error {
		if started { // it runs again when the group failed
			return nil
		}
		started = true
		for i, u := range updates {
			all.Go(func() { u(func(fn func(store.Tx) error) error { return st.Update(t.Context(), fn) }) })
			for st.queue.len() <= i {
				runtime.Gosched()
			}
		}
		return nil
	})
	if !errors.Is(err, want) {
		t.Error(err)
	}
	all.Wait()
}

// writes inserts an account of this name.
func writes(name string) func(store.Tx) error {
	return func(tx store.Tx) error {
		return tx.InsertAccount(context.Background(), membership.Account{ID: membership.AccountID{UUID: uuid.New()}, Name: name})
	}
}

// names are those of the accounts that there are.
func names(t *testing.T, st *Store) string {
	t.Helper()
	page, err := st.ListAccounts(t.Context(), membership.Query{Limit: 1000, Order: membership.Order{By: membership.AttrName}})
	if err != nil {
		t.Error(err)
	}
	var all []string
	for _, a := range page.Items {
		all = append(all, a.Name)
	}
	return strings.Join(all, " ")
}

// stores are one of each kind of database.
func stores(t *testing.T) map[string]*Store {
	t.Helper()
	all := map[string]*Store{}
	for name, st := range kinds(t) {
		all[name] = st.Store
	}
	return all
}

func TestAnUpdateThatComesAlonePaysNothingForOthers(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	db := trace(st)
	refused := errors.New("refused")
	for range 2 {
		if err := st.Update(t.Context(), writes("a")); err != nil {
			t.Fatal(err)
		}
		if err := st.Update(t.Context(), func(store.Tx) error { return refused }); !errors.Is(err, refused) {
			t.Fatal(err)
		}
	}
	if got, want := strings.Join(db.ran, ", "), "begin, commit, begin, begin, commit, begin"; got != want {
		t.Errorf("ran %s, want %s", got, want)
	}
}

func TestUpdatesThatComeTogetherShareACommit(t *testing.T) {
	t.Parallel()
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := trace(st)
			insert := func(name string) func(func(func(store.Tx) error) error) {
				return func(update func(func(store.Tx) error) error) {
					if err := update(writes(name)); err != nil {
						t.Error(err)
					}
				}
			}
			together(t, st, insert("a"), insert("b"), insert("c"))
			want := []string{"begin", "savepoint", "release", "savepoint", "release", "savepoint", "release", "commit"}
			if !slices.Equal(db.ran, want) {
				t.Errorf("ran %q, want %q", db.ran, want)
			}
			if got := names(t, st); got != "a b c" {
				t.Errorf("there are %s", got)
			}
		})
	}
}

func TestEachOfAGroupHasItsOwnResult(t *testing.T) {
	t.Parallel()
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := trace(st)
			type update = func(func(store.Tx) error) error
			refused := errors.New("refused")
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var returned, panicked, left atomic.Bool
			together(t, st,
				func(update update) {
					if err := update(writes("a")); err != nil {
						t.Error(err)
					}
				},
				func(update update) {
					err := update(func(tx store.Tx) error {
						if _, err := tx.Settings(ctx); err != nil {
							return err
						}
						return errors.Join(writes("b")(tx), refused)
					})
					if !errors.Is(err, refused) {
						t.Errorf("a refusal answers %v", err)
					}
				},
				func(update update) {
					defer func() { panicked.Store(recover() == "oops") }()
					_ = update(func(tx store.Tx) error {
						if err := writes("c")(tx); err != nil {
							t.Error(err)
						}
						panic("oops")
					})
					returned.Store(true)
				},
				func(update update) {
					defer left.Store(true)
					_ = update(func(tx store.Tx) error {
						if err := writes("d")(tx); err != nil {
							t.Error(err)
						}
						runtime.Goexit()
						return nil
					})
					returned.Store(true)
				},
				func(update) {
					err := st.Update(ctx, func(tx store.Tx) error {
						err := writes("e")(tx)
						cancel()
						return err
					})
					if !errors.Is(err, context.Canceled) {
						t.Errorf("an ended context answers %v", err)
					}
				},
				func(update) { // whose context has ended before its turn
					if err := st.Update(ctx, writes("f")); !errors.Is(err, context.Canceled) {
						t.Errorf("an ended context answers %v", err)
					}
				},
				func(update update) { // sees what is committed with it, and nothing of what was undone
					err := update(func(tx store.Tx) error {
						page, err := tx.ListAccounts(t.Context(), membership.Query{})
						if page.Total != 1 || page.Items[0].Name != "a" {
							t.Errorf("%d accounts, want 1", page.Total)
						}
						return errors.Join(err, writes("g")(tx))
					})
					if err != nil {
						t.Error(err)
					}
				},
			)
			if returned.Load() || !panicked.Load() || !left.Load() {
				t.Error("a panic or a Goexit did not reach its own caller")
			}
			if got := names(t, st); got != "a g" {
				t.Errorf("there are %s", got)
			}
			if commits := howOften(db.ran, "commit"); commits != 1 {
				t.Errorf("%d commits: %q", commits, db.ran)
			}
		})
	}
}

func howOften(all []string, what string) (n int) {
	for _, s := range all {
		if s == what {
			n++
		}
	}
	return n
}

// The one that runs last ends the group, also when it does not return.
func TestAGroupEndsHoweverItsLastEnds(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]func(cancel func()) error{
		"refused": func(func()) error { return errors.New("refused") },
		"panics":  func(func()) error { panic("oops") },
		"exits":   func(func()) error { runtime.Goexit(); return nil },
		"ended":   func(cancel func()) error { cancel(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			st := openStore(t)
			db := trace(st)
			together(t, st,
				func(update func(func(store.Tx) error) error) {
					if err := update(writes("a")); err != nil {
						t.Error(err)
					}
				},
				func(func(func(store.Tx) error) error) {
					defer func() { _ = recover() }()
					if err := st.Update(ctx, func(store.Tx) error { return last(cancel) }); err == nil {
						t.Error("the last did not fail")
					}
				})
			if err := st.Update(t.Context(), writes("b")); err != nil {
				t.Error(err)
			}
			if got := names(t, st); got != "a b" || howOften(db.ran, "commit") != 2 {
				t.Errorf("there are %s; ran %q", got, db.ran)
			}
		})
	}
}

// SQLite undoes the transaction of all when the disk is full. Only one of them needed the room.
func TestAFullDiskIsTheErrorOfWhoNeedsTheRoom(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	fillDisk(t, st)
	db := trace(st)
	all := []string{"a", "b", strings.Repeat("x", 1<<20), "c"}
	var updates []func(func(func(store.Tx) error) error)
	for _, name := range all {
		updates = append(updates, func(update func(func(store.Tx) error) error) {
			if err := update(writes(name)); (err != nil) != (len(name) > 1) {
				t.Errorf("%.3s: %v", name, err)
			}
		})
	}
	updates = append(updates, func(update func(func(store.Tx) error) error) { // its refusal is about what was undone
		err := update(func(tx store.Tx) error {
			page, err := tx.ListAccounts(t.Context(), membership.Query{})
			if err == nil && page.Total == 2 {
				err = errors.New("there are two")
			}
			return err
		})
		if err != nil && strings.Contains(err.Error(), "shared") {
			t.Errorf("got %v", err)
		}
	})
	together(t, st, updates...)
	if got := names(t, st); got != "a b c" {
		t.Errorf("there are %s; ran %q", got, db.ran)
	}
}

// fillDisk leaves a database a few pages to grow.
func fillDisk(t *testing.T, st *Store) {
	t.Helper()
	var pages int
	if err := st.writer().QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	if _, err := st.writer().ExecContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+4)); err != nil {
		t.Fatal(err)
	}
}

// A commit can fail because of one of them only: a foreign key that is looked at in the end.
func TestAFailedCommitIsTheErrorOfWhoCausedIt(t *testing.T) {
	t.Parallel()
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			breaks := func(tx store.Tx) error {
				conn, _ := SQL(tx)
				_, err := conn.ExecContext(t.Context(), `PRAGMA defer_foreign_keys = 1`)
				if err == nil {
					_, err = conn.ExecContext(t.Context(), `INSERT INTO roster_account_tags VALUES (randomblob(16), randomblob(16))`)
				}
				return err
			}
			var runs atomic.Int64
			insert := func(name string) func(func(func(store.Tx) error) error) {
				return func(update func(func(store.Tx) error) error) {
					err := update(func(tx store.Tx) error {
						runs.Add(1)
						return writes(name)(tx)
					})
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			}
			together(t, st,
				insert("a"),
				func(update func(func(store.Tx) error) error) {
					if err := update(breaks); resultCode(err) == 0 {
						t.Errorf("a commit that must fail answers %v", err)
					}
				},
				insert("b"))
			if got := names(t, st); got != "a b" || runs.Load() != 4 {
				t.Errorf("there are %s, after %d runs", got, runs.Load())
			}
		})
	}
}

func TestCloseWaitsForAGroup(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	path := ownPath(t, st)
	closed := make(chan error, 1)
	together(t, st,
		func(update func(func(store.Tx) error) error) {
			err := update(func(tx store.Tx) error {
				go func() { closed <- st.Close() }()
				for st.gate.Open() {
					runtime.Gosched()
				}
				return writes("a")(tx)
			})
			if err != nil {
				t.Error(err)
			}
		},
		func(update func(func(store.Tx) error) error) { // which waited before
			if err := update(writes("b")); err != nil {
				t.Error(err)
			}
		})
	if err := errors.Join(<-closed, st.Update(t.Context(), writes("c"))); !errors.Is(err, store.ErrClosed) {
		t.Errorf("got %v", err)
	}
	again, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	if got := names(t, again); got != "a b" {
		t.Errorf("there are %s", got)
	}
}

// The first of a group does not wait for ever because others keep coming.
func TestAGroupIsBounded(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	db := trace(st)
	var updates []func(func(func(store.Tx) error) error)
	for range mostInGroup + 10 {
		updates = append(updates, func(update func(func(store.Tx) error) error) {
			if err := update(func(store.Tx) error { return nil }); err != nil {
				t.Error(err)
			}
		})
	}
	together(t, st, updates...)
	if commits := howOften(db.ran, "commit"); commits < 2 {
		t.Errorf("%d updates had %d commits", len(updates)+1, commits)
	}
}

func TestAGroupEndsAfterAWhile(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	db := trace(st)
	st.queue.longest = 0
	var other sync.WaitGroup
	err := st.Update(t.Context(), func(store.Tx) error {
		other.Go(func() {
			if err := st.Update(context.Background(), writes("a")); err != nil {
				t.Error(err)
			}
		})
		for st.queue.len() == 0 {
			runtime.Gosched()
		}
		return nil
	})
	other.Wait()
	if commits := howOften(db.ran, "commit"); err != nil || commits != 2 {
		t.Errorf("%d commits, %v: %q", commits, err, db.ran)
	}
}

// When the lock cannot be had, each says so for itself, and the next tries.
func TestAGroupThatCannotBeginIsNobodyElsesError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	st, err := Open(path, Options{BusyTimeout: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	other, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	err = other.Update(t.Context(), func(store.Tx) error {
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if err := st.Update(context.Background(), writes("a")); !errors.Is(err, store.ErrBusy) {
					t.Errorf("got %v, want ErrBusy", err)
				}
			})
		}
		all.Wait()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := st.Update(t.Context(), writes("b")); err != nil {
		t.Error(err)
	}
}

func TestManyWritersOfEachKind(t *testing.T) {
	t.Parallel()
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const writers, rounds = 16, 30
			refused := errors.New("refused")
			var all sync.WaitGroup
			for w := range writers {
				all.Go(func() {
					for n := range rounds {
						ctx, cancel := context.WithCancel(context.Background())
						err := st.Update(ctx, func(tx store.Tx) error {
							if err := writes(fmt.Sprintf("%02d-%02d", w, n))(tx); err != nil {
								return err
							}
							switch n % 3 {
							case 1:
								return refused
							case 2:
								cancel()
							}
							return nil
						})
						cancel()
						if want := []error{nil, refused, context.Canceled}[n%3]; !errors.Is(err, want) {
							t.Errorf("got %v, want %v", err, want)
						}
					}
				})
			}
			all.Wait()
			if got := len(strings.Fields(names(t, st))); got != writers*rounds/3 {
				t.Errorf("%d accounts, want %d", got, writers*rounds/3)
			}
		})
	}
}

// Somebody whose context ended learns nothing that rests on what was undone.
func TestARefusalOfWhatWasUndoneIsNotAnswered(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	fillDisk(t, st)
	there := errors.New("there is an a")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	together(t, st,
		func(update func(func(store.Tx) error) error) {
			if err := update(writes("a")); err != nil {
				t.Error(err)
			}
		},
		func(func(func(store.Tx) error) error) {
			err := st.Update(ctx, func(tx store.Tx) error {
				page, err := tx.ListAccounts(t.Context(), membership.Query{})
				if err == nil && page.Total > 0 {
					err = there
				}
				cancel()
				return err
			})
			if errors.Is(err, there) {
				t.Errorf("got %v, want the context's error", err)
			}
		},
		func(update func(func(store.Tx) error) error) {
			if err := update(writes(strings.Repeat("x", 1<<20))); err == nil {
				t.Error("there was room")
			}
		})
	if got := names(t, st); got != "a" {
		t.Errorf("there are %s", got)
	}
}

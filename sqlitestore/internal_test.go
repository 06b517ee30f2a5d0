package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/gate"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// shape is a filter whose statement differs for every n.
func shape(n int) membership.Query {
	attrs := []membership.Attribute{membership.AttrName, membership.AttrLegalName, membership.AttrExternalRef}
	var group membership.AnyOf
	for range 5 {
		group = append(group, membership.Eq(attrs[n%len(attrs)], membership.TextValue("x")))
		n /= len(attrs)
	}
	return membership.Query{Filter: membership.Filter{group}}
}

// kinds are a store of each kind of database, and how many statements it keeps, by SQL and by use.
func kinds(t *testing.T) map[string]struct {
	*Store
	kept func() (bySQL, byUse int, settings bool)
	keep func(most int)
} {
	t.Helper()
	owned := openStore(t)
	path := filepath.Join(t.TempDir(), "app.db")
	if st, err := Open(path, Options{}); err != nil || st.Close() != nil {
		t.Fatal("the database to borrow cannot be made", err)
	}
	db, err := sql.Open(driverName, dsn(path, Options{}, ""))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	lending, err := New(db, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lending.Close() })
	file, pool := owned.db.(*ownFile), lending.db.(*borrowed).statements.kept
	return map[string]struct {
		*Store
		kept func() (bySQL, byUse int, settings bool)
		keep func(most int)
	}{
		"Open": {owned, func() (int, int, bool) {
			kept := file.idle[len(file.idle)-1].kept
			return len(kept.byQuery), kept.recent.Len(), kept.byQuery[selectSettings] != nil
		}, func(most int) {
			for _, conn := range file.idle {
				conn.kept.max = most
			}
		}},
		"New": {lending, func() (int, int, bool) {
			return len(pool.byQuery), pool.recent.Len(), pool.byQuery[selectSettings] != nil
		}, func(most int) { pool.max = most }},
	}
}

func ownPath(t *testing.T, st *Store) string {
	t.Helper()
	path, err := fileOf(t.Context(), st.writer())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStatementsAreBoundedHoweverFiltersVary(t *testing.T) {
	t.Parallel()
	for name, st := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := range maxStatements + 20 {
				if _, err := st.ListAccounts(t.Context(), shape(n)); err != nil {
					t.Fatal(err)
				}
				if n%7 == 0 { // often enough to stay
					if _, err := st.Settings(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			bySQL, byUse, settings := st.kept()
			if bySQL != maxStatements || byUse != maxStatements {
				t.Errorf("%d statements by SQL, %d by use, want %d", bySQL, byUse, maxStatements)
			}
			if !settings {
				t.Error("a statement in use made room for others")
			}
			err := st.View(t.Context(), func(r store.Reader) error {
				for n := range 2*maxStatements + 1 {
					if _, err := r.ListAccounts(t.Context(), shape(n)); err != nil {
						return err
					}
				}
				if tx, ok := r.(reader).source.(*scope).transaction.(*borrowedTransaction); ok && len(tx.session.ready) > maxStatements {
					t.Errorf("a transaction has %d statements ready", len(tx.session.ready))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if bySQL, _, _ := st.kept(); bySQL > maxStatements {
				t.Errorf("%d statements after the View", bySQL)
			}
		})
	}
}

func TestStatementsAreNotClosedWhileInUse(t *testing.T) {
	t.Parallel()
	for name, st := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := st.Settings(t.Context()); err != nil { // makes a connection
				t.Fatal(err)
			}
			st.keep(2)
			var all sync.WaitGroup
			for g := range 4 {
				all.Go(func() {
					for n := range 100 {
						if _, err := st.ListAccounts(t.Context(), shape(n*(g+1)%9)); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
		})
	}
}

func TestEveryAttributeHasAnExpression(t *testing.T) {
	t.Parallel()
	columns := map[membership.Resource]string{
		membership.ResourceAccount:    accountColumns,
		membership.ResourceMember:     memberColumns,
		membership.ResourceMembership: membershipColumns,

		membership.ResourceTag:             tagColumns,
		membership.ResourcePasswordProfile: profileColumns,
		membership.ResourceLogin:           loginColumns,
	}
	for resource, selected := range columns {
		for _, attr := range resource.Attributes() {
			e := expressions[resource][attr]
			if e.sql == "" {
				t.Errorf("%s: %s has none", resource, attr)
			}
			isText := slices.Contains(resource.Operators(attr), membership.OpILike)
			if isText != (e.kind == membership.KindText) {
				t.Errorf("%s: %s has kind %v", resource, attr, e.kind)
			}
		}
		for _, attr := range resource.Sortable() {
			e := expressions[resource][attr]
			if e.join != "" || !slices.Contains(strings.Split(selected, ", "), e.sql) {
				t.Errorf("%s: %s can be sorted by, but is not selected", resource, attr)
			}
		}
	}
}

func TestFileURI(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/srv/roster.db":           "file:///srv/roster.db",
		"/srv/a b?c%d#e.db":        "file:///srv/a%20b%3Fc%25d%23e.db",
		"C:/Users/Ron/roster.db":   "file:///C:/Users/Ron/roster.db",
		"//server/share/roster.db": "file:////server/share/roster.db",
	} {
		if got := fileURI(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestConnectionsHaveTheirPragmas(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		opts Options
		want string
	}{
		{Options{}, "5000 wal 2 1 4000"},
		{Options{BusyTimeout: 70 * time.Millisecond, Synchronous: Normal}, "70 wal 1 1 4000"},
		{Options{BusyTimeout: -1}, "0 wal 2 1 4000"},
	} {
		st, err := Open(t.TempDir()+"/roster.db", c.opts)
		if err != nil {
			t.Fatal(err)
		}
		file := st.db.(*ownFile)
		for name, db := range map[string]*lent{"reading": lend(file.reader), "writing": file.lent} {
			if db != file.lent {
				if err := db.pin(); err != nil {
					t.Fatal(err)
				}
				defer func() { _ = errors.Join(db.close(), db.own.Close()) }()
			}
			var timeout, synchronous, foreignKeys, pages, queryOnly int
			var journal string
			err := db.conn.QueryRowContext(t.Context(), `SELECT b.timeout, journal_mode, synchronous, foreign_keys, query_only
				FROM pragma_busy_timeout b, pragma_journal_mode, pragma_synchronous, pragma_foreign_keys, pragma_query_only`).
				Scan(&timeout, &journal, &synchronous, &foreignKeys, &queryOnly)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.conn.QueryRowContext(t.Context(), `PRAGMA wal_autocheckpoint`).Scan(&pages); err != nil {
				t.Fatal(err)
			}
			var temporary, cached int
			err = db.conn.QueryRowContext(t.Context(), `SELECT temp_store, cache_size FROM pragma_temp_store, pragma_cache_size`).Scan(&temporary, &cached)
			if err != nil || (name == "writing") != (temporary == 2 && cached == -16000) {
				t.Errorf("%s: temp_store %d, cache_size %d, %v", name, temporary, cached, err)
			}
			got := fmt.Sprint(timeout, " ", journal, " ", synchronous, foreignKeys, pages)
			if got != c.want || (queryOnly == 1) != (name == "reading") {
				t.Errorf("%s: got %s, query_only %d; want %s", name, got, queryOnly, c.want)
			}
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestColumnsRefuseWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	var (
		account membership.Account
		c       membership.Credential
		s       membership.Settings
		n       int
		yes     bool
		version int64
	)
	for _, dest := range []interface{ Scan(any) error }{
		scanID(&account.ID.UUID), scanText(&account.Name), scanTime(&account.CreatedAt), scanHash(&c.SecretHash),
		scanScopes(&c.Scopes), scanSpan(&s.TokenTimeout), scanInt(&n), scanBool(&yes), scanNumber(&version),
	} {
		if err := dest.Scan(1.5); err == nil {
			t.Errorf("%T took a float", dest)
		}
		if err := dest.Scan(nil); err != nil {
			t.Errorf("%T does not take NULL: %v", dest, err)
		}
	}
	if err := scanID(&account.ID.UUID).Scan([]byte{1, 2}); err == nil {
		t.Error("an id of two bytes was taken")
	}
	var unfolded bool
	err := openStore(t).writer().QueryRowContext(t.Context(), `SELECT `+foldFunction+`(1) IS NULL`).Scan(&unfolded)
	if err != nil || !unfolded {
		t.Errorf("a number was folded, %v", err)
	}
}

func TestSlotsPreferTheEndOfTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		if err := make(gate.Slots, 1).Acquire(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
}

// counting counts the statements that a source hands out.
type counting struct {
	source
	statements int
}

func (c *counting) lease(ctx context.Context, query string, slow bool) (lease, error) {
	c.statements++
	return c.source.lease(ctx, query, slow)
}

func TestAPageOfAccountsAndTheirRelationsIsTwoStatements(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	const deep = 60
	id := func(n int) uuid.UUID { return uuid.UUID{0: 1, 15: byte(n)} }
	tag := membership.Tag{ID: membership.TagID{UUID: id(0)}, Name: "press", CreatedAt: time.UnixMilli(1).UTC(), UpdatedAt: time.UnixMilli(2).UTC()}
	err := st.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.InsertTag(t.Context(), tag); err != nil {
			return err
		}
		for n := range deep + 1 {
			a := membership.Account{ID: membership.AccountID{UUID: id(n + 1)}, Name: "Acme", CreatedAt: time.UnixMilli(int64(n))}
			if n > 0 {
				a.ParentID.UUID = id(n)
			}
			if err := errors.Join(tx.InsertAccount(t.Context(), a), tx.TagAccount(t.Context(), a.ID, tag.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	counted := &counting{source: st}
	page, err := reader{counted}.ListAccounts(t.Context(), membership.Query{
		Filter: membership.All(membership.Contains(membership.AttrAccountTags, membership.IDValue(tag.ID.UUID)))})
	if err != nil || len(page.Items) != membership.DefaultPageSize || page.Total != deep+1 {
		t.Fatalf("%d accounts of %d, %v", len(page.Items), page.Total, err)
	}
	var ids []membership.AccountID
	for _, a := range page.Items {
		ids = append(ids, a.ID)
	}
	relations, err := reader{counted}.AccountRelations(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		related := relations[id]
		if len(related.Ancestors) != deep-i || related.Ancestors[deep-i-1] != page.Items[i].ParentID || !slices.Equal(related.Tags, []membership.Tag{tag}) {
			t.Errorf("account %d is related to %+v", i, related)
		}
	}
	if counted.statements != 2 {
		t.Errorf("%d statements, want 2", counted.statements)
	}
}

// SQLite opens a file that it may only read without a word, and a program that may read everything cannot be shown
// that.
func TestAFileThatCannotBeWrittenIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	st, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	readOnly, err := sql.Open(driverName, fileURI(path)+"?mode=ro&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = readOnly.Close() }()
	if err := explain(path, requireWritable(readOnly)); !strings.Contains(err.Error(), "must be readable and writable") {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatWasDeletedDoesNotComeBackEmpty(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "roster.db")
	db, err := sql.Open(driverName, dsn(path, Options{}, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("a file that is not there was opened")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
}

// SQLite undoes the whole transaction when the disk is full, and would commit whatever follows at once.
func TestNothingIsWrittenAfterTheDiskWasFull(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	fillDisk(t, st)
	insert := func(tx store.Tx, name string) error {
		return tx.InsertAccount(t.Context(), membership.Account{ID: membership.AccountID{UUID: uuid.New()}, Name: name})
	}
	var full error
	err := st.Update(t.Context(), func(tx store.Tx) error {
		early := insert(tx, "early")
		full = insert(tx, strings.Repeat("x", 1<<20))
		if late := insert(tx, "late"); early != nil || full == nil || late == nil {
			t.Errorf("before %v, then %v, and after it %v", early, full, late)
		}
		return nil
	})
	if err == nil || full == nil || err.Error() != full.Error() {
		t.Errorf("Update answers %v, want %v", err, full)
	}
	page, err := st.ListAccounts(t.Context(), membership.Query{})
	if err != nil || page.Total != 0 {
		t.Errorf("%d accounts are left, %v", page.Total, err)
	}
}

func TestAPageOfMembershipsAndTheirMembersIsTwoStatements(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	account := membership.Account{ID: membership.AccountID{UUID: uuid.New()}, Name: "Acme"}
	const members = 40
	err := st.Update(t.Context(), func(tx store.Tx) error {
		err := tx.InsertAccount(t.Context(), account)
		for range members {
			m := membership.Member{ID: membership.MemberID{UUID: uuid.New()}, Name: "Ron"}
			joins := membership.Membership{ID: membership.MembershipID{UUID: uuid.New()}, AccountID: account.ID, MemberID: m.ID}
			err = errors.Join(err, tx.InsertMember(t.Context(), m), tx.InsertMembership(t.Context(), joins))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 25, members} {
		counted := &counting{source: st}
		page, err := reader{counted}.ListMemberships(t.Context(), membership.Scope{Account: account.ID}, membership.Query{Limit: limit})
		if err != nil || len(page.Items) != limit || page.Total != members {
			t.Fatalf("%d memberships of %d, %v", len(page.Items), page.Total, err)
		}
		var ids []membership.MemberID
		for _, m := range page.Items {
			ids = append(ids, m.MemberID)
		}
		included, err := reader{counted}.MembersByID(t.Context(), ids)
		if err != nil || len(included) != limit {
			t.Fatalf("%d members, %v", len(included), err)
		}
		if counted.statements != 2 {
			t.Errorf("a page of %d with its members took %d statements", limit, counted.statements)
		}
	}
}

// What a transaction has prepared is there for the next one, unless nobody has a connection to spare.
func TestABorrowedDatabaseKeepsStatementsOfTransactions(t *testing.T) {
	t.Parallel()
	st := kinds(t)["New"]
	lending := st.db.(*borrowed)
	lending.SetMaxOpenConns(2)
	held := make([]*sql.Conn, 2)
	err := st.Update(t.Context(), func(tx store.Tx) (err error) {
		held[0], err = lending.Conn(t.Context())
		return errors.Join(err, writes("a")(tx))
	})
	if err != nil {
		t.Fatal(err)
	}
	if lending.statements.ready(insertAccount) == nil {
		t.Error("a statement was forgotten, although there was a connection")
	}
	if held[1], err = lending.Conn(t.Context()); err != nil {
		t.Fatal(err)
	}
	lending.keep(t.Context(), []string{deleteAccount}) // does not wait: all are in use
	for _, conn := range held {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	if lending.statements.ready(deleteAccount) != nil {
		t.Error("a statement was prepared without a connection")
	}
}

// A row that nobody reads is in nobody's way.
func TestCloseDoesNotWaitForRowsThatWereLeftOpen(t *testing.T) {
	t.Parallel()
	st, err := Open(filepath.Join(t.TempDir(), "roster.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = st.Update(t.Context(), func(tx store.Tx) error {
		conn, _ := SQL(tx)
		row := conn.QueryRowContext(t.Context(), `SELECT 1`)
		rows, err := conn.QueryContext(t.Context(), `SELECT 1`) //nolint:sqlclosecheck,rowserrcheck // left open
		_ = rows
		return errors.Join(err, row.Err(), writes("a")(tx))
	})
	if err := errors.Join(err, st.Close()); err != nil {
		t.Error(err)
	}
}

// A callback that panics leaves nothing behind that others would wait for.
func TestAPanicWhileReadingGivesTheConnectionBack(t *testing.T) {
	t.Parallel()
	for name, st := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range 2 * (Options{}).readConns() {
				func() {
					defer func() { _ = recover() }()
					_ = st.rows(t.Context(), selectSettings, make([]sql.Scanner, 5), nil)
				}()
			}
			if _, err := st.Settings(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A goroutine too many within a function gets its answers one after the other, and none once the function is over.
func TestATransactionThatIsUsedTwiceAtATime(t *testing.T) {
	t.Parallel()
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all sync.WaitGroup
			err := st.View(t.Context(), func(r store.Reader) error {
				for range 4 {
					all.Go(func() {
						for range 200 {
							if _, err := r.ListAccounts(context.Background(), membership.Query{}); err != nil && !errors.Is(err, store.ErrClosed) {
								t.Error(err)
							}
						}
					})
				}
				_, err := r.ListAccounts(t.Context(), membership.Query{})
				return err
			})
			all.Wait()
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// The driver watches a context until it has the first row, so all of a long list's work must be done by then.
func TestALongListIsDoneWhenItsFirstRowComes(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	_, err := st.writer().ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO roster_accounts (id, name, created_at, updated_at) SELECT randomblob(16), 'account ' || i, i, 20000 - i FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]membership.Query{
		"filter": {Filter: membership.All(membership.ILike(membership.AttrName, "*nothing*"))},
		"order":  {Order: membership.Order{By: membership.AttrUpdatedAt}},
	} {
		best := 0.0
		for range 5 { // the machine may be busy with something else at either time
			c := accountList.compose(noSchema, q, within{})
			dest := make([]sql.Scanner, strings.Count(accountColumns, ",")+1)
			for i := range dest {
				dest[i] = ignoredColumn{}
			}
			var first time.Duration
			began := time.Now()
			err := st.rows(t.Context(), c.query, dest, func() { first = cmp.Or(first, time.Since(began)) }, c.args...)
			if err != nil {
				t.Fatal(err)
			}
			best = max(best, float64(first)/float64(time.Since(began)))
		}
		if best < 0.8 {
			t.Errorf("%s: the first row came after %.0f%% of the time", name, 100*best)
		}
	}
}

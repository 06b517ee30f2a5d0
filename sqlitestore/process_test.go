package sqlitestore_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// The test binary runs itself as a child when these say what for.
const (
	childTask = "ROSTER_TEST_SQLITESTORE_CHILD"
	childPath = "ROSTER_TEST_SQLITESTORE_PATH"
	childMany = "ROSTER_TEST_SQLITESTORE_MANY"
)

// child does a child's task, and returns its exit status.
func child(task string) int {
	ctx, path := context.Background(), os.Getenv(childPath)
	many, _ := strconv.Atoi(os.Getenv(childMany))
	var err error
	switch task {
	case "hire":
		err = hireForEver(ctx, path)
	case "write":
		err = writeWhenTold(ctx, path, many)
	case "consume":
		err = consumeAll(ctx, path)
	case "welcome":
		err = welcomeForEver(ctx, path)
	case "idle":
		err = idle(ctx, path, many)
	case "late":
		err = writeLate(ctx, path)
	case "restore":
		err = restoreInSteps(ctx, path, many)
	case "open":
		err = openAndWrite(ctx, path, sqlitestore.Open, many)
	case "open unlooked":
		unlooked := func(path string, _ sqlitestore.Options) (*sqlitestore.Store, error) {
			return sqlitestore.OpenUnlooked(path)
		}
		err = openAndWrite(ctx, path, unlooked, many)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// process is a running child.
type process struct {
	*exec.Cmd
	lines *bufio.Scanner
	stdin io.WriteCloser
}

func startChild(t *testing.T, task, path string, many int) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), childTask+"="+task, childPath+"="+path, childMany+"="+strconv.Itoa(many))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd, bufio.NewScanner(stdout), stdin}
}

// read reads so many lines, or all that there are.
func (p *process) read(lines int) (read []string) {
	for len(read) < lines && p.lines.Scan() {
		read = append(read, p.lines.Text())
	}
	return read
}

// kill ends it with SIGKILL, and returns what it had said until then.
func (p *process) kill() (said []string) {
	_ = p.Process.Kill()
	for p.lines.Scan() {
		said = append(said, p.lines.Text())
	}
	_ = p.Wait()
	return said
}

// openProgram is the database of a program that has a table of its own beside roster's, and a service over it.
func openProgram(path string) (*sql.DB, *sqlitestore.Store, *roster.Service, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&"+pragmas)
	if err != nil {
		return nil, nil, nil, err
	}
	st, err := sqlitestore.New(db, sqlitestore.Options{})
	if err != nil {
		return nil, nil, nil, err
	}
	return db, st, roster.New(st, roster.Options{AccountLimit: -1}), nil
}

// newProgram is a new one, with a statement that makes its table.
func newProgram(t *testing.T, create string) (path string, svc *roster.Service) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "app.db")
	openDB(t, path)
	db, st, svc, err := openProgram(path)
	if err == nil {
		closeAtEnd(t, db)
		closeAtEnd(t, st)
		_, err = db.Exec(create)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path, svc
}

// hireForEver writes a row of its own and a membership, each in a transaction of its own, and says so afterwards. Some
// it takes back.
func hireForEver(ctx context.Context, path string) error {
	db, _, svc, err := openProgram(path)
	if err != nil {
		return err
	}
	accounts, err := svc.Accounts(ctx, membership.Query{})
	if err != nil {
		return err
	}
	hire := func(n int) (id membership.MembershipID, err error) {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return id, err
		}
		defer func() { _ = tx.Rollback() }()
		in := svc.In(sqlitestore.InTx(tx))
		m, err := in.CreateMember(ctx, membership.Member{Name: "Ron"})
		if err != nil {
			return id, err
		}
		joined, err := in.Add(ctx, accounts.Items[0].ID, m.ID)
		if err != nil {
			return id, err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO contracts (membership) VALUES (?)`, joined.ID.UUID[:]); err != nil || n%4 == 3 {
			return id, err
		}
		return joined.ID, tx.Commit()
	}
	fmt.Println("ready")
	for n := 0; ; n++ {
		id, err := hire(n)
		if err != nil {
			return err
		}
		if !id.IsZero() {
			fmt.Println(id)
		}
	}
}

// TestOwnRowsMembershipsAndTheLogAgreeAfterEveryKill kills a program that writes its own rows together with
// memberships.
func TestOwnRowsMembershipsAndTheLogAgreeAfterEveryKill(t *testing.T) {
	t.Parallel()
	kills := 50
	if testing.Short() {
		kills = 5
	}
	path, svc := newProgram(t, `CREATE TABLE contracts (membership BLOB NOT NULL)`)
	if _, err := svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for range kills {
		p := startChild(t, "hire", path, 0)
		said := p.read(1)
		if len(said) == 0 || said[0] != "ready" {
			t.Fatalf("the child said %q", said)
		}
		pause := time.NewTimer(time.Duration(rand.IntN(30_000)) * time.Microsecond)
		<-pause.C
		for _, line := range p.kill() {
			acknowledged[line] = true
		}
		assertAgreement(t, path, acknowledged)
	}
	t.Logf("%d were acknowledged and found over %d kills", len(acknowledged), kills)
}

func assertAgreement(t *testing.T, path string, acknowledged map[string]bool) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?"+pragmas)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var contracts, memberships, joined, members, hired, last, changes int
	err = db.QueryRow(`SELECT (SELECT count(DISTINCT membership) FROM contracts), (SELECT count(*) FROM roster_memberships),
		(SELECT count(DISTINCT membership_id) FROM roster_changes WHERE type = 'account-membership.created'),
		(SELECT count(*) FROM roster_members), (SELECT count(DISTINCT member_id) FROM roster_changes WHERE type = 'account-member.created'),
		(SELECT max(sequence) FROM roster_changes), (SELECT count(*) FROM roster_changes)`).
		Scan(&contracts, &memberships, &joined, &members, &hired, &last, &changes)
	if err != nil || contracts != memberships || joined != memberships || members != memberships || hired != memberships || last != changes {
		t.Errorf("%d contracts, %d memberships (logged %d), %d members (logged %d), %d changes up to %d, %v",
			contracts, memberships, joined, members, hired, changes, last, err)
	}
	rows, err := db.Query(`SELECT m.id FROM roster_memberships m JOIN contracts c ON c.membership = m.id
		JOIN roster_changes l ON l.membership_id = m.id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	stored := map[string]bool{}
	for rows.Next() {
		var id []byte
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		stored[uuid.UUID(id).String()] = true
	}
	if rows.Err() != nil || len(stored) != memberships {
		t.Errorf("%d memberships of %d have a contract and a change, %v", len(stored), memberships, rows.Err())
	}
	for id := range acknowledged {
		if !stored[id] {
			t.Errorf("%s was acknowledged and is gone", id)
		}
	}
}

// changesEach is how many changes a writer commits at once.
const changesEach = 10

// createMembers commits so many changes.
func createMembers(ctx context.Context, svc *roster.Service, many int) error {
	for range many / changesEach {
		err := svc.Update(ctx, func(in *roster.Service) error {
			for range changesEach {
				if _, err := in.CreateMember(ctx, membership.Member{Name: "Ron"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func writeWhenTold(ctx context.Context, path string, many int) error {
	st, err := sqlitestore.Open(path, sqlitestore.Options{BusyTimeout: time.Minute})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	if err := createMembers(ctx, roster.New(st, roster.Options{}), many); err != nil {
		return err
	}
	return st.Close()
}

// TestAFollowerSeesEveryChangeOnceAndInOrder follows what 16 goroutines and another process write at the same time.
func TestAFollowerSeesEveryChangeOnceAndInOrder(t *testing.T) {
	t.Parallel()
	changes := 10_000
	if testing.Short() {
		changes = 1000
	}
	const writers = 16
	path := filepath.Join(t.TempDir(), "roster.db")
	st := open(t, path, sqlitestore.Options{BusyTimeout: time.Minute})
	svc := roster.New(st, roster.Options{})
	p := startChild(t, "write", path, changes/5)
	if said := p.read(1); len(said) == 0 || said[0] != "ready" {
		t.Fatalf("the child said %q", said)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := make(chan membership.Change, changes)
	followed := make(chan error, 1)
	go func() {
		for c, err := range svc.Changes(ctx, 0, roster.ChangeOptions{PollInterval: 20 * time.Millisecond}) {
			if err != nil {
				followed <- err
				return
			}
			seen <- c
		}
	}()
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = p.stdin.Write([]byte("go\n"))
		for _, line := range p.read(1 << 30) {
			t.Error(line)
		}
		if err := p.Wait(); err != nil {
			t.Error(err)
		}
	})
	for range writers {
		wg.Go(func() {
			if err := createMembers(ctx, svc, changes/5*4/writers); err != nil {
				t.Error(err)
			}
		})
	}
	members := map[membership.MemberID]bool{}
	for n := range int64(changes) {
		select {
		case c := <-seen:
			if c.Sequence != n+1 || members[c.MemberID] {
				t.Fatalf("change %d came after %d; its member was seen before: %v", c.Sequence, n, members[c.MemberID])
			}
			members[c.MemberID] = true
		case err := <-followed:
			t.Fatal(err)
		case <-time.After(time.Minute):
			t.Fatalf("no change came after %d", n)
		}
	}
	wg.Wait()

	// It waits now, and keeps nothing of the write-ahead log.
	db := openWith(t, path, pragmas)
	var busy, pages, copied int
	if err := db.QueryRow(`PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &copied); err != nil || busy != 0 || pages != 0 {
		t.Errorf("the write-ahead log cannot be emptied: busy %d, %d pages, %v", busy, pages, err)
	}
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() != 0 {
		t.Errorf("the write-ahead log has %d bytes, %v", info.Size(), err)
	}
	if len(seen) > 0 {
		t.Errorf("%d changes too many", len(seen))
	}
	cancel()
	if err := <-followed; err != context.Canceled { //nolint:errorlint // the very same
		t.Errorf("the walk ended with %v", err)
	}
}

// apply consumes the log under one name, and keeps in a table of its own which changes it has seen. It tells of each.
func apply(ctx context.Context, svc *roster.Service, stop bool, tell func(membership.Change)) error {
	return svc.Consume(ctx, "applier", func(ctx context.Context, in *roster.Service, c membership.Change) error {
		tx, _ := in.Tx()
		conn, ok := sqlitestore.SQL(tx)
		if !ok {
			return fmt.Errorf("%T is no transaction of SQLite", tx)
		}
		tell(c)
		_, err := conn.ExecContext(ctx, `INSERT INTO applied (sequence, member) VALUES (?, ?)`, c.Sequence, c.MemberID.UUID[:])
		return err
	}, roster.ConsumeOptions{ChangeOptions: roster.ChangeOptions{Stop: stop, PollInterval: 10 * time.Millisecond}})
}

func consumeAll(ctx context.Context, path string) error {
	_, _, svc, err := openProgram(path)
	if err != nil {
		return err
	}
	return apply(ctx, svc, false, func(c membership.Change) { fmt.Println(c.Sequence) })
}

// TestEveryChangeIsAppliedOnceHoweverOftenItsConsumerIsKilled kills a consumer in the middle of its transactions.
func TestEveryChangeIsAppliedOnceHoweverOftenItsConsumerIsKilled(t *testing.T) {
	t.Parallel()
	kills, each := 20, 300
	if testing.Short() {
		kills = 4
	}
	// No key: what is applied twice is to be seen.
	path, svc := newProgram(t, `CREATE TABLE applied (sequence INTEGER, member BLOB)`)
	handed := 0
	for range kills {
		if err := createMembers(t.Context(), svc, each); err != nil {
			t.Fatal(err)
		}
		p := startChild(t, "consume", path, 0)
		handed += len(p.read(1 + rand.IntN(each*3/4)))
		handed += len(p.kill())
	}
	if err := apply(t.Context(), svc, true, func(membership.Change) { handed++ }); err != nil {
		t.Fatal(err)
	}
	db := openWith(t, path, pragmas)
	var applied, distinct, last, strangers int
	err := db.QueryRow(`SELECT count(*), count(DISTINCT sequence), max(sequence),
		(SELECT count(*) FROM roster_members WHERE id NOT IN (SELECT member FROM applied)) FROM applied`).
		Scan(&applied, &distinct, &last, &strangers)
	want := kills * each
	if err != nil || applied != want || distinct != want || last != want || strangers != 0 {
		t.Errorf("%d applied, %d of them different, up to %d, %d missing, %v; want each of %d once", applied, distinct, last, strangers, err, want)
	}
	position, err := svc.Consumers(t.Context())
	if err != nil || len(position) != 1 || position[0].Position != int64(want) {
		t.Errorf("the consumer is at %v, %v", position, err)
	}
	t.Logf("%d changes were handed %d times over %d kills, and applied once each", want, handed, kills)
}

// TestAnotherProcessIsSeenWithinThePoll waits for what another process commits.
func TestAnotherProcessIsSeenWithinThePoll(t *testing.T) {
	t.Parallel()
	const poll = 100 * time.Millisecond
	path := filepath.Join(t.TempDir(), "app.db")
	for name, st := range map[string]*sqlitestore.Store{"New": borrow(t, openDB(t, path)), "Open": open(t, path, sqlitestore.Options{})} {
		page, err := st.Changes(t.Context(), membership.ChangeQuery{Limit: -1})
		if err != nil {
			t.Fatal(err)
		}
		p := startChild(t, "write", path, changesEach)
		p.read(1) // ready
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		seen := make(chan error, 1)
		var at time.Time
		go func() {
			err := st.AwaitChanges(ctx, page.Last, poll)
			at = time.Now()
			seen <- err
		}()
		_, _ = p.stdin.Write([]byte("go\n"))
		for _, line := range p.read(1 << 30) {
			t.Error(line)
		}
		ended := time.Now() // after the commit
		if err := p.Wait(); err != nil {
			t.Error(err)
		}
		if err := <-seen; err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		// Printed, and judged roughly: a busy machine must not fail a build.
		if took := at.Sub(ended); took > 100*poll {
			t.Errorf("%s: seen %v after the other process ended", name, took)
		} else {
			t.Logf("%s: seen %v after the other process ended", name, took.Round(time.Millisecond))
		}
	}
}

package sqlitestore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/roster-go/roster/migrations"
)

// bell tells those of this process who await changes of one database file that there may be some: at once after a
// commit of ours. After what was written within somebody else's transaction, of whose commit nobody tells us, they look
// more often for a while. It starts no goroutine.
type bell struct {
	users int // guarded by bells.mu

	mu       sync.Mutex
	rung     chan struct{} // closed when it rings; then another one takes its place
	promised time.Time     // when it last rang for a commit that was yet to come; the longer ago, the less it matters
	last     int64         // the last change, when somebody looked
	looked   time.Time     // when that was; zero when it has rung since
}

// bells are those of the databases that this process has open, by their files.
var bells = struct {
	mu     sync.Mutex
	byFile map[string]*bell
}{byFile: map[string]*bell{}}

func newBell() *bell { return &bell{rung: make(chan struct{})} }

// useBell returns the bell of a file, for all who use it; release ends that. A database without a file has one of its
// own.
func useBell(file string) (b *bell, release func()) {
	if file == "" {
		return newBell(), func() {}
	}
	bells.mu.Lock()
	defer bells.mu.Unlock()
	b = bells.byFile[file]
	if b == nil {
		b = newBell()
		bells.byFile[file] = b
	}
	b.users++
	return b, func() {
		bells.mu.Lock()
		defer bells.mu.Unlock()
		if b.users--; b.users == 0 {
			delete(bells.byFile, file)
		}
	}
}

// ringFor rings the bell of a file, if anybody uses it.
func ringFor(file string, soon bool) {
	bells.mu.Lock()
	b := bells.byFile[file]
	bells.mu.Unlock()
	if b != nil {
		b.ring(soon)
	}
}

// selectFile is the database's file as SQLite knows it; empty when it has none.
const selectFile = `SELECT coalesce((SELECT file FROM pragma_database_list WHERE name = 'main'), '')`

func fileOf(ctx context.Context, db migrations.Queryer) (string, error) {
	var file string
	err := db.QueryRowContext(ctx, selectFile).Scan(&file)
	return file, err
}

// ring wakes everybody. soon says that what they wait for is yet to be committed.
func (b *bell) ring(soon bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung, b.looked = make(chan struct{}), time.Time{}
	if soon { // Why never taken back: another commit says nothing about the one that is expected
		b.promised = time.Now()
	}
}

// sight is what somebody who awaits changes knows.
type sight struct {
	last  int64           // the last change
	rung  <-chan struct{} // closed when there may be another one
	again time.Duration   // after how long to look again even so
}

// soonest is after how long a commit that is yet to come is looked for. From then on the time doubles.
const soonest = time.Millisecond

// freshest is for how long those who wait rely on what one of them has seen, at most.
const freshest = 50 * time.Millisecond

// listen returns what is known, and whether somebody has just looked, for one who looks as often as usual.
func (b *bell) listen(usual time.Duration) (s sight, fresh bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s = sight{b.last, b.rung, usual}
	if !b.promised.IsZero() {
		s.again = min(max(time.Since(b.promised), soonest), usual)
	}
	return s, time.Since(b.looked) < min(s.again/2, freshest)
}

// saw shares what somebody saw who looked at a time, unless it has rung since.
func (b *bell) saw(s sight, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == s.rung {
		b.last, b.looked = s.last, at
	}
}

// AwaitChanges implements [store.Store]. However many wait, one at a time looks at the database, about twice in a poll,
// and tells the others.
func (s *Store) AwaitChanges(ctx context.Context, after int64, poll time.Duration) error {
	usual := max(poll/2, soonest)
	for {
		seen, err := s.look(ctx, usual)
		if err != nil {
			return err
		}
		if seen.last > after {
			return nil
		}
		if err := pause(ctx, seen.rung, seen.again); err != nil {
			return err
		}
	}
}

// look finds the last change, unless somebody has just done so.
func (s *Store) look(ctx context.Context, usual time.Duration) (sight, error) {
	if seen, fresh := s.bell.listen(usual); fresh && s.gate.Open() {
		return seen, nil
	}
	if err := s.looking.Acquire(ctx); err != nil {
		return sight{}, err
	}
	defer s.looking.Release()
	seen, fresh := s.bell.listen(usual)
	if fresh && s.gate.Open() { // somebody did meanwhile
		return seen, nil
	}
	began := time.Now()
	last, err := s.lastChange(ctx)
	if err != nil {
		return sight{}, err
	}
	seen.last = last
	s.bell.saw(seen, began)
	return seen, nil
}

// pause waits until the bell rings, but no longer than most.
func pause(ctx context.Context, rung <-chan struct{}, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-rung:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errAwaitInTx = errors.New("sqlitestore: changes cannot be awaited within a transaction, which would wait for itself")

// AwaitChanges fails: a transaction cannot wait for what comes after it.
func (s *TxStore) AwaitChanges(context.Context, int64, time.Duration) error { return errAwaitInTx }

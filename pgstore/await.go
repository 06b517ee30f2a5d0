package pgstore

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster/internal/gate"
)

// bell wakes those of this process who await changes.
type bell struct {
	mu     sync.Mutex
	rung   chan struct{} // closed when it rings; then another one takes its place
	seen   sight         // what somebody saw who looked
	looked time.Time     // when that was; zero when it has rung since

	looking   gate.Slots // one at a time looks, and tells the others
	listening gate.Slots // one at a time listens, and rings for the others
}

// sight is what somebody who looks at the log knows.
type sight struct {
	complete int64 // up to which number it is complete
	last     int64 // the last one that there is
}

// hidden reports whether there are changes that wait for transactions to end.
func (s sight) hidden() bool { return s.last > s.complete }

// How long to wait where changes wait for a transaction to end: at first, doubled each time, at most; and for how long others
// rely on what one has seen.
const (
	firstHidden = 2 * time.Millisecond
	lastHidden  = 250 * time.Millisecond
	freshest    = 50 * time.Millisecond
)

func (b *bell) init() {
	b.rung, b.looking, b.listening = make(chan struct{}), make(gate.Slots, 1), make(gate.Slots, 1)
}

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung, b.looked = make(chan struct{}), time.Time{}
}

// listen returns what closes when it rings.
func (b *bell) listen() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rung
}

// fresh returns what somebody has just seen.
func (b *bell) fresh(within time.Duration) (sight, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen, time.Since(b.looked) < within && !b.seen.hidden()
}

// saw shares what somebody saw who looked at a time, unless it has rung since.
func (b *bell) saw(s sight, rung <-chan struct{}, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rung == rung {
		b.seen, b.looked = s, at
	}
}

// AwaitChanges implements [store.Store]. However many wait, one at a time holds a connection, to be notified of what others
// commit, and one at a time looks at the log. Where the pool has one connection only, nobody listens.
func (s *Store) AwaitChanges(ctx context.Context, after int64, poll time.Duration) error {
	usual := max(poll/2, time.Millisecond)
	for hidden := 0; ; {
		rung := s.bell.listen()
		seen, err := s.look(ctx, rung, min(usual/2, freshest))
		if err != nil {
			return err
		}
		if seen.complete > after {
			return nil
		}
		wait, listening := usual, s.bell.listening
		switch {
		case seen.hidden():
			wait, listening = min(usual, firstHidden<<min(hidden, 20), lastHidden), nil // nobody tells when a transaction ends
			hidden++
		case s.pool.Config().MaxConns < 2:
			hidden, listening = 0, nil
		default:
			hidden = 0
		}
		if err := s.await(ctx, rung, wait, listening, seen.last); err != nil {
			return err
		}
	}
}

// look finds up to where the log is complete, unless somebody has just done so.
func (s *Store) look(ctx context.Context, rung <-chan struct{}, within time.Duration) (sight, error) {
	if seen, fresh := s.bell.fresh(within); fresh && s.gate.Open() {
		return seen, nil
	}
	if err := s.bell.looking.Acquire(ctx); err != nil {
		return sight{}, err
	}
	defer s.bell.looking.Release()
	if seen, fresh := s.bell.fresh(within); fresh && s.gate.Open() { // somebody did meanwhile
		return seen, nil
	}
	began, known := time.Now(), s.horizon.known()
	var last int64
	if _, err := s.row(ctx, selectLastChange, []column{scanNumber(&last)}); err != nil {
		return sight{}, err
	}
	complete, err := s.advance(ctx, known, last)
	if err != nil {
		return sight{}, err
	}
	seen := sight{complete, last}
	s.bell.saw(seen, rung, began)
	return seen, nil
}

// await waits until the bell rings, but no longer than most. It listens for the others if that has a place.
func (s *Store) await(ctx context.Context, rung <-chan struct{}, most time.Duration, listening gate.Slots, last int64) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-rung:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	case listening <- struct{}{}:
		defer listening.Release()
		s.hear(ctx, rung, most, last)
		return ctx.Err()
	}
	return nil
}

// channel is where commits are announced. One is enough for all of a database's schemas: it wakes, no more.
const (
	channel    = `roster_changes`
	listenTo   = `LISTEN ` + channel
	unlisten   = `UNLISTEN ` + channel
	announceTo = `NOTIFY ` + channel
)

// hear rings the bell for what other programs announce, until the bell has been rung or most has passed. Why no error: who
// hears nothing looks when it is time.
func (s *Store) hear(ctx context.Context, rung <-chan struct{}, most time.Duration, known int64) {
	if s.gate.Enter() != nil {
		return
	}
	defer s.gate.Leave()
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	ended := make(chan struct{})
	defer func() { <-ended }()
	defer cancel()
	go func() {
		defer close(ended)
		select {
		case <-rung:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := s.hearOne(ctx, known); err != nil {
		<-ctx.Done()
	} else {
		s.bell.ring()
	}
}

// hearOne returns when there is another last change than the one that is known, or with an error.
func (s *Store) hearOne(ctx context.Context, known int64) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer release(conn)
	// Why not ctx: a statement that is interrupted costs the connection.
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	if _, err := conn.Exec(patient, listenTo); err != nil {
		return err
	}
	// What was committed before it listened was not announced to it.
	var last int64
	if err := conn.QueryRow(patient, selectLastChange).Scan(scanNumber(&last)); err != nil || last > known {
		return err
	}
	_, err = conn.Conn().WaitForNotification(ctx)
	return err
}

// release gives a connection back that has listened.
func release(conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), rollbackTimeout)
	defer cancel()
	if _, err := conn.Exec(ctx, unlisten); err != nil {
		_ = conn.Conn().Close(ctx)
	}
	conn.Release()
}

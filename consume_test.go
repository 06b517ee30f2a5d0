package roster_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

var errOutOfPaper = errors.New("out of paper")

// soon is how long consumers of tests wait before they try again.
const soon = time.Microsecond

// toTheEnd is for a consumer that stops at the end of the log.
func toTheEnd(types ...membership.ChangeType) roster.ConsumeOptions {
	return roster.ConsumeOptions{ChangeOptions: roster.ChangeOptions{Stop: true, Types: types}, MaxWait: soon}
}

// pass is a consumer that is content with everything.
func pass(context.Context, *roster.Service, membership.Change) error { return nil }

// only follows changes of some types.
func only(types ...membership.ChangeType) roster.ConsumeOptions {
	return roster.ConsumeOptions{ChangeOptions: roster.ChangeOptions{Types: types}, MaxWait: soon}
}

// position is how far a consumer has come.
func (w *world) position(name string) int64 {
	w.t.Helper()
	all, err := w.Consumers(w.t.Context())
	must(w.t, err)
	for _, c := range all {
		if c.Name == name {
			return c.Position
		}
	}
	return 0
}

// counter is an account that counts what a consumer has seen: in its name the sum, in its external reference how many.
func (w *world) counter() membership.AccountID {
	w.t.Helper()
	a, err := w.CreateAccount(w.t.Context(), membership.Account{Name: "0", ExternalRef: "0"})
	must(w.t, err)
	return a.ID
}

// count adds a change to a counter.
func count(ctx context.Context, in *roster.Service, id membership.AccountID, c membership.Change) error {
	a, err := in.Account(ctx, id)
	if err != nil {
		return err
	}
	sum, _ := strconv.ParseInt(a.Name, 10, 64)
	n, _ := strconv.Atoi(a.ExternalRef)
	_, err = in.UpdateAccount(ctx, id, membership.AccountUpdate{
		Name: new(strconv.FormatInt(sum+c.Sequence, 10)), ExternalRef: new(strconv.Itoa(n + 1)),
	})
	return err
}

// counted compares a counter with the changes that it should have seen.
func (w *world) counted(id membership.AccountID, changes []membership.Change) {
	w.t.Helper()
	var sum int64
	for _, c := range changes {
		sum += c.Sequence
	}
	a, err := w.Account(w.t.Context(), id)
	must(w.t, err)
	equal(w.t, "counted", a.Name+" "+a.ExternalRef, fmt.Sprint(sum, " ", len(changes)))
}

// ofType are the changes of a type in the log.
func (w *world) ofType(typ membership.ChangeType) []membership.Change {
	w.t.Helper()
	return slices.DeleteFunc(w.changes(0), func(c membership.Change) bool { return c.Type != typ })
}

func TestAConsumerSeesEachChangeOnceInOrder(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		must(t, w.Consume(t.Context(), "mailer", func(context.Context, *roster.Service, membership.Change) error {
			t.Error("an empty log has a change")
			return nil
		}, toTheEnd()))
		var seen []membership.Change
		collect := func(_ context.Context, in *roster.Service, c membership.Change) error {
			seen = append(seen, c)
			equal(t, "actor", in.Actor(), "leslie")
			return nil
		}
		for _, n := range []int{1, 63, 64, 65, 200} {
			w.tags(n)
			must(t, w.As("leslie").Consume(t.Context(), "mailer", collect, toTheEnd()))
			sameChanges(t, "seen", seen, w.changes(0))
			equal(t, "position", w.position("mailer"), w.last())
		}
		must(t, w.Consume(t.Context(), "mailer", collect, toTheEnd()))
		equal(t, "seen again", len(seen), int(w.last()))
		must(t, w.Consume(t.Context(), "another", pass, toTheEnd()))
		equal(t, "another's position", w.position("another"), w.last())
	})
}

func TestWhatAConsumerWritesHappensExactlyOnce(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		id := w.counter()
		w.tags(300)
		want := w.ofType(membership.TagCreated)
		rng := rand.New(rand.NewPCG(1, 2))
		// Each time it is called it fails, panics, ends its context or goes on, always after it has written.
		for stopped := false; !stopped; {
			ctx, cancel := context.WithCancel(t.Context())
			err := attempt(func() error {
				return w.Consume(ctx, "counter", func(ctx context.Context, in *roster.Service, c membership.Change) error {
					if err := count(ctx, in, id, c); err != nil {
						return err
					}
					switch rng.IntN(40) {
					case 0, 1:
						return errOutOfPaper
					case 2:
						panic(errUndone)
					case 3:
						cancel()
					case 4: // swallows the failure of a part, which must not be committed
						_ = in.Update(ctx, func(in *roster.Service) error {
							_, err := in.CreateTag(ctx, membership.Tag{Name: "half done"})
							return errors.Join(err, errOutOfPaper)
						})
					case 5: // fails within a part and is recovered
						_ = attempt(func() error { return in.Update(ctx, func(*roster.Service) error { panic(errUndone) }) })
					}
					return nil
				}, toTheEnd(membership.TagCreated))
			})
			cancel()
			switch {
			case err == nil:
				stopped = true
			case !errors.Is(err, errUndone) && !errors.Is(err, context.Canceled):
				t.Fatal(err)
			}
		}
		w.counted(id, want)
		for _, c := range w.changes(0) {
			if c.Type == membership.AccountUpdated && c.Cause != membership.CauseConsumer {
				t.Fatalf("not a consumer's: %s", show(c))
			}
		}
		equal(t, "half done", len(w.ofType(membership.TagCreated)), 300)
	})
}

func TestConsumersOfOneNameShareTheWork(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		id := w.counter()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		const writers, each = 8, 40
		var mu sync.Mutex
		var wg sync.WaitGroup
		calls := 0
		consume := func(name string, fn func(context.Context, *roster.Service, membership.Change) error) {
			opts := toTheEnd(membership.TagCreated)
			opts.Stop, opts.PollInterval = false, time.Hour
			wg.Go(func() { wantError(t, "Consume", w.Consume(ctx, name, fn, opts), context.Canceled) })
		}
		for range 3 {
			consume("counter", func(ctx context.Context, in *roster.Service, c membership.Change) error {
				mu.Lock()
				calls++
				fails := calls%17 == 0
				mu.Unlock()
				if err := count(ctx, in, id, c); err != nil || !fails {
					return err
				}
				return errOutOfPaper
			})
		}
		var writing sync.WaitGroup
		for range writers {
			writing.Go(func() {
				for range each {
					if _, err := w.CreateTag(t.Context(), membership.Tag{Name: fmt.Sprint(nextName())}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writing.Wait()
		counts := 0
		updates := roster.ChangeOptions{Account: id, Types: []membership.ChangeType{membership.AccountUpdated}}
		for _, err := range w.Changes(t.Context(), 0, updates) {
			must(t, err)
			if counts++; counts == writers*each {
				break
			}
		}
		cancel()
		wg.Wait()
		w.counted(id, w.ofType(membership.TagCreated))
		equal(t, "counted anew", len(w.ofType(membership.AccountUpdated)), counts)
	})
}

func TestAConsumerThatFailsIsInNobodysWay(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(5)
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan struct{}, 1000)
		ended := make(chan error)
		go func() {
			opts := roster.ConsumeOptions{MaxWait: soon, Failed: func(membership.Change, error, int, time.Duration) {
				select {
				case failed <- struct{}{}:
				default:
				}
			}}
			ended <- w.Consume(ctx, "broken", func(_ context.Context, _ *roster.Service, c membership.Change) error {
				if c.Sequence == 3 {
					return errOutOfPaper
				}
				return nil
			}, opts)
		}()
		for range 10 {
			<-failed
			w.tags(1)
			must(t, w.Consume(t.Context(), "well", pass, toTheEnd()))
			equal(t, "the other's position", w.position("well"), w.last())
		}
		cancel()
		wantError(t, "Consume", <-ended, context.Canceled)
		equal(t, "its position", w.position("broken"), 2)
	})
}

// TestFailuresAreToldAndWaitedFor has a clock of its own, so it takes no time.
func TestFailuresAreToldAndWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.tags(7)
		type told struct {
			sequence int64
			failures int
			wait     time.Duration
		}
		var all []told
		var tries []time.Time
		opts := toTheEnd()
		opts.MaxWait = 0
		opts.Failed = func(c membership.Change, err error, failures int, wait time.Duration) {
			wantError(t, "told", err, errOutOfPaper)
			all = append(all, told{c.Sequence, failures, wait})
		}
		must(t, w.Consume(t.Context(), "broken", func(_ context.Context, _ *roster.Service, c membership.Change) error {
			if c.Sequence == 1 || c.Sequence == 5 {
				tries = append(tries, time.Now())
				if len(tries) != 3 && len(tries) < 20 { // the first twice, the fifth many times
					return errOutOfPaper
				}
			}
			return nil
		}, opts))
		for i, f := range all {
			longest := min(50*time.Millisecond<<(f.failures-1), roster.DefaultMaxWait)
			if f.wait < longest/2 || f.wait > longest {
				t.Errorf("failure %d in a row waits for %v, not up to %v", f.failures, f.wait, longest)
			}
			switch {
			case i < 2:
				equal(t, "told", fmt.Sprint(f.sequence, f.failures), fmt.Sprint(1, i+1))
			default:
				equal(t, "told", fmt.Sprint(f.sequence, f.failures), fmt.Sprint(5, i-1))
			}
		}
		// The fifth is tried once more than is told: when it first failed, others were undone with it.
		if len(all) != 18-1 && len(all) != 18 {
			t.Errorf("told %d times", len(all))
		}
		equal(t, "position", w.position("broken"), 7)
		if lasted := tries[len(tries)-1].Sub(tries[0]); lasted < time.Minute {
			t.Errorf("it tried %d times within %v", len(tries), lasted)
		}
	})
}

func TestAConsumerThatWaitsToTryAgainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tags(1)
	ctx, cancel := context.WithCancel(t.Context())
	fail := func(context.Context, *roster.Service, membership.Change) error { return errOutOfPaper }
	opts := roster.ConsumeOptions{MaxWait: time.Hour}
	opts.Failed = func(membership.Change, error, int, time.Duration) { cancel() }
	err := w.Consume(ctx, "broken", fail, opts)
	wantError(t, "Consume", err, context.Canceled)
}

func TestAFailureThatIsSwallowedIsAFailure(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(3)
		for name, part := range map[string]func(context.Context, *roster.Service) error{
			"an error": func(ctx context.Context, in *roster.Service) error {
				return in.Update(ctx, func(*roster.Service) error { return errOutOfPaper })
			},
			"a panic": func(ctx context.Context, in *roster.Service) error {
				return attempt(func() error { return in.Update(ctx, func(*roster.Service) error { panic(errUndone) }) })
			},
		} {
			var told error
			opts := toTheEnd(membership.TagCreated)
			opts.Failed = func(_ membership.Change, err error, _ int, _ time.Duration) { told = err }
			must(t, w.Consume(t.Context(), name, func(ctx context.Context, in *roster.Service, c membership.Change) error {
				if c.Sequence == 2 && told == nil {
					_ = part(ctx, in)
				}
				return nil
			}, opts))
			if told == nil {
				t.Errorf("%s: nobody was told", name)
			}
			equal(t, name+": position", w.position(name), 3)
		}
	})
}

func TestAPanicOfAConsumerReachesTheCaller(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(5)
		func() {
			defer func() { equal(t, "the panic", recover(), any(errOutOfPaper)) }()
			_ = w.Consume(t.Context(), "broken", func(ctx context.Context, in *roster.Service, c membership.Change) error {
				_, err := in.CreateTag(ctx, membership.Tag{Name: fmt.Sprint("seen ", c.Sequence)})
				must(t, err)
				if c.Sequence == 3 {
					panic(errOutOfPaper)
				}
				return nil
			}, toTheEnd())
			t.Error("it came back")
		}()
		equal(t, "changes", w.last(), 5)
		equal(t, "position", w.position("broken"), 0)
		must(t, w.Consume(t.Context(), "broken", pass, toTheEnd()))
	})
}

// commits is a store that counts its transactions.
type commits struct {
	store.Store
	n atomic.Int64
}

func (s *commits) Update(ctx context.Context, fn func(store.Tx) error) error {
	s.n.Add(1)
	return s.Store.Update(ctx, fn)
}

func TestChangesThatDoNotMatterCostNoTransactionEach(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		counting := &commits{Store: st}
		idle := newResting(counting)
		consumer := w.In(idle)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		seen, ended := make(chan int64), make(chan error)
		go func() {
			opts := only(membership.AccountCreated)
			ended <- consumer.Consume(ctx, "accounts", func(_ context.Context, _ *roster.Service, c membership.Change) error {
				seen <- c.Sequence
				return nil
			}, opts)
		}()
		for range 300 {
			w.tags(1)
		}
		w.account("Acme")
		equal(t, "what matters", <-seen, 301)
		for range 12 { // many at once, beyond what a position lags behind
			w.tags(200)
		}
		w.account("Hooli")
		equal(t, "what matters", <-seen, 301+2400+1)
		idle.until(w.last())
		cancel()
		wantError(t, "Consume", <-ended, context.Canceled)
		if n := counting.n.Load(); n < 2 || n > 2+3 {
			t.Errorf("2 changes of 2702 that mattered cost %d transactions", n)
		}

		counting.n.Store(0)
		must(t, consumer.Consume(t.Context(), "accounts", nil, toTheEnd(membership.AccountCreated)))
		equal(t, "transactions when there is nothing", counting.n.Load(), 0)
		must(t, consumer.Consume(t.Context(), "nothing", nil, toTheEnd(membership.FlowDeleted)))
		equal(t, "transactions for a position far behind", counting.n.Load(), 1)
		equal(t, "position", w.position("nothing"), w.last())
	})
}

// Who has seen everything, has: also when nothing of it mattered, and when somebody else prunes before the next look.
func TestAFilteredConsumerThatComesBackMissesNothingByPruning(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		for range 3 {
			w.tags(50)
			must(t, w.Consume(t.Context(), "accounts", nil, toTheEnd(membership.AccountCreated)))
			equal(t, "position", w.position("accounts"), w.last())
			_, err := w.PruneChanges(t.Context(), membership.Retention{MaxCount: 1})
			must(t, err)
		}
	})
}

func TestAFilteredConsumerThatFollowsMissesNothingByPruning(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(10)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		idle := newResting(st)
		seen, ended := make(chan int64, 1), make(chan error, 1)
		go func() {
			opts := only(membership.AccountCreated)
			ended <- w.In(idle).Consume(ctx, "accounts", func(_ context.Context, _ *roster.Service, c membership.Change) error {
				seen <- c.Sequence
				return nil
			}, opts)
		}()
		idle.until(10) // it has looked at all of them, and none matters
		_, err := w.PruneChanges(t.Context(), membership.Retention{MaxCount: 1})
		must(t, err)
		w.account("Acme")
		select {
		case got := <-seen:
			equal(t, "what matters", got, 11)
		case err := <-ended:
			t.Fatal(err)
		}
		idle.until(11)

		// Without anything that matters its position goes along with what is pruned, for whoever begins anew.
		w.tags(20)
		idle.until(31)
		_, err = w.PruneChanges(t.Context(), membership.Retention{MaxCount: 1})
		must(t, err)
		w.tags(1)
		idle.until(32)
		cancel()
		wantError(t, "Consume", <-ended, context.Canceled)
		must(t, w.Consume(t.Context(), "accounts", nil, toTheEnd(membership.AccountCreated)))
	})
}

// resting is a store that tells when somebody waits, and behind which change.
type resting struct {
	store.Store
	at chan int64
}

func newResting(st store.Store) *resting { return &resting{st, make(chan int64, 10_000)} }

// until waits until somebody waits for what comes behind a change.
func (s *resting) until(after int64) {
	for <-s.at < after {
	}
}

func (s *resting) AwaitChanges(ctx context.Context, after int64, poll time.Duration) error {
	s.at <- after
	return s.Store.AwaitChanges(ctx, after, poll)
}

func TestAConsumerThatIsTooLateSaysSo(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(10)
		must(t, w.SetConsumer(t.Context(), membership.Consumer{Name: "late", Position: 5}))
		_, err := w.PruneChanges(t.Context(), membership.Retention{MaxCount: 3})
		must(t, err)
		err = w.Consume(t.Context(), "late", pass, roster.ConsumeOptions{})
		wantError(t, "late", err, membership.ErrPruned)
		if facts, ok := errors.AsType[*membership.Error](err); !ok || facts.First != 8 {
			t.Errorf("%v does not say what is left", err)
		}
		wantError(t, "new", w.Consume(t.Context(), "new", pass, toTheEnd()), membership.ErrPruned)
		equal(t, "position", w.position("late"), 5)
		for _, position := range []int64{6, 7} { // the first is too late still, which is not for SetConsumer to say
			must(t, w.SetConsumer(t.Context(), membership.Consumer{Name: "late", Position: position}))
		}
		must(t, w.Consume(t.Context(), "late", pass, toTheEnd()))
		equal(t, "position", w.position("late"), 10)
	})
}

func TestSetConsumerMovesAPosition(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(10)
		var seen []int64
		consume := func() string {
			seen = nil
			must(t, w.Consume(t.Context(), "mailer", func(_ context.Context, _ *roster.Service, c membership.Change) error {
				seen = append(seen, c.Sequence)
				return nil
			}, toTheEnd()))
			return fmt.Sprint(seen)
		}
		must(t, w.SetConsumer(t.Context(), membership.Consumer{Name: "mailer", Position: 8}))
		equal(t, "behind 8", consume(), "[9 10]")
		must(t, w.SetConsumer(t.Context(), membership.Consumer{Name: "mailer", Position: 7}))
		equal(t, "again", consume(), "[8 9 10]")
		for _, refused := range []membership.Consumer{
			{Name: "mailer", Position: 11}, {Name: "mailer", Position: -1}, {Name: " ", Position: 1}, {},
		} {
			wantError(t, fmt.Sprintf("%+v", refused), w.SetConsumer(t.Context(), refused), membership.ErrInvalidField)
		}
		wantError(t, "a name that is blank", w.Consume(t.Context(), " ", nil, toTheEnd()), membership.ErrInvalidField)
		must(t, w.SetConsumer(t.Context(), membership.Consumer{Name: "archive", Position: 10}))
		all, err := w.Consumers(t.Context())
		must(t, err)
		equal(t, "consumers", fmt.Sprint(all), "[{archive 10} {mailer 10}]")
		must(t, w.DeleteConsumer(t.Context(), "mailer"))
		must(t, w.DeleteConsumer(t.Context(), "mailer"))
		all, err = w.Consumers(t.Context())
		must(t, err)
		equal(t, "consumers", fmt.Sprint(all), "[{archive 10}]")
		equal(t, "a new one of the name", consume(), "[1 2 3 4 5 6 7 8 9 10]")

		must(t, w.Update(t.Context(), func(in *roster.Service) error { // within an Update, and the transaction goes on
			err := in.SetConsumer(t.Context(), membership.Consumer{Name: "archive", Position: 99})
			wantError(t, "SetConsumer", err, membership.ErrInvalidField)
			return in.SetConsumer(t.Context(), membership.Consumer{Name: "archive", Position: 1})
		}))
		equal(t, "position", w.position("archive"), 1)
	})
}

func TestAConsumerThatRunsCanBeMovedBack(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.account("Acme")
		w.tags(5)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		idle := newResting(st)
		seen, ended := make(chan int64, 10), make(chan error, 1)
		go func() {
			opts := only(membership.AccountCreated)
			ended <- w.In(idle).Consume(ctx, "accounts", func(_ context.Context, _ *roster.Service, c membership.Change) error {
				seen <- c.Sequence
				return nil
			}, opts)
		}()
		equal(t, "at first", <-seen, 1)
		idle.until(6) // it has found that nothing else matters
		must(t, w.SetConsumer(t.Context(), membership.Consumer{Name: "accounts", Position: 0}))
		w.tags(1) // which it is waiting for
		equal(t, "again", <-seen, 1)
		cancel()
		wantError(t, "Consume", <-ended, context.Canceled)
	})
}

func TestAConsumerEndsWithItsStore(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, st store.Store) {
		w := newWorldOver(t, st, roster.Options{})
		w.tags(3)
		idle := newResting(st)
		ended := make(chan error)
		go func() {
			ended <- w.In(idle).Consume(t.Context(), "mailer", pass,
				roster.ConsumeOptions{ChangeOptions: roster.ChangeOptions{PollInterval: time.Hour}})
		}()
		idle.until(3)
		must(t, st.Close())
		wantError(t, "Consume", <-ended, store.ErrClosed)
		wantError(t, "SetConsumer", w.SetConsumer(t.Context(), membership.Consumer{Name: "mailer"}), store.ErrClosed)
		wantError(t, "DeleteConsumer", w.DeleteConsumer(t.Context(), "mailer"), store.ErrClosed)
		_, err := w.Consumers(t.Context())
		wantError(t, "Consumers", err, store.ErrClosed)
		wantError(t, "Consume again", w.Consume(t.Context(), "mailer", nil, toTheEnd()), store.ErrClosed)
	})
}

func TestAConsumerDoesNotOutliveItsContext(t *testing.T) {
	t.Parallel()
	w := newWorldOver(t, memstore.New(), roster.Options{})
	w.tags(200)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	wantError(t, "one that has ended", w.Consume(ended, "mailer", nil, toTheEnd()), context.Canceled)
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := w.Consume(ctx, "mailer", func(context.Context, *roster.Service, membership.Change) error {
		seen++
		cancel()
		return nil
	}, toTheEnd())
	wantError(t, "in the middle", err, context.Canceled)
	equal(t, "position, of what was undone", w.position("mailer"), 0)
}

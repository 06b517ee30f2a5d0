package memstore

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"github.com/roster-go/roster/membership"
)

// changeLog is the changes in the order of their sequence numbers.
type changeLog struct {
	changes []membership.Change
	pruned  int64 // up to which number they were removed
	last    int64
}

// find is where the first change behind a number is, or would be. A change that is n places further has a number that is
// greater by n at least, which leaves little to search where numbers were left out, and nothing where none was.
func (l changeLog) find(after int64) int {
	n := len(l.changes)
	if n == 0 || after < l.changes[0].Sequence {
		return 0
	}
	after = min(after, l.last)
	first := int(max(int64(n)-(l.last-after), 0))
	end := int(min(after+1-l.changes[0].Sequence, int64(n)))
	return first + sort.Search(end-first, func(i int) bool { return l.changes[first+i].Sequence > after })
}

// Changes implements [store.ChangeReader].
func (s *Store) Changes(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error) {
	return read(ctx, s, func(r *reader) (membership.ChangePage, error) { return r.Changes(ctx, q) })
}

// Consumers implements [store.ChangeReader].
func (s *Store) Consumers(ctx context.Context) ([]membership.Consumer, error) {
	return read(ctx, s, func(r *reader) ([]membership.Consumer, error) { return r.Consumers(ctx) })
}

// ConsumerPosition implements [store.ChangeReader].
func (s *Store) ConsumerPosition(ctx context.Context, name string) (int64, error) {
	return read(ctx, s, func(r *reader) (int64, error) { return r.ConsumerPosition(ctx, name) })
}

// AwaitChanges implements [store.Store]. Nobody else writes, so there is nothing to poll.
func (s *Store) AwaitChanges(ctx context.Context, after int64, _ time.Duration) error {
	for {
		var appended <-chan struct{}
		last, err := read(ctx, s, func(r *reader) (int64, error) {
			appended = s.appended
			return r.tables.log.last, nil
		})
		if err != nil || last > after {
			return err
		}
		select {
		case <-appended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announce wakes everybody who awaits changes. The caller has the lock, exclusively.
func (s *Store) announce() {
	close(s.appended)
	s.appended = make(chan struct{})
}

func (r *reader) Changes(ctx context.Context, q membership.ChangeQuery) (membership.ChangePage, error) {
	if err := r.check(ctx); err != nil {
		return membership.ChangePage{}, err
	}
	log := r.tables.log
	page := membership.ChangePage{Changes: []membership.Change{}, Last: log.last}
	if len(log.changes) == 0 {
		return page, nil
	}
	page.First = log.pruned + 1
	for _, c := range log.changes[log.find(q.After):] {
		if len(page.Changes) == q.Size() {
			break
		}
		if q.Match(c) {
			page.Changes = append(page.Changes, cloneChange(c))
		}
	}
	return page, nil
}

func (r *reader) Consumers(ctx context.Context) ([]membership.Consumer, error) {
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	all := []membership.Consumer{}
	for name, position := range r.tables.consumers {
		all = append(all, membership.Consumer{Name: name, Position: position})
	}
	slices.SortFunc(all, func(a, b membership.Consumer) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

func (r *reader) ConsumerPosition(ctx context.Context, name string) (int64, error) {
	if err := r.check(ctx); err != nil {
		return 0, err
	}
	return r.tables.consumers[name], nil
}

func (t *tx) AppendChanges(ctx context.Context, changes []membership.Change) (int64, error) {
	if err := t.check(ctx); err != nil {
		return 0, err
	}
	log := t.tables.log
	for _, c := range changes {
		log.last++
		c.Sequence = log.last
		log.changes = append(log.changes, cloneChange(c))
	}
	t.extend(log)
	return log.last, nil
}

func (t *tx) RestoreChanges(ctx context.Context, first int64, changes []membership.Change) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	log := t.tables.log
	if err := membership.CheckRestored(changes, first, log.last); err != nil || len(changes) == 0 {
		return err
	}
	if log.last == 0 {
		log.pruned = first - 1
	}
	for _, c := range changes {
		log.last = c.Sequence
		log.changes = append(log.changes, cloneChange(c))
	}
	t.extend(log)
	return nil
}

// extend replaces the log by one that has been appended to.
func (t *tx) extend(log changeLog) {
	old := t.tables.log
	t.onRollback(func() { // what was there before still is: append does not touch it
		clear(t.tables.log.changes[len(old.changes):])
		t.tables.log = old
	})
	t.tables.log, t.appended = log, t.appended || len(log.changes) > len(old.changes)
}

func (t *tx) PruneChanges(ctx context.Context, before time.Time, keep, most int) (int, error) {
	if err := t.check(ctx); err != nil {
		return 0, err
	}
	log := t.tables.log
	n := 0
	for n < min(most, len(log.changes)-1) {
		tooOld := !before.IsZero() && log.changes[n].Time.Before(before)
		tooMany := keep > 0 && len(log.changes)-n > keep
		if !tooOld && !tooMany {
			break
		}
		n++
	}
	if n > 0 {
		old := log
		t.onRollback(func() { t.tables.log = old })
		log.pruned = log.changes[n-1].Sequence
		log.changes = log.changes[n:] // what stood before goes when the rest next has to grow
		t.tables.log = log
	}
	return n, nil
}

func (t *tx) SetConsumerPosition(ctx context.Context, name string, position int64) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	if insert(t, t.tables.consumers, name, position) != nil {
		replace(t, t.tables.consumers, name, position)
	}
	return nil
}

func (t *tx) DeleteConsumer(ctx context.Context, name string) error {
	if err := t.check(ctx); err != nil {
		return err
	}
	if _, known := t.tables.consumers[name]; known {
		remove(t, t.tables.consumers, name)
	}
	return nil
}

// cloneChange is a change that shares nothing with this one.
func cloneChange(c membership.Change) membership.Change {
	c.Before, c.After = cloneImage(c.Before), cloneImage(c.After)
	return c
}

func cloneImage(i membership.Image) membership.Image {
	if f, ok := i.(membership.Field); ok {
		return own(f)
	}
	return i
}

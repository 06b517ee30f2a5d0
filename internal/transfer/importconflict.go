package transfer

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// conflict is what a row meets that there is already.
type conflict struct {
	cause   error
	by      string    // what it was matched by
	id      uuid.UUID // of what is there
	differs []string  // in what
}

func (c conflict) err() error {
	return &membership.Error{Cause: c.cause, Field: c.by,
		Detail: fmt.Sprintf("%s is there already, and differs in %s", c.id, strings.Join(c.differs, ", "))}
}

// meet decides what becomes of a row that is there already: change makes it what the row says.
func (b *batch) meet(e *entry, c conflict, change func() error) error {
	switch {
	case len(c.differs) == 0:
		e.outcome = unchanged
	case b.opts.OnConflict == ConflictSkip:
		e.outcome = skipped
	case b.opts.OnConflict == ConflictUpdate:
		if err := b.flush(); err != nil { // Why: those that wait come before it
			return err
		}
		if err := change(); err != nil {
			return err
		}
		e.outcome = updated
	default:
		return c.err()
	}
	return nil
}

// causeOf is what refuses a row that was matched by a key.
func causeOf(by Key) error {
	switch by {
	case KeyID:
		return membership.ErrDuplicateID
	case KeyRegistrationID:
		return membership.ErrRegistrationIDTaken
	case KeyExternalRef, KeyEmail:
	}
	return membership.ErrConflict
}

// differences are the attributes in which two rows differ.
func differences[T interface {
	membership.Row
	comparable
}](r membership.Resource, s membership.Schema, old, wanted T) (all []string) {
	for _, attr := range r.Attributes(s.Enabled()...) {
		if old.Value(attr) != wanted.Value(attr) {
			all = append(all, string(attr))
		}
	}
	if len(all) == 0 && old != wanted {
		all = append(all, "its description")
	}
	return all
}

// changed are the custom fields of a row after it was given some.
func changed(s membership.Schema, old, given membership.Fields) (membership.Fields, error) {
	if given.IsZero() {
		return old, nil
	}
	return s.Change(old, given)
}

package crash_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/replay"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// image is a row as a ledger compares it.
func image(row any) string {
	if row == nil {
		return ""
	}
	if l, is := row.(membership.Login); is { // whose hash no log has
		l.PasswordHash = ""
		row = l
	}
	return fmt.Sprintf("%+v", row)
}

// rowID is which row an image is of. There is one of the settings.
func rowID(row any) string {
	switch row := row.(type) {
	case membership.Account:
		return row.ID.String()
	case membership.Member:
		return row.ID.String()
	case membership.Membership:
		return row.ID.String()
	case membership.Tag:
		return row.ID.String()
	case membership.PasswordProfile:
		return row.ID.String()
	case membership.Login:
		return row.ID.String()
	case membership.Flow:
		return row.ID.String()
	case membership.Field:
		return row.ID.String()
	}
	return "the settings"
}

// entryOf is a change as a ledger compares it.
func entryOf(c membership.Change) entry {
	named := c.After
	if named == nil {
		named = c.Before
	}
	return entry{claim{c.Type, rowID(named), image(c.After)}, c.Sequence, c.RequestID, c.Cause == membership.CauseCascade}
}

// reopen opens a database as the next process would, makes everything once more from its log alone, and compares that with
// the rows. It returns the log, and asks for the keys that a ledger knows of.
func reopen(t testing.TB, path string, l *ledger) ([]membership.Change, []string) {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatalf("a killed process left a database that cannot be opened: %v", err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	svc := roster.New(st, roster.Options{})
	var changes []membership.Change
	for c, err := range svc.Changes(t.Context(), 0, roster.ChangeOptions{Stop: true}) {
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, c)
	}
	faults := wrongKeys(t.Context(), svc, l)
	if err := sameAsLog(t.Context(), st, changes); err != nil {
		faults = append(faults, err.Error())
	}
	return changes, faults
}

// sameAsLog compares the rows of a store with what its log says.
func sameAsLog(ctx context.Context, st *sqlitestore.Store, changes []membership.Change) error {
	replayed, err := replay.Log(ctx, changes)
	if err != nil {
		return err
	}
	want, err := replay.Tables(ctx, replayed)
	if err != nil {
		return err
	}
	got, err := replay.Tables(ctx, st)
	if err != nil {
		return err
	}
	return errors.Join(replay.Differ(got, want), replayed.Close())
}

// wrongKeys are those that were acknowledged and are gone, or that were revoked and are there.
func wrongKeys(ctx context.Context, svc *roster.Service, l *ledger) (faults []string) {
	for _, k := range l.keys() {
		var err error
		if k.Token == "" {
			_, err = svc.Credential(ctx, k.Client)
		} else {
			_, err = svc.CheckToken(ctx, k.Token)
		}
		if gone := errors.Is(err, membership.ErrNotFound); gone != k.Gone || err != nil && !gone {
			faults = append(faults, fmt.Sprintf("the credential or token of %s: %v; revoked: %v", k.Client, err, k.Gone))
		}
	}
	return faults
}

// entriesOf are changes as a ledger compares them.
func entriesOf(changes []membership.Change) []entry {
	all := make([]entry, len(changes))
	for i, c := range changes {
		all[i] = entryOf(c)
	}
	return all
}

// verify judges a ledger by the database that its requests were sent to.
func verify(t testing.TB, path string, l *ledger, log func([]membership.Change) []entry) verdict {
	t.Helper()
	changes, faults := reopen(t, path, l)
	entries := log(changes)
	v := l.judge(entries)
	if len(entries) != len(changes) {
		v.fault("the log has %d changes, and %d where it is asked for", len(changes), len(entries))
	}
	v.faults = append(v.faults, faults...)
	return v
}

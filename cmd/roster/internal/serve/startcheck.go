package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// The values of --check-at-start.
const (
	checkQuick = "quick"
	checkFull  = "full"
	checkOff   = "off"
)

// inspect looks at a database file before it is opened, and so before anything is migrated or served: a damaged one is refused.
// Whoever else uses the file is not held up.
func (c config) inspect(ctx context.Context, log *slog.Logger) error {
	if missing, empty := database.Lacking(c.db); c.checkAtStart == checkOff || missing || empty {
		return nil
	}
	done := manager{log}.starting(ctx, "checking "+c.db)
	report, err := sqlitestore.Check(ctx, c.db, sqlitestore.CheckOptions{Quick: c.checkAtStart == checkQuick})
	done()
	switch {
	case errors.Is(err, sqlitestore.ErrNotRoster):
		return nil // it is as good as new, or somebody else's: opening it tells
	case err != nil:
		return fmt.Errorf("cannot serve: %w", err)
	}
	return c.judge(report, log)
}

// openFile opens a database file that was inspected. An operator whose database got lost must see that this is a new one.
func (c config) openFile(log *slog.Logger) (store.Store, error) {
	missing, empty := database.Lacking(c.db)
	st, err := sqlitestore.Open(c.db, c.fileOptions())
	switch {
	case err != nil:
		return nil, err
	case missing:
		log.Info("made a new database", "file", c.db)
	case empty:
		log.Warn("made a new database in a file that was empty: if there was a database in it, stop, and restore a backup", "file", c.db)
	}
	return st, nil
}

// judge refuses to serve what the check found to be damaged. Why not for wrong counters, and a log that somebody removed: the
// rows are whole, a repair of counters works beside a server, and no refusal brings back what is lost.
func (c config) judge(report sqlitestore.Report, log *slog.Logger) error {
	var damage []string
	for _, f := range report.Findings {
		if f.Kind != sqlitestore.FindingCounter && f.Kind != sqlitestore.FindingLogFile {
			damage = append(damage, described(f))
		}
	}
	if len(damage) == 0 {
		for _, f := range report.Findings {
			log.Warn("the check at the start found something wrong; see roster check", "file", c.db, "finding", f.Text, "count", f.Count)
		}
		return nil
	}
	return fmt.Errorf("%s is damaged and is not served: %s; roster check says more: restore a backup, or save what can be read with --check-at-start off",
		c.db, strings.Join(damage, ", "))
}

// described is a finding with one example.
func described(f sqlitestore.Finding) string {
	if len(f.Examples) == 0 {
		return f.Text
	}
	return f.Text + " (" + f.Examples[0] + ")"
}

// How long systemd is asked to wait for a start that goes on, and how often.
const (
	startExtension = 30 * time.Second
	startReminder  = startExtension / 3
)

// starting tells systemd what the start does, and asks it for time until that is done, or ctx ends.
func (m manager) starting(ctx context.Context, what string) (done func()) {
	if !m.present() {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var reminding sync.WaitGroup
	reminding.Go(func() {
		ticks := time.NewTicker(startReminder)
		defer ticks.Stop()
		for {
			m.notify(fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d\nSTATUS=%s", startExtension.Microseconds(), what))
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
		}
	})
	return func() {
		stop()
		reminding.Wait()
	}
}

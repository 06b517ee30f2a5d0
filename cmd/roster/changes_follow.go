package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// changeWriter shows changes: in the command's format or, while it follows, a line for each as it comes.
type changeWriter struct {
	r    *rowCommand
	rows rowWriter
}

func (w *changeWriter) begin(follow bool) (err error) {
	if follow && w.r.output.format == formatTable {
		columns, err := w.r.output.choose(w.r.columns)
		w.rows = changeLines{w.r.stdout, columns}
		return err
	}
	w.rows, err = w.r.output.rows(w.r.stdout, w.r.env, w.r.columns)
	return err
}

func (w *changeWriter) row(row api.Row) error { return w.rows.row(changeRow(row)) }

// follow shows what comes. That it is interrupted is how it ends.
func (w *changeWriter) follow(ctx context.Context, a *api.Client, log *changeLog) error {
	if err := w.flush(); err != nil {
		return err
	}
	lost := func(err error, wait time.Duration) {
		fmt.Fprintf(w.r.stderr, "roster: %s; trying again in %v\n", printable(err.Error()), wait)
	}
	for row, err := range a.Follow(ctx, log.query, log.next, lost) {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := errors.Join(w.row(row), w.flush()); err != nil {
			return err
		}
	}
	return nil
}

// flush lets be seen what was written. Ending the lines of these formats does no more.
func (w *changeWriter) flush() error { return w.rows.end() }

// changeLines writes a line for each change.
type changeLines struct {
	w       interface{ Write([]byte) (int, error) }
	columns []column
}

// lineWidths are those of columns whose values have about the same length.
var lineWidths = map[string]int{"sequence": 6, "time": 24, "type": 26, "actor": 12}

func (l changeLines) row(row api.Row) error {
	var b strings.Builder
	for _, c := range l.columns {
		cell := printable(c.text(row))
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", max(lineWidths[c.name]-columnsOf(cell), 0)) + gap)
	}
	_, err := fmt.Fprintln(l.w, strings.TrimRight(b.String(), " "))
	return outputError(err)
}

func (l changeLines) end() error { return nil }

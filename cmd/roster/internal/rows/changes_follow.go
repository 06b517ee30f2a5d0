package rows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
)

// changeWriter shows changes: in the command's format or, while it follows, a line for each as it comes.
type changeWriter struct {
	r    *rowCommand
	rows output.Writer
}

func (w *changeWriter) begin(follow bool) (err error) {
	if follow && w.r.output.Format == output.Table {
		columns, err := w.r.output.Choose(w.r.columns)
		w.rows = changeLines{w.r.Stdout, columns}
		return err
	}
	w.rows, err = w.r.output.Rows(w.r.Stdout, w.r.Env, w.r.columns)
	return err
}

func (w *changeWriter) row(row api.Row) error { return w.rows.Row(changeRow(row)) }

// follow shows what comes. That it is interrupted is how it ends.
func (w *changeWriter) follow(ctx context.Context, a *api.Client, log *changeLog) error {
	if err := w.flush(); err != nil {
		return err
	}
	lost := func(err error, wait time.Duration) {
		fmt.Fprintf(w.r.Stderr, "roster: %s; trying again in %v\n", terminal.Printable(err.Error()), wait)
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
func (w *changeWriter) flush() error { return w.rows.End() }

// changeLines writes a line for each change.
type changeLines struct {
	w       interface{ Write([]byte) (int, error) }
	columns []output.Column
}

// lineWidths are those of columns whose values have about the same length.
var lineWidths = map[string]int{"sequence": 6, "time": 24, "type": 26, "actor": 12}

func (l changeLines) Row(row api.Row) error {
	var b strings.Builder
	for _, c := range l.columns {
		cell := terminal.Printable(c.Text(row))
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", max(lineWidths[c.Name]-terminal.Columns(cell), 0)) + output.Gap)
	}
	_, err := fmt.Fprintln(l.w, strings.TrimRight(b.String(), " "))
	return exit.OutputError(err)
}

func (l changeLines) End() error { return nil }

// Package output is how commands show rows and reports: as tables for people, and as JSON, NDJSON or CSV for programs.
package output

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
)

// The formats of --output.
const (
	Table  = "table"
	JSON   = "json"
	NDJSON = "ndjson"
	CSV    = "csv"
)

var formats = []string{Table, JSON, NDJSON, CSV}

// Flags is how a command shows rows: the flags --output and --columns.
type Flags struct {
	Format string
	chosen []string
}

// AddTo gives a command the flags. Without columns there is nothing to choose.
func (o *Flags) AddTo(c *cobra.Command, columns []Column) {
	c.Flags().StringVarP(&o.Format, "output", "o", Table, "`format`: table for people; json, ndjson (an object a line, which roster import reads) or csv for programs")
	command.Complete(c, "output", formats...)
	if len(columns) == 0 {
		return
	}
	names := columnNames(columns)
	c.Flags().StringSliceVar(&o.chosen, "columns", nil, "`names` of the columns of a table or of csv, with commas in between: "+strings.Join(names, ", ")+", and custom fields, of rows that have some")
	command.Complete(c, "columns", names...)
}

// Check refuses a format that there is not.
func (o *Flags) Check() error {
	switch {
	case !slices.Contains(formats, o.Format):
		return exit.Usagef("--output is %q, but must be %s or %s", o.Format, strings.Join(formats[:len(formats)-1], ", "), formats[len(formats)-1])
	case len(o.chosen) > 0 && !o.HasColumns():
		return exit.Usagef("--columns is for table and csv; --output %s shows everything", o.Format)
	}
	return nil
}

// HasColumns reports whether the format needs to know which columns there are.
func (o *Flags) HasColumns() bool { return o.Format == Table || o.Format == CSV }

// Choose picks the columns that are to be shown.
func (o *Flags) Choose(columns []Column) ([]Column, error) {
	if len(o.chosen) == 0 {
		return slices.DeleteFunc(slices.Clone(columns), o.leftOut), nil
	}
	var chosen []Column
	for _, name := range o.chosen {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			return nil, exit.Usagef("there is no column %q; there are %s", name, strings.Join(columnNames(columns), ", "))
		}
		chosen = append(chosen, columns[i])
	}
	return chosen, nil
}

func (o *Flags) leftOut(c Column) bool {
	if o.Format == CSV {
		return c.Extra
	}
	return c.Hidden || c.File
}

// Writer writes rows in a format, and at last what comes behind them.
type Writer interface {
	Row(api.Row) error
	End() error
}

// Rows is a writer of a list of rows.
func (o *Flags) Rows(w io.Writer, env func(string) string, columns []Column) (Writer, error) {
	columns, err := o.Choose(columns)
	if err != nil {
		return nil, err
	}
	buffered := bufio.NewWriter(w)
	switch o.Format {
	case JSON:
		return &jsonWriter{w: buffered, indent: terminal.Is(w)}, nil
	case NDJSON:
		return ndjsonWriter{buffered}, nil
	case CSV:
		return newCSVWriter(buffered, columns), nil
	default:
		return &tableWriter{w: buffered, columns: columns, most: tableWidth(w, env)}, nil
	}
}

// One writes one row by itself: as a table, a line for each of its columns.
func (o *Flags) One(w io.Writer, columns []Column, row api.Row) error {
	if o.Format == JSON {
		buffered := bufio.NewWriter(w)
		return exit.OutputError(errors.Join(writeJSON(buffered, row, terminal.Is(w), ""), buffered.WriteByte('\n'), buffered.Flush()))
	}
	if o.Format == Table {
		if len(o.chosen) == 0 {
			columns = slices.DeleteFunc(slices.Clone(columns), func(c Column) bool { return c.File || c.Extra && c.Text(row) == "" })
		}
		chosen, err := (&Flags{Format: JSON, chosen: o.chosen}).chooseAll(columns)
		if err != nil {
			return err
		}
		return exit.OutputError(writeBlock(w, chosen, row))
	}
	rows, err := o.Rows(w, nil, columns)
	if err != nil {
		return err
	}
	return errors.Join(rows.Row(row), rows.End())
}

// chooseAll picks the columns that are to be shown of one row: every one, unless some were asked for.
func (o *Flags) chooseAll(columns []Column) ([]Column, error) {
	if len(o.chosen) == 0 {
		return columns, nil
	}
	return o.Choose(columns)
}

// tableWidth is how many columns a table may take: any number where it is not for a terminal.
func tableWidth(w io.Writer, env func(string) string) int {
	columns, isTerminal := terminal.Width(w)
	if !isTerminal {
		return 0
	}
	if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return columns
}

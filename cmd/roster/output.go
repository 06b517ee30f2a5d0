package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// The formats of --output.
const (
	formatTable  = "table"
	formatJSON   = "json"
	formatNDJSON = "ndjson"
	formatCSV    = "csv"
)

var formats = []string{formatTable, formatJSON, formatNDJSON, formatCSV}

// column is one of what can be shown of a row.
type column struct {
	name   string
	value  func(api.Row) json.RawMessage
	custom bool // a custom field
	whole  bool // never cut: what people copy
	hidden bool // not in a table, unless somebody asks for it
	extra  bool // not the row's own: only for people, or where somebody asks for it
	file   bool // only for programs, or where somebody asks for it
}

// at is a column of a member, or of what is at the end of a way of members.
func at(name string, way ...string) column {
	if len(way) == 0 {
		way = []string{name}
	}
	return column{name: name, value: func(r api.Row) json.RawMessage { return r.At(way...) }}
}

// told is a column of what something tells about a row.
func told(name string, tell func(api.Row) string) column {
	return column{name: name, value: func(r api.Row) json.RawMessage { return api.Spelled(tell(r)) }}
}

// text is what people read of a row in the column.
func (c column) text(r api.Row) string { return api.Plain(c.value(r)) }

// heading is what a column is called in a table.
func (c column) heading() string {
	if c.custom {
		return strings.ToUpper(c.name)
	}
	return strings.ToUpper(strings.NewReplacer("account_member.", "member ", "_", " ", ".", " ").Replace(c.name))
}

// output is how a command shows rows: the flags --output and --columns.
type output struct {
	format string
	chosen []string
}

// flags gives a command the flags. Without columns there is nothing to choose.
func (o *output) flags(c *cobra.Command, columns []column) {
	c.Flags().StringVarP(&o.format, "output", "o", formatTable, "`format`: table for people; json, ndjson (an object a line, which roster import reads) or csv for programs")
	complete(c, "output", formats...)
	if len(columns) == 0 {
		return
	}
	names := columnNames(columns)
	c.Flags().StringSliceVar(&o.chosen, "columns", nil, "`names` of the columns of a table or of csv, with commas in between: "+strings.Join(names, ", ")+", and custom fields")
	complete(c, "columns", names...)
}

func columnNames(columns []column) []string {
	var names []string
	for _, c := range columns {
		names = append(names, c.name)
	}
	return names
}

// check refuses a format that there is not.
func (o *output) check() error {
	switch {
	case !slices.Contains(formats, o.format):
		return usagef("--output is %q, but must be %s or %s", o.format, strings.Join(formats[:len(formats)-1], ", "), formats[len(formats)-1])
	case len(o.chosen) > 0 && !o.hasColumns():
		return usagef("--columns is for table and csv; --output %s shows everything", o.format)
	}
	return nil
}

// hasColumns reports whether the format needs to know which columns there are.
func (o *output) hasColumns() bool { return o.format == formatTable || o.format == formatCSV }

// choose picks the columns that are to be shown.
func (o *output) choose(columns []column) ([]column, error) {
	if len(o.chosen) == 0 {
		return slices.DeleteFunc(slices.Clone(columns), o.leftOut), nil
	}
	var chosen []column
	for _, name := range o.chosen {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(columns, func(c column) bool { return c.name == name })
		if i < 0 {
			return nil, usagef("there is no column %q; there are %s", name, strings.Join(columnNames(columns), ", "))
		}
		chosen = append(chosen, columns[i])
	}
	return chosen, nil
}

func (o *output) leftOut(c column) bool {
	if o.format == formatCSV {
		return c.extra
	}
	return c.hidden || c.file
}

// rowWriter writes rows in a format, and at last what comes behind them.
type rowWriter interface {
	row(api.Row) error
	end() error
}

// rows is a writer of a list of rows.
func (o *output) rows(w io.Writer, env func(string) string, columns []column) (rowWriter, error) {
	columns, err := o.choose(columns)
	if err != nil {
		return nil, err
	}
	_, terminal := terminalWidth(w)
	buffered := bufio.NewWriter(w)
	switch o.format {
	case formatJSON:
		return &jsonWriter{w: buffered, indent: terminal}, nil
	case formatNDJSON:
		return ndjsonWriter{buffered}, nil
	case formatCSV:
		return newCSVWriter(buffered, columns), nil
	default:
		return &tableWriter{w: buffered, columns: columns, most: tableWidth(w, env)}, nil
	}
}

// one writes one row by itself: as a table, a line for each of its columns.
func (o *output) one(w io.Writer, columns []column, row api.Row) error {
	if o.format == formatJSON {
		_, terminal := terminalWidth(w)
		buffered := bufio.NewWriter(w)
		return outputError(errors.Join(writeJSON(buffered, row, terminal, ""), buffered.WriteByte('\n'), buffered.Flush()))
	}
	if o.format == formatTable {
		if len(o.chosen) == 0 {
			columns = slices.DeleteFunc(slices.Clone(columns), func(c column) bool { return c.file || c.extra && c.text(row) == "" })
		}
		chosen, err := (&output{format: formatJSON, chosen: o.chosen}).chooseAll(columns)
		if err != nil {
			return err
		}
		return outputError(writeBlock(w, chosen, row))
	}
	rows, err := o.rows(w, nil, columns)
	if err != nil {
		return err
	}
	return errors.Join(rows.row(row), rows.end())
}

// chooseAll picks the columns that are to be shown of one row: every one, unless some were asked for.
func (o *output) chooseAll(columns []column) ([]column, error) {
	if len(o.chosen) == 0 {
		return columns, nil
	}
	return o.choose(columns)
}

// tableWidth is how many columns a table may take: any number where it is not for a terminal.
func tableWidth(w io.Writer, env func(string) string) int {
	columns, terminal := terminalWidth(w)
	if !terminal {
		return 0
	}
	if n, err := strconv.Atoi(env("COLUMNS")); err == nil && n > 0 {
		return n
	}
	return columns
}

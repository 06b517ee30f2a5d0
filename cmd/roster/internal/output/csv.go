package output

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/transfer"
)

// csvWriter writes a line for each row, behind one with the names of the columns.
type csvWriter struct {
	buffered *bufio.Writer
	w        *csv.Writer
	columns  []Column
}

func newCSVWriter(buffered *bufio.Writer, columns []Column) *csvWriter {
	w := csv.NewWriter(buffered)
	_ = w.Write(columnNames(columns)) // end tells
	return &csvWriter{buffered, w, columns}
}

func (c *csvWriter) Row(r api.Row) error {
	cells := make([]string, len(c.columns))
	for i, column := range c.columns {
		cells[i] = csvCell(column.value(r))
	}
	return exit.OutputError(c.w.Write(cells))
}

func (c *csvWriter) End() error {
	c.w.Flush()
	return exit.OutputError(errors.Join(c.w.Error(), c.buffered.Flush()))
}

// csvCell is a value as roster import reads it from a table: nothing for null, \E for the empty text, any other text so that
// no spreadsheet runs it.
func csvCell(value json.RawMessage) string {
	text := api.Plain(value)
	switch {
	case string(value) == "null" || value[0] != '"':
		return text
	case text == "":
		return `\E`
	}
	return transfer.TextCell(text)
}

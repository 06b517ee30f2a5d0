package output

import (
	"bufio"
	"io"
	"strings"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
)

// tableWriter aligns rows. It keeps them until the end, because the last may be the widest.
type tableWriter struct {
	w       *bufio.Writer
	columns []Column
	most    int // how many columns of a terminal a line may take; 0 is any number
	lines   [][]string
}

func (t *tableWriter) Row(r api.Row) error {
	line := make([]string, len(t.columns))
	for i, c := range t.columns {
		line[i] = terminal.Printable(c.Text(r))
	}
	t.lines = append(t.lines, line)
	return nil
}

func (t *tableWriter) End() error {
	headings := make([]string, len(t.columns))
	for i, c := range t.columns {
		headings[i] = c.heading()
	}
	t.lines = append([][]string{headings}, t.lines...)
	widths := t.widths()
	for _, line := range t.lines {
		t.write(line, widths)
	}
	return exit.OutputError(t.w.Flush())
}

// gap is between the columns of a table, and narrowest is what a column is never cut below.
const (
	Gap       = "  "
	narrowest = 8
)

// widths are those of the columns: of their widest cells, or less where a terminal has not the room.
func (t *tableWriter) widths() []int {
	widths := make([]int, len(t.columns))
	total := len(Gap) * (len(widths) - 1)
	for i := range widths {
		for _, line := range t.lines {
			widths[i] = max(widths[i], terminal.Columns(line[i]))
		}
		total += widths[i]
	}
	for ; t.most > 0 && total > t.most; total-- {
		widest := -1
		for i, w := range widths {
			if !t.columns[i].Whole && w > narrowest && (widest < 0 || w > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break // the terminal breaks the lines
		}
		widths[widest]--
	}
	return widths
}

func (t *tableWriter) write(line []string, widths []int) {
	var b strings.Builder
	for i, cell := range line {
		cell = terminal.Cut(cell, widths[i])
		b.WriteString(cell)
		b.WriteString(strings.Repeat(" ", widths[i]-terminal.Columns(cell)) + Gap)
	}
	_, _ = t.w.WriteString(strings.TrimRight(b.String(), " ") + "\n") // Flush tells
}

// writeBlock writes one row, a line for each column.
func writeBlock(w io.Writer, columns []Column, row api.Row) error {
	buffered := bufio.NewWriter(w)
	widest := 0
	for _, c := range columns {
		widest = max(widest, terminal.Columns(c.Name))
	}
	for _, c := range columns {
		line := c.Name + strings.Repeat(" ", widest-terminal.Columns(c.Name)) + Gap + terminal.Printable(c.Text(row))
		_, _ = buffered.WriteString(strings.TrimRight(line, " ") + "\n") // Flush tells
	}
	return buffered.Flush()
}

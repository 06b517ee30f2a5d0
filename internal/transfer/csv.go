package transfer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/roster-go/roster/httpadapter"
)

// table reads a file with a header and a record for each row. Rows are of the type that their type column says, else of
// the given one, else of the one that the header suggests.
func (s *cursor) table(rowType string, yield func(Row) bool) error {
	comma, err := s.header()
	if err != nil {
		return err
	}
	r := &csvReader{cursor: s, comma: comma}
	line, ok, fault := r.record()
	switch {
	case !ok && s.failure() != nil:
		return s.failure()
	case !ok:
		return nil
	case fault != nil:
		return fmt.Errorf("line %d, the header: %w", line, fault)
	}
	t, err := newTable(r.cells, rowType)
	if err != nil {
		return err
	}
	for {
		line, ok, fault := r.record()
		if !ok {
			return s.failure()
		}
		row := Row{Line: line, Texts: true, Source: r.text, Err: fault}
		if fault == nil {
			row.Data, row.spelled, row.Err = t.read(r.cells)
		}
		if row.Data == nil && row.Err == nil {
			continue
		}
		if !yield(row) {
			return errLeft
		}
	}
}

// header goes to where the header begins, and tells what its columns are separated by: what a line in front of it says, or
// else what it has most of.
func (s *cursor) header() (comma byte, err error) {
	line := s.line
	first, _ := s.takeLine()
	comma, said := saidSeparator(first)
	if said {
		line = s.line
		first, _ = s.takeLine()
	}
	if bytes.IndexByte(first, '\r') >= 0 { // Why not a header that nothing follows: all rows would be lost without a word
		return 0, fmt.Errorf("line %d, the header: %w", line, errCarriageReturns)
	}
	if !said {
		comma = separator(first)
	}
	s.back(line)
	return comma, nil
}

// saidSeparator reads the first line that Excel understands: sep= and a character. said is false of any other line.
func saidSeparator(line []byte) (comma byte, said bool) {
	const before = "sep="
	if len(line) != len(before)+1 || !bytes.EqualFold(line[:len(before)], []byte(before)) {
		return 0, false
	}
	comma = line[len(before)]
	return comma, comma != '"' && (comma == '\t' || comma >= ' ' && comma <= '~')
}

// separator tells by a header what its columns are separated by.
func separator(header []byte) byte {
	best, most := byte(','), bytes.Count(header, []byte(","))
	for _, c := range []byte(";\t") {
		if n := bytes.Count(header, []byte{c}); n > most {
			best, most = c, n
		}
	}
	return best
}

// csvReader reads records. Why not that of encoding/csv: a quote that somebody forgot to close would take the rest of the
// file along, line ends within a cell would change, and a refused record is given back as it was.
type csvReader struct {
	*cursor
	comma byte
	cells []string
	text  string // the record as it is in the file, without its end
}

var errCarriageReturns = errors.New("the lines end with carriage returns only; save the file with line feeds")

var (
	errBareQuote = errors.New(`a " is within a cell that does not begin with one; begin and end the cell with ", and double those within`)
	errUnclosed  = errors.New(`a cell begins with " and does not end with one`)
	errBehind    = errors.New(`something follows the " that ends a cell; a " within a cell must be doubled`)
	errUTF8      = errors.New("the row is not valid UTF-8; save the file as UTF-8")
)

// record reads the next record that is not blank into cells and text, and returns its line. ok is false at the end of
// the file. A record with a fault ends with its first line, because nothing is known of those behind.
func (r *csvReader) record() (line int, ok bool, fault error) {
	for {
		line = r.begin()
		if r.ended() {
			return line, false, nil
		}
		r.text = ""
		fault = r.readCells()
		switch {
		case r.broken(fault):
			return line, false, nil
		case r.long, len(r.text) > r.most:
			fault = errTooLong
		case fault == nil && len(r.cells) == 1 && r.cells[0] == "":
			continue
		}
		if fault == nil {
			return line, true, nil
		}
		r.back(line)
		text, whole := r.takeLine()
		if r.text = string(text); text == nil {
			fault = errTooLong
		}
		return line, whole, fault
	}
}

// broken reports whether the record ended because the file could not be read any further.
func (r *csvReader) broken(fault error) bool {
	return r.failure() != nil && r.ended() && (fault != nil || !bytes.HasSuffix(r.row(), []byte("\n")))
}

// readCells reads a record that begins here.
func (r *csvReader) readCells() error {
	r.cells = r.cells[:0]
	for {
		cell, err := r.cell()
		if err != nil {
			return err
		}
		r.cells = append(r.cells, cell)
		c, more := r.peek()
		if !more || c == '\n' {
			text := bytes.TrimSuffix(r.row(), []byte("\r"))
			r.text = string(text)
			if more {
				r.skip()
			}
			if !utf8.Valid(text) {
				return errUTF8
			}
			return nil
		}
		r.skip()
	}
}

// cell reads a cell, and goes to what is behind it: a separator, the end of a line, or the end of the file.
func (r *csvReader) cell() (string, error) {
	if c, _ := r.peek(); c == '"' {
		return r.quoted()
	}
	from := r.at - r.mark
	for {
		c, more := r.peek()
		switch {
		case !more, c == '\n':
			return string(bytes.TrimSuffix(r.row()[from:], []byte("\r"))), nil
		case c == r.comma:
			return string(r.row()[from:]), nil
		case c == '"':
			return "", errBareQuote
		}
		r.at++
	}
}

// quoted reads a cell in quotes.
func (r *csvReader) quoted() (string, error) {
	r.skip()
	from, doubled := r.at-r.mark, false
	for {
		c, more := r.peek()
		if !more {
			return "", errUnclosed
		}
		r.skip()
		if c != '"' {
			continue
		}
		text := r.row()
		text = text[from : len(text)-1]
		c, more = r.peek()
		if more && c == '"' {
			doubled = true
			r.skip()
			continue
		}
		cell := string(r.row()[from : from+len(text)])
		if doubled {
			cell = string(bytes.ReplaceAll([]byte(cell), []byte(`""`), []byte(`"`)))
		}
		return cell, r.behindQuote()
	}
}

// behindQuote checks that a cell in quotes has ended, and goes to what is behind it.
func (r *csvReader) behindQuote() error {
	c, more := r.peek()
	if more && c == '\r' {
		r.skip()
		if c, more = r.peek(); more && c != '\n' {
			return errBehind
		}
	}
	if more && c != r.comma && c != '\n' {
		return errBehind
	}
	return nil
}

// read makes a row of a record, and tells how the header spells its names; nil where nothing is said in it.
func (t *table) read(cells []string) (data map[string]any, spelled map[string]string, err error) {
	if len(cells) != len(t.header) {
		return nil, nil, fmt.Errorf("the row has %d cells, and the header %d", len(cells), len(t.header))
	}
	if !slices.ContainsFunc(cells, func(cell string) bool { return cell != "" }) {
		return nil, nil, nil
	}
	rowType := t.rowType
	if t.typeAt >= 0 {
		rowType = cmp.Or(cells[t.typeAt], rowType)
	}
	data = make(map[string]any, len(cells)+1)
	if rowType != "" {
		data[typeColumn] = rowType
	}
	naming := t.columns(rowType)
	for i, cell := range cells {
		value, said := readCell(cell)
		if !said || i == t.typeAt {
			continue
		}
		name := naming.names[i]
		if name == "" {
			return nil, nil, fmt.Errorf("there is something in column %d, which has no name; name it in the header, or empty the cell", i+1)
		}
		if nestedColumns[name] {
			if value, err = readNested(name, value); err != nil {
				return nil, nil, err
			}
		}
		data[name] = value
	}
	return data, naming.spelled, nil
}

// readNested reads a cell that has JSON in it.
func readNested(name string, value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return value, nil
	}
	wrapped, err := httpadapter.ParseObject([]byte(`{"cell":` + text + `}`))
	if err != nil {
		return nil, fmt.Errorf("the column %s must have JSON in it, as the API shows it: %w", name, err)
	}
	return wrapped["cell"], nil
}

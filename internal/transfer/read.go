package transfer

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/roster-go/roster/httpadapter"
)

// ReadOptions say what there is to read.
type ReadOptions struct {
	// Format is how the file is written; empty means that its name tells, or else its first bytes.
	Format Format

	// Name is what the file is called.
	Name string

	// Type is the type of those rows that do not say theirs: account_membership, for example.
	Type string

	// maxRow is less than [MaxRow] in tests of it, which would take minutes else.
	maxRow int
}

// Read reads the rows of a file, one by one, in its order. A row that cannot be read says why in its Err, and keeps no
// other out. An error is about the whole file, and ends it: it could not be read any further, or it is not of its format.
// Blank lines, and records of a table in which nothing is said, are no rows.
//
// Memory is bounded by [MaxRow]. The reader is read to its end once.
func Read(r io.Reader, opts ReadOptions) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s := newCursor(r, cmp.Or(opts.maxRow, MaxRow))
		format := cmp.Or(opts.Format, FormatOf(opts.Name))
		if err := s.head(format == ""); err != nil {
			yield(Row{}, err)
			return
		}
		if format == "" {
			format = sniff(s.buf[s.at:])
		}
		rows := func(row Row) bool { return yield(row.as(opts.Type), nil) }
		var err error
		switch format {
		case NDJSON:
			err = s.lines(rows)
		case CSV:
			err = s.table(opts.Type, rows)
		case JSON:
			err = s.list(rows)
		default:
			err = fmt.Errorf("the format %q is not known; use %s, %s or %s", format, NDJSON, CSV, JSON)
		}
		if err != nil && !errors.Is(err, errLeft) {
			yield(Row{}, err)
		}
	}
}

// errLeft says that the caller has left the loop.
var errLeft = errors.New("left")

// as gives the row a type, unless it has one.
func (r Row) as(rowType string) Row {
	if _, said := r.Data["type"]; !said && r.Data != nil && rowType != "" {
		r.Data["type"] = rowType
	}
	return r
}

var (
	utf8Mark   = []byte("\xef\xbb\xbf")
	utf16Marks = [][]byte{[]byte("\xff\xfe"), []byte("\xfe\xff")}
)

// head reads the beginning, enough to tell the format if that is needed, and goes behind the mark that some programs put
// in front of UTF-8.
func (s *cursor) head(sniffs bool) error {
	wanted := len(utf8Mark)
	if sniffs {
		wanted = sniffed
	}
	for len(s.buf) < wanted && s.more() {
	}
	for _, mark := range utf16Marks {
		if bytes.HasPrefix(s.buf, mark) {
			return errors.New("the file is written in UTF-16; save it as UTF-8")
		}
	}
	if bytes.HasPrefix(s.buf, utf8Mark) {
		s.at = len(utf8Mark)
	}
	return nil
}

// lines reads a file with an object on each line.
func (s *cursor) lines(yield func(Row) bool) error {
	for {
		number := s.line
		text, ok := s.takeLine()
		if !ok {
			return s.failure()
		}
		if text != nil && len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		if !yield(objectRow(text, number)) {
			return errLeft
		}
	}
}

// objectRow is a row that is a JSON object; nil is one that is too long.
func objectRow(text []byte, line int) Row {
	if text == nil {
		return Row{Line: line, Err: errTooLong}
	}
	data, err := httpadapter.ParseObject(text)
	return Row{Line: line, Data: data, Source: string(text), Err: err}
}

var errTooLong = fmt.Errorf("the row has more than %d bytes", MaxRow)

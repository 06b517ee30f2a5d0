package operate

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/internal/transfer"
)

// refusals tells of the rows that an import refuses: the first ones to a person, all of them to a file, if one is named.
type refusals struct {
	told   int
	people *progressLine
	file   *os.File
	buffer *bufio.Writer
	write  func(transfer.Refusal) error
}

// toldRefusals are enough to see what is wrong.
const toldRefusals = 10

// newRefusals begins the file, which only its owner may read.
func newRefusals(path string, people *progressLine) (*refusals, error) {
	r := &refusals{people: people, write: func(transfer.Refusal) error { return nil }}
	if path == "" {
		return r, nil
	}
	var err error
	if r.file, err = privateFile(path); err != nil {
		return nil, fmt.Errorf("cannot write the report: %w", err)
	}
	r.buffer = bufio.NewWriter(r.file)
	if !strings.HasSuffix(strings.ToLower(path), ".csv") {
		r.write = ndjsonRefusals(r.buffer)
		return r, nil
	}
	r.write, err = csvRefusals(r.buffer)
	return r, err
}

// refusalJSON is one refusal in a file.
type refusalJSON struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Type   string `json:"type"`
	Code   string `json:"code"`
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Row    string `json:"row"`
}

func ndjsonRefusals(w io.Writer) func(transfer.Refusal) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return func(r transfer.Refusal) error {
		return e.Encode(refusalJSON{r.File, r.Line, r.Type, r.Code, r.Field, r.Reason, r.Source})
	}
}

func csvRefusals(w io.Writer) (func(transfer.Refusal) error, error) {
	c := csv.NewWriter(w)
	write := func(cells ...string) error {
		for i, cell := range cells {
			cells[i] = transfer.TextCell(cell)
		}
		if err := c.Write(cells); err != nil {
			return err
		}
		c.Flush()
		return c.Error()
	}
	return func(r transfer.Refusal) error {
		return write(r.File, strconv.Itoa(r.Line), r.Type, r.Code, r.Field, r.Reason, r.Source)
	}, write("file", "line", "type", "code", "field", "reason", "row")
}

// add is told of one refusal.
func (r *refusals) add(one transfer.Refusal) error {
	if r.told++; r.told <= toldRefusals {
		r.people.say(fmt.Sprintf("%s:%d: %s (%s)", terminal.Printable(one.File), one.Line, terminal.Printable(one.Reason), one.Code))
	}
	if err := r.write(one); err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// close ends the file.
func (r *refusals) close() error {
	if r.told > toldRefusals {
		r.people.say(fmt.Sprintf("... and %s more", terminal.Grouped(r.told-toldRefusals)))
	}
	if r.file == nil {
		return nil
	}
	err := r.buffer.Flush()
	if closing := r.file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("cannot write the report: %w", err)
	}
	return nil
}

// privateFile begins a file that only its owner may read, also where there is one that others could: there is people's data in
// it. What is no file, such as a pipe, it takes as it is.
func privateFile(path string) (f *os.File, err error) {
	if f, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		if err = f.Chmod(0o600); err == nil {
			err = f.Truncate(0)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

package transfer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// rowWriter writes rows that are spelled as JSON.
type rowWriter interface {
	write(line []byte) error
	close() error // writes what is left; the file stays open
}

// writer is what writes in the format of the export.
func (e *exporter) writer(w io.Writer) (rowWriter, error) {
	if e.opts.Format != CSV {
		return lineWriter{bufio.NewWriterSize(w, writeSize)}, nil
	}
	t := e.newTableWriter(w)
	return t, t.header()
}

// writeSize is how much is written at once.
const writeSize = 64 << 10

type lineWriter struct{ *bufio.Writer }

func (w lineWriter) write(line []byte) error {
	if _, err := w.Write(line); err != nil {
		return err
	}
	return w.WriteByte('\n')
}

func (w lineWriter) close() error { return w.Flush() }

// tableWriter writes rows as records of a table. Why it takes rows apart that were put together before: so there is one
// place that knows how a row is spelled.
type tableWriter struct {
	out   *csv.Writer
	names []string
	nulls map[string]map[string]bool // by the rows' type and the custom field: whether null must be said
	cells []string
	at    map[string]int // where the columns are
}

func (e *exporter) newTableWriter(w io.Writer) *tableWriter {
	t := &tableWriter{out: csv.NewWriter(bufio.NewWriterSize(w, writeSize)), nulls: map[string]map[string]bool{}, at: map[string]int{}}
	for _, c := range columns {
		needed := len(c.types) == 0 || slices.ContainsFunc(c.types, e.opts.wants)
		if c.name == tagsColumn && e.tagsByID || c.name == relationshipsColumn && !e.tagsByID {
			needed = false
		}
		if needed {
			t.add(c.name)
		}
	}
	var slugs []string
	for _, r := range membership.FlowResources() {
		nulls := map[string]bool{}
		t.nulls[string(r)] = nulls
		for _, f := range e.schemas[r].Enabled() {
			nulls[f.Slug] = f.Default.Kind() != membership.KindNull
			if e.opts.wants(string(r)) {
				slugs = append(slugs, f.Slug)
			}
		}
	}
	slices.Sort(slugs)
	for _, slug := range slugs {
		t.add(slug)
	}
	t.cells = make([]string, len(t.names))
	return t
}

// add adds a column, unless it is there already.
func (t *tableWriter) add(name string) {
	if _, ok := t.at[name]; !ok {
		t.at[name] = len(t.names)
		t.names = append(t.names, name)
	}
}

func (t *tableWriter) header() error { return t.out.Write(t.names) }

func (t *tableWriter) close() error {
	t.out.Flush()
	return t.out.Error()
}

func (t *tableWriter) write(line []byte) error {
	row, err := httpadapter.ParseObject(line)
	if err != nil {
		return fmt.Errorf("transfer: a row of the export cannot be read again: %w", err)
	}
	clear(t.cells)
	if meta, ok := row["meta"].(map[string]any); ok {
		times, _ := meta["timestamps"].(map[string]any)
		row[createdColumn], row[updatedColumn] = times[createdColumn], times[updatedColumn]
	}
	nulls := t.nulls[row[typeColumn].(string)]
	for name, value := range row {
		at, ok := t.at[name]
		if !ok {
			continue // what other columns say
		}
		if t.cells[at], err = spellCell(name, value, nulls[name]); err != nil {
			return err
		}
	}
	return t.out.Write(t.cells)
}

// spellCell spells a value.
func spellCell(name string, value any, sayNull bool) (string, error) {
	switch value := value.(type) {
	case nil:
		if sayNull {
			return nullCell, nil
		}
		return "", nil
	case string:
		return textCell(value), nil
	case json.Number:
		return value.String(), nil
	case bool:
		if value {
			return "true", nil
		}
		return "false", nil
	case []any:
		if name == tagsColumn {
			return textCell(joinNames(textsOf(value))), nil
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // Why: it is for people to read
	err := e.Encode(value)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func textsOf(values []any) []string {
	all := make([]string, len(values))
	for i, value := range values {
		all[i], _ = value.(string)
	}
	return all
}

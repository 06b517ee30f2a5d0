package output

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
)

// jsonWriter writes one list: over several lines for people, in one for programs.
type jsonWriter struct {
	w      *bufio.Writer
	indent bool
	begun  bool
}

func (j *jsonWriter) Row(r api.Row) error {
	before := "["
	if j.begun {
		before = ","
	}
	j.begun = true
	if j.indent {
		before += "\n  "
	}
	_, err := j.w.WriteString(before)
	return exit.OutputError(errors.Join(err, writeJSON(j.w, r, j.indent, "  ")))
}

func (j *jsonWriter) End() error {
	after := "]\n"
	switch {
	case !j.begun:
		after = "[]\n"
	case j.indent:
		after = "\n]\n"
	}
	_, err := j.w.WriteString(after)
	return exit.OutputError(errors.Join(err, j.w.Flush()))
}

// writeJSON writes a row.
func writeJSON(w *bufio.Writer, r api.Row, indent bool, prefix string) error {
	text := terminal.PlainJSON(r.JSON())
	if indent {
		var b bytes.Buffer
		if err := json.Indent(&b, text, prefix, "  "); err != nil {
			return fmt.Errorf("the answer is no JSON: %w", err)
		}
		text = b.Bytes()
	}
	_, err := w.Write(text)
	return err
}

// ndjsonWriter writes a line for each row, at once: somebody may be waiting for it.
type ndjsonWriter struct{ w *bufio.Writer }

func (n ndjsonWriter) Row(r api.Row) error {
	_, err := n.w.Write(append(terminal.PlainJSON(r.JSON()), '\n'))
	return exit.OutputError(err)
}

func (n ndjsonWriter) End() error { return exit.OutputError(n.w.Flush()) }

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// jsonWriter writes one list: over several lines for people, in one for programs.
type jsonWriter struct {
	w      *bufio.Writer
	indent bool
	begun  bool
}

func (j *jsonWriter) row(r api.Row) error {
	before := "["
	if j.begun {
		before = ","
	}
	j.begun = true
	if j.indent {
		before += "\n  "
	}
	_, err := j.w.WriteString(before)
	return outputError(errors.Join(err, writeJSON(j.w, r, j.indent, "  ")))
}

func (j *jsonWriter) end() error {
	after := "]\n"
	switch {
	case !j.begun:
		after = "[]\n"
	case j.indent:
		after = "\n]\n"
	}
	_, err := j.w.WriteString(after)
	return outputError(errors.Join(err, j.w.Flush()))
}

// writeJSON writes a row.
func writeJSON(w *bufio.Writer, r api.Row, indent bool, prefix string) error {
	text := plainJSON(r.JSON())
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

func (n ndjsonWriter) row(r api.Row) error {
	_, err := n.w.Write(append(plainJSON(r.JSON()), '\n'))
	return outputError(err)
}

func (n ndjsonWriter) end() error { return outputError(n.w.Flush()) }

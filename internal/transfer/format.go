package transfer

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
)

// Format is how a file is written.
type Format string

// The formats.
const (
	NDJSON Format = "ndjson" // a JSON object on each line, as the API shows it in data
	CSV    Format = "csv"    // a table with a header
	JSON   Format = "json"   // what the API answers: {"data": [...]} or {"data": {...}}; also a bare list. Only for reading
)

// FormatOf tells the format of a file by its name; empty where that does not say.
func FormatOf(name string) Format {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".ndjson", ".jsonl":
		return NDJSON
	case ".csv", ".tsv":
		return CSV
	case ".json":
		return JSON
	}
	return ""
}

// sniffed is how many bytes are looked at to tell a format.
const sniffed = 64 << 10

// documentBegins is how an answer of the API begins, and hardly ever a row.
var documentBegins = regexp.MustCompile(`^\{\s*"(data|meta|links|included)"\s*:`)

// sniff tells the format by the first bytes of a file.
func sniff(text []byte) Format {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 {
		return NDJSON // Why: in a table something would be missing, here nothing is
	}
	line, _, whole := bytes.Cut(text, []byte("\n"))
	line = bytes.TrimSpace(line)
	switch {
	case text[0] == '[':
		return JSON
	case text[0] != '{':
		return CSV
	case isRow(line):
		return NDJSON
	case documentBegins.Match(text):
		return JSON
	case whole && strings.ContainsRune("{[,", rune(line[len(line)-1])): // an object that goes on below
		return JSON
	}
	return NDJSON
}

// isRow reports whether a line is an object that says what type it is of.
func isRow(line []byte) bool {
	var row struct {
		Type *string `json:"type"`
	}
	return json.Unmarshal(line, &row) == nil && row.Type != nil
}

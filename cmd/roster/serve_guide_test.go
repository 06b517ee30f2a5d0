package main

import (
	"os"
	"regexp"
	"testing"
)

// guide is docs/serving.md.
func guide(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fieldRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")

// documentedFields are those of a line of the request log.
func documentedFields(t *testing.T) map[string]bool {
	t.Helper()
	fields := map[string]bool{}
	for _, m := range fieldRow.FindAllStringSubmatch(guide(t), -1) {
		fields[m[1]] = true
	}
	return fields
}

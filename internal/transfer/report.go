package transfer

import (
	"errors"
	"strings"

	"github.com/roster-go/roster/httpadapter"
)

// Counts are how many rows became what.
type Counts struct {
	Created   int // are there now
	Updated   int // were there, and are now as the row says
	Unchanged int // were there, and the row says nothing else
	Skipped   int // were there and differ, and were left as they are
	Refused   int // changed nothing; see [Refusal]
}

// Rows is how many rows there were in all.
func (c Counts) Rows() int { return c.Created + c.Updated + c.Unchanged + c.Skipped + c.Refused }

// of is the count of an outcome.
func (c *Counts) of(o outcome) *int {
	switch o {
	case created:
		return &c.Created
	case updated:
		return &c.Updated
	case unchanged:
		return &c.Unchanged
	case skipped:
		return &c.Skipped
	case refused:
	}
	return &c.Refused
}

// Report is what an import has done.
type Report struct {
	Counts                   // of all rows
	Types  map[string]Counts // of the rows of each type; those whose type could not be read are under ""
	Files  int               // how many files were read to their end

	// Undone says that nothing of it was kept: it was a dry run, or atomic with a row that was refused, or atomic and
	// ended early. The counts are what would have been.
	Undone bool

	// Warnings are sentences about what was ignored, each told once.
	Warnings []string
}

// Refusal says why a row changed nothing.
type Refusal struct {
	File   string
	Line   int    // where the row begins, from 1
	Type   string // empty where it could not be read
	Code   string // as the API's errors have it; or one of the codes of this package
	Field  string // the member or the column at fault; or empty
	Reason string // for people
	Source string // the row's own text
}

// The codes that the API does not have.
const (
	CodeMalformedRow = "malformed_row" // the row cannot be read
	CodeAmbiguous    = "ambiguous"     // several rows have what it is to be matched by
)

// ambiguousError refuses a row that cannot tell which of several it means.
type ambiguousError struct{ field, reason string }

func (e *ambiguousError) Error() string { return e.reason }

// unreadableError refuses a row that could not be read.
type unreadableError struct{ err error }

func (e *unreadableError) Error() string { return e.err.Error() }
func (e *unreadableError) Unwrap() error { return e.err }

// refusal tells why a row was refused.
func (e *entry) refusal() Refusal {
	r := Refusal{File: e.file.Name, Line: e.Line, Type: e.kind, Source: e.Source}
	if unreadable, ok := errors.AsType[*unreadableError](e.fault); ok {
		r.Code, r.Reason = CodeMalformedRow, unreadable.Error()
		return r
	}
	if ambiguous, ok := errors.AsType[*ambiguousError](e.fault); ok {
		r.Code, r.Field, r.Reason = CodeAmbiguous, ambiguous.field, ambiguous.reason
		return r
	}
	faults := httpadapter.Faults(e.fault)
	r.Code, r.Field = faults[0].Code, faults[0].Field
	reasons := make([]string, len(faults))
	for i, f := range faults {
		reasons[i] = f.Detail
	}
	r.Reason = strings.Join(reasons, "; ")
	return r
}

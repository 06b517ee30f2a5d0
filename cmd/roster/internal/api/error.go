package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Error is an answer that refuses.
type Error struct {
	Status int
	Faults []Fault
}

// Fault is one reason.
type Fault struct {
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Meta   struct {
		First int64 `json:"first"` // of an answer that changes have been removed: the first that is left
	} `json:"meta"`
}

// Error is every reason, in the API's own words.
func (e *Error) Error() string {
	var all []string
	for _, f := range e.Faults {
		all = append(all, f.Detail)
	}
	return strings.Join(all, "; ")
}

// Has reports whether one of the reasons has a code.
func (e *Error) Has(code string) bool {
	for _, f := range e.Faults {
		if f.Code == code {
			return true
		}
	}
	return false
}

// StrangeError is an answer that no roster gives.
type StrangeError struct {
	URL    string // of the server
	Status int
	Reason string
}

// Error says what was wrong with the answer.
func (e *StrangeError) Error() string {
	return fmt.Sprintf("%s does not answer as roster does (%d %s): %s", e.URL, e.Status, http.StatusText(e.Status), e.Reason)
}

// UnreachableError says that there was no answer.
type UnreachableError struct {
	URL string // of the server; empty within the process
	Err error
}

// Error says whom nobody reached, and why.
func (e *UnreachableError) Error() string { return fmt.Sprintf("cannot reach %s: %v", e.URL, e.Err) }

// Unwrap is the reason.
func (e *UnreachableError) Unwrap() error { return e.Err }

// refusal reads the body of an answer that refuses.
func (c *Client) refusal(status int, body []byte) error {
	var document struct {
		Errors []Fault `json:"errors"`
	}
	if err := json.Unmarshal(body, &document); err != nil || len(document.Errors) == 0 {
		return &StrangeError{c.base, status, "there are no errors in its answer"}
	}
	return &Error{status, document.Errors}
}

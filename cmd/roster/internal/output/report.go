package output

import (
	"encoding/json"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// ReportFlag is how a command tells what it has done or found, where that is no list of rows: the flag --output.
type ReportFlag struct{ format string }

// AddTo gives a command the flag.
func (a *ReportFlag) AddTo(c *cobra.Command) {
	c.Flags().StringVarP(&a.format, "output", "o", Table, "`format`: table for people, json for programs")
	command.Complete(c, "output", Table, JSON)
}

// Check refuses a format that there is not.
func (a *ReportFlag) Check() error {
	if a.format != Table && a.format != JSON {
		return exit.Usagef("--output is %q, but must be table or json", a.format)
	}
	return nil
}

// Write writes what there is to say: for people by a function, for programs as JSON.
func (a *ReportFlag) Write(w io.Writer, v any, table func(io.Writer)) error {
	if a.format == JSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return exit.OutputError(e.Encode(v))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	table(t)
	return exit.OutputError(t.Flush())
}

package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/sqlitestore"
)

// Check is `roster check`.
func Check(p *command.Program) *cobra.Command {
	var db database.Flag
	var a output.ReportFlag
	var quick, repair bool
	c := &cobra.Command{
		Use:   "check",
		Short: "Look for what may be wrong in a database file, also while a server runs on it",
		Long: `roster check looks for damage to the file, references to rows that are not there, tables, indexes and triggers that are
missing, counters of memberships that are wrong, and a change log that says something else than the tables. It changes
nothing. When it finds something, the exit status is 4. What was found is said on standard output.

With --repair, counters are set right. For anything else, restore a backup.`,
		Example: "  roster check\n  roster check --quick --db /var/lib/roster/roster.db\n  roster check --repair",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if quick && repair {
				return exit.Usagef("--quick and --repair exclude each other: a repair looks at everything first")
			}
			if err := errors.Join(a.Check(), db.OnFile("check", "PostgreSQL looks after its own files")); err != nil {
				return err
			}
			return check(c.Context(), p, db.Name, a, quick, repair)
		},
	}
	db.AddTo(p, c)
	a.AddTo(c)
	c.Flags().BoolVar(&quick, "quick", false, "leave out what takes most of the time: whether indexes agree with their tables, and the change log with the rows")
	c.Flags().BoolVar(&repair, "repair", false, "set counters right")
	return c
}

func check(ctx context.Context, p *command.Program, db string, a output.ReportFlag, quick, repair bool) error {
	var report sqlitestore.Report
	var err error
	if repair {
		report, err = sqlitestore.Repair(ctx, db)
	} else {
		report, err = sqlitestore.Check(ctx, db, sqlitestore.CheckOptions{Quick: quick})
	}
	if err != nil {
		return fmt.Errorf("cannot check: %w", err)
	}
	if err := a.Write(p.Stdout, checked(report), func(t io.Writer) { tableOfReport(t, db, report) }); err != nil {
		return err
	}
	if !report.Sound() {
		return exit.Faultsf("there is something wrong in %s: %s", db, findingsText(len(report.Findings)))
	}
	return nil
}

func findingsText(n int) string {
	if n == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}

// checkedJSON is a report for programs.
type checkedJSON struct {
	Sound         bool          `json:"sound"`
	Quick         bool          `json:"quick"`
	SchemaVersion int64         `json:"schema_version"`
	Repaired      int           `json:"repaired"`
	Findings      []findingJSON `json:"findings"`
	Notes         []string      `json:"notes"`
}

type findingJSON struct {
	Kind     string   `json:"kind"`
	Text     string   `json:"text"`
	Count    int      `json:"count"`
	Examples []string `json:"examples"`
}

func checked(r sqlitestore.Report) checkedJSON {
	c := checkedJSON{Sound: r.Sound(), Quick: r.Quick, SchemaVersion: r.SchemaVersion, Repaired: r.Repaired,
		Findings: []findingJSON{}, Notes: append([]string{}, r.Notes...)}
	for _, f := range r.Findings {
		c.Findings = append(c.Findings, findingJSON{string(f.Kind), f.Text, f.Count, append([]string{}, f.Examples...)})
	}
	return c
}

func tableOfReport(t io.Writer, db string, r sqlitestore.Report) {
	how := "checked in full"
	if r.Quick {
		how = "checked quickly"
	}
	fmt.Fprintf(t, "%s: %s, schema version %d\n", db, how, r.SchemaVersion)
	for _, f := range r.Findings {
		fmt.Fprintf(t, "%s\t%s\t%s\n", f.Kind, terminal.Grouped(f.Count), f.Text)
		if len(f.Examples) > 0 {
			fmt.Fprintf(t, "\t\tsuch as %s\n", terminal.Printable(strings.Join(f.Examples, ", ")))
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(t, "note: %s\n", note)
	}
	if r.Repaired > 0 {
		fmt.Fprintf(t, "repaired: %s counters\n", terminal.Grouped(r.Repaired))
	}
	if r.Sound() {
		fmt.Fprintln(t, "nothing is wrong")
	}
}

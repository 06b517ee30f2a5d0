package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/internal/transfer"
)

// importNote says what the bar does not.
func importNote(c transfer.Counts, took time.Duration) string {
	note := terminal.Counted(c.Rows(), "row")
	if c.Refused > 0 {
		note += fmt.Sprintf(", %s refused", terminal.Grouped(c.Refused))
	}
	if seconds := took.Seconds(); seconds >= 0.5 {
		note += fmt.Sprintf(", %s/s", terminal.Grouped(int64(float64(c.Rows())/seconds)))
	}
	return note
}

// importStopped says how far an import came that did not come to its end.
func importStopped(ctx context.Context, err error, r transfer.Report) error {
	if ctx.Err() != nil {
		err = errors.New("stopped")
	}
	if r.Undone {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	if r.Rows() == 0 {
		return fmt.Errorf("%w; nothing was imported", err)
	}
	return fmt.Errorf("%w; what was before it stays, %s: to go on, run the same command again", err, terminal.Counted(r.Rows(), "row"))
}

// importVerdict is the error about rows that were refused.
func importVerdict(r transfer.Report, f *importFlags) error {
	if r.Refused == 0 {
		return nil
	}
	where := "; --report FILE lists all of them"
	if f.refused != "" {
		where = "; " + f.refused + " lists them"
	}
	rows := fmt.Sprintf("%s of %s refused", terminal.Grouped(r.Refused), terminal.Counted(r.Rows(), "row"))
	if f.atomic {
		rows = "nothing was imported: " + rows
	}
	return exit.Faultsf("%s%s", rows, where)
}

// importedJSON is what an import has done, for programs.
type importedJSON struct {
	countsJSON
	DryRun   bool                  `json:"dry_run"`
	Undone   bool                  `json:"undone"`
	Types    map[string]countsJSON `json:"types"`
	Warnings []string              `json:"warnings"`
}

type countsJSON struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Refused   int `json:"refused"`
}

func imported(r transfer.Report, dryRun bool) importedJSON {
	told := importedJSON{countsJSON: countsJSON(r.Counts), DryRun: dryRun, Undone: r.Undone,
		Types: map[string]countsJSON{}, Warnings: append([]string{}, r.Warnings...)}
	for name, c := range r.Types {
		told.Types[name] = countsJSON(c)
	}
	return told
}

func tableOfImport(t io.Writer, r transfer.Report, dryRun bool) {
	fmt.Fprintln(t, "TYPE\tCREATED\tUPDATED\tUNCHANGED\tSKIPPED\tREFUSED")
	line := func(name string, c transfer.Counts) {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", name, terminal.Grouped(c.Created), terminal.Grouped(c.Updated), terminal.Grouped(c.Unchanged), terminal.Grouped(c.Skipped), terminal.Grouped(c.Refused))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Types)) {
		line(cmp.Or(name, "unknown"), r.Types[name])
	}
	line("all", r.Counts)
	if dryRun {
		fmt.Fprintln(t, "dry run: nothing was changed")
	}
}

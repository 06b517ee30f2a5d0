package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/password"
	"github.com/roster-go/roster/internal/transfer"
)

// importFlags is what `roster import` was told.
type importFlags struct {
	db           database.Flag
	out          output.ReportFlag
	files        []string
	format       string
	rowType      string
	match        []string
	onConflict   string
	atomic       bool
	dryRun       bool
	refused      string
	accountLimit int
}

// Import is `roster import`.
func Import(p *command.Program) *cobra.Command {
	var f importFlags
	c := &cobra.Command{
		Use:   "import FILE...|-",
		Short: "Bring the rows of files into a database, also while a server runs on it",
		Long: `roster import reads accounts, account members, account memberships, account tags, custom fields and settings, from files in any
of these formats, in the order in which they are named:

  ndjson  an object on each line, as the API shows it in data:
          {"type": "account", "name": "Acme", "external_ref": "c-17"}
          {"type": "account_member", "name": "Ron Swanson", "email": "ron@example.com"}
          {"type": "account_membership", "account_external_ref": "c-17", "email": "ron@example.com", "role": "admin"}
  csv     a table with a header, whose columns are called the same. The type is a column, or told by the other columns
  json    what a list of the API answers

A row with an id is the row that has it. One without is found by what it is known by: an account by its registration_id or
external_ref, a member by the email, a membership by its account and its member. What is found and differs is a conflict, which
--on-conflict settles; what is found and does not differ is unchanged. So the same import may be run again: after one that was
stopped or killed, it goes on where that one was, and makes nothing twice.

A row that is refused keeps no other out, and the exit status is 4. --report lists those rows, each with its line and the reason: mend them in the file, and import that again.
docs/importing.md has every column, and how values are spelled.`,
		Example: `  roster import accounts.csv members.csv memberships.csv
  roster import --dry-run --report refused.csv memberships.csv
  curl -s https://crm.example.com/export | roster import --on-conflict update -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return exit.Usagef("import: say which files, or - for standard input")
			}
			f.files = args
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(f.out.Check(), f.check()); err != nil {
				return err
			}
			return importFiles(c.Context(), p, &f)
		},
	}
	f.db.AddTo(p, c)
	f.out.AddTo(c)
	flags := c.Flags()
	flags.StringVar(&f.format, "format", "", "`format` of all files: ndjson, csv or json; else each one's name tells, or its first bytes")
	flags.StringVar(&f.rowType, "type", "", "`type` of the rows that do not say theirs: account, account_member, account_membership, ...")
	flags.StringSliceVar(&f.match, "match", nil, "`keys` that rows are found by: id, registration_id, external_ref, email (default all)")
	flags.StringVar(&f.onConflict, "on-conflict", string(transfer.ConflictFail), "`what` becomes of a row that is there and differs: fail refuses it, skip leaves what is there, update changes what the row says")
	flags.BoolVar(&f.atomic, "atomic", false, "all rows or none: one that is refused keeps the others out. Others who write wait for the whole import")
	flags.BoolVar(&f.dryRun, "dry-run", false, "do everything in a transaction, tell what became of it, and undo it. Others who write wait meanwhile")
	flags.StringVar(&f.refused, "report", "", "`file` for the rows that are refused, with line, reason and code: a table if it ends in .csv, else NDJSON")
	flags.IntVar(&f.accountLimit, "account-limit", 0, "how many memberships an account may have at most, as roster serve has it; 0 is 1000, below 0 any `number`")
	command.Complete(c, "format", string(transfer.NDJSON), string(transfer.CSV), string(transfer.JSON))
	command.Complete(c, "type", transfer.Types()...)
	command.Complete(c, "on-conflict", string(transfer.ConflictFail), string(transfer.ConflictSkip), string(transfer.ConflictUpdate))
	command.Complete(c, "match", keyNames()...)
	return c
}

func keyNames() (names []string) {
	for _, k := range transfer.Keys() {
		names = append(names, string(k))
	}
	return names
}

// check refuses what nothing can be imported with.
func (f *importFlags) check() error {
	oneOf := func(flag, value string, known ...string) error {
		if value != "" && !slices.Contains(known, value) {
			return exit.Usagef("%s is %q, but must be one of %s", flag, value, strings.Join(known, ", "))
		}
		return nil
	}
	all := []error{
		f.db.Check(),
		oneOf("--format", f.format, string(transfer.NDJSON), string(transfer.CSV), string(transfer.JSON)),
		oneOf("--type", f.rowType, transfer.Types()...),
		oneOf("--on-conflict", f.onConflict, string(transfer.ConflictFail), string(transfer.ConflictSkip), string(transfer.ConflictUpdate)),
	}
	for _, key := range f.match {
		all = append(all, oneOf("--match", key, keyNames()...))
	}
	if slices.Index(f.files, "-") != lastIndex(f.files, "-") {
		all = append(all, exit.Usagef("import: standard input can be read once"))
	}
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func lastIndex(all []string, wanted string) int {
	last := -1
	for i, one := range all {
		if one == wanted {
			last = i
		}
	}
	return last
}

// importFiles is `roster import`.
func importFiles(ctx context.Context, p *command.Program, f *importFlags) error {
	if err := f.db.Check(); err != nil {
		return err
	}
	if err := reportApart(f.refused, f.files); err != nil {
		return err
	}
	files, forget, err := importedFiles(p, f.files)
	if err != nil {
		return err
	}
	defer forget()
	run := func(svc *roster.Service) error { return importInto(ctx, p, svc, files, f) }
	options := roster.Options{AccountLimit: f.accountLimit, HashPassword: password.Hash}
	db := f.db
	missing := db.Missing() != nil
	if missing && !f.dryRun {
		defer db.TellMade(p)
	}
	if missing && f.dryRun { // Why another one: a dry run leaves no file behind
		fmt.Fprintf(p.Stderr, "there is no database %s: this is tried in an empty one\n", db.Name)
		dir, err := os.MkdirTemp("", "roster-import-")
		if err != nil {
			return fmt.Errorf("cannot try the import: %w", err)
		}
		defer os.RemoveAll(dir) //nolint:errcheck // a temporary folder
		db.Name = filepath.Join(dir, database.DefaultName)
	}
	return db.WithOptions(ctx, options, run)
}

// importInto imports files and tells what became of them.
func importInto(ctx context.Context, p *command.Program, svc *roster.Service, files []transfer.File, f *importFlags) error {
	line := newProgressLine(p.Stderr)
	refusals, err := newRefusals(f.refused, line)
	if err != nil {
		return err
	}
	doing := "importing"
	if f.dryRun {
		doing = "trying"
	}
	began := time.Now()
	report, err := transfer.Import(ctx, svc.As(database.Actor(p)), files, transfer.ImportOptions{
		ReadOptions: transfer.ReadOptions{Format: transfer.Format(f.format), Type: f.rowType},
		Match:       matchKeys(f.match),
		OnConflict:  transfer.OnConflict(f.onConflict),
		Atomic:      f.atomic,
		DryRun:      f.dryRun,
		Refused:     refusals.add,
		Progress: func(now transfer.Progress) {
			line.tell(step{doing: doing, done: now.Done, total: now.Total, note: importNote(now.Counts, time.Since(began))})
		},
	})
	err = errors.Join(err, refusals.close())
	line.end()
	for _, warning := range report.Warnings {
		fmt.Fprintf(p.Stderr, "roster: %s\n", warning)
	}
	if err != nil {
		return importStopped(ctx, err, report)
	}
	if err := f.out.Write(p.Stdout, imported(report, f.dryRun), func(t io.Writer) { tableOfImport(t, report, f.dryRun) }); err != nil {
		return err
	}
	return importVerdict(report, f)
}

func matchKeys(names []string) (keys []transfer.Key) {
	for _, name := range names {
		keys = append(keys, transfer.Key(name))
	}
	return keys
}

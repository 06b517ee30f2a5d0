package operate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/internal/transfer"
)

// exportFlags is what `roster export` was told.
type exportFlags struct {
	db     database.Flag
	format string
	types  []string
	to     string
	force  bool
}

// Export is `roster export`.
func Export(p *command.Program) *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:   "export",
		Short: "Write all rows to a file that can be imported, also while a server runs on the database",
		Long: `roster export writes the state of one moment: settings, account tags, custom fields, accounts, account members and account
memberships, with their ids and times, in an order in which roster import takes them. Imported into an empty database and
exported again, the file is the same.

It is for people and for other programs. What has to be secret, and the change log, are not in it: for those, and to keep a
database safe, there is roster backup.`,
		Example: `  roster export > roster.ndjson
  roster export --type account_membership --to memberships.csv`,
		Args: command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.db.WithExisting(c.Context(), func(svc *roster.Service) error { return export(c.Context(), p, svc, f) })
		},
	}
	f.db.AddTo(p, c)
	c.Flags().StringVar(&f.format, "format", "", "`format`: ndjson or csv; else the file's name tells, or it is ndjson")
	c.Flags().StringSliceVar(&f.types, "type", nil, "only these `types` of rows, with commas in between: account, account_member, account_membership, ...")
	c.Flags().StringVar(&f.to, "to", "-", "`file` to write, which must not be there yet; - is standard output")
	c.Flags().BoolVar(&f.force, "force", false, "overwrite the file that is there")
	command.Complete(c, "format", string(transfer.NDJSON), string(transfer.CSV))
	command.Complete(c, "type", transfer.Types()...)
	return c
}

func (f *exportFlags) check() error {
	if f.to == "" {
		return exit.Usagef("--to names no file")
	}
	if f.format == "" {
		f.format = string(transfer.FormatOf(f.to))
	}
	if f.format == "" {
		f.format = string(transfer.NDJSON)
	}
	if f.format != string(transfer.NDJSON) && f.format != string(transfer.CSV) {
		return exit.Usagef("the format is %q, but must be ndjson or csv", f.format)
	}
	for _, t := range f.types {
		if !slices.Contains(transfer.Types(), t) {
			return exit.Usagef("--type is %q, but must be one of %s", t, strings.Join(transfer.Types(), ", "))
		}
	}
	if _, err := os.Stat(f.to); f.to != "-" && err == nil && !f.force {
		return errThere(f.to)
	}
	return nil
}

func errThere(file string) error {
	return fmt.Errorf("%s is there already and was left alone: name another file, or say --force", file)
}

func export(ctx context.Context, p *command.Program, svc *roster.Service, f exportFlags) error {
	line := newProgressLine(p.Stderr)
	if f.to == "-" && terminal.Is(p.Stdout) {
		line = newProgressLine(io.Discard)
	}
	var last transfer.Exported
	write := func(w io.Writer) error {
		b := bufio.NewWriterSize(w, 64<<10)
		err := transfer.Export(ctx, svc, b, transfer.ExportOptions{Format: transfer.Format(f.format), Types: f.types,
			Progress: func(now transfer.Exported) {
				last = now
				line.tell(step{doing: "exporting", done: int64(now.Rows), total: int64(now.Total),
					note: fmt.Sprintf("%s of %s rows", terminal.Grouped(now.Rows), terminal.Grouped(now.Total))})
			}})
		line.end()
		if err != nil {
			return err
		}
		return exit.OutputError(b.Flush())
	}
	if f.to == "-" {
		return write(p.Stdout)
	}
	if err := writeFile(f.to, f.force, write); err != nil {
		return err
	}
	_, err := fmt.Fprintf(p.Stdout, "exported %s rows to %s\n", terminal.Grouped(last.Rows), f.to)
	return exit.OutputError(err)
}

// writeFile makes a file that only its owner may read, and that is there when all of it is.
func writeFile(path string, overwrite bool, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-") // with mode 0600
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it has its name by then, unless something failed that was told
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	if overwrite {
		err = os.Rename(f.Name(), path)
	} else if err = os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) { // Why: it never overwrites
		err = os.Rename(f.Name(), path) // on a file system without links
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return errThere(path)
	case err != nil:
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	return nil
}

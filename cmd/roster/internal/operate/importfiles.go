package operate

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/transfer"
)

// importedFiles are the files that are named. Standard input is kept in a file of its own until forget is called, because
// an import reads it more than once.
func importedFiles(p *command.Program, names []string) (files []transfer.File, forget func(), err error) {
	forget = func() {}
	for _, name := range names {
		path := name
		if name == "-" {
			if path, err = spool(p.Stdin); err != nil {
				return nil, nil, fmt.Errorf("cannot keep standard input: %w", err)
			}
			forget = func() { _ = os.Remove(path) }
			name = "standard input"
		}
		info, err := os.Stat(path)
		if err == nil && info.IsDir() {
			err = errors.New("it is a directory")
		}
		if err != nil {
			forget()
			return nil, nil, fmt.Errorf("cannot read %s: %w", name, err)
		}
		files = append(files, transfer.File{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }})
	}
	return files, forget, nil
}

// reportApart makes sure that the report does not take the place of a file that is to be read.
func reportApart(report string, names []string) error {
	at, err := os.Stat(report)
	if err != nil {
		return nil //nolint:nilerr // of that name there is nothing to lose, or writing says what is wrong
	}
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && os.SameFile(at, info) {
			return exit.Usagef("--report: %s is to be imported and would be overwritten; name another file", report)
		}
	}
	return nil
}

// spool writes a stream into a file of its own, which nobody else may read.
func spool(r io.Reader) (path string, err error) {
	f, err := os.CreateTemp("", "roster-import-") // with mode 0600
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

package transfer

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/roster-go/roster"
)

// errUndone makes a transaction undo what succeeded.
var errUndone = errors.New("what was imported is undone")

// whole imports everything in one transaction. Refusals are told behind it, because it may begin again from the start.
func (im *importer) whole() (err error) {
	kept, err := newSpool()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.close()) }()
	err = im.svc.Update(im.ctx, func(tx *roster.Service) error {
		im.begin()
		if err := kept.begin(); err != nil {
			return err
		}
		if err := im.batches(tx, func(tx *roster.Service, rows []placed) error {
			b := newBatch(im, tx, rows)
			if err := b.write(); err != nil {
				return err
			}
			return im.tell(b, kept.add)
		}); err != nil {
			return err
		}
		if im.opts.DryRun || im.report.Refused > 0 {
			return errUndone
		}
		return nil
	})
	im.report.Undone = err != nil
	if err != nil && !errors.Is(err, errUndone) {
		return err
	}
	return kept.each(im.refuse)
}

// spool keeps refusals in a file of its own, however many they are.
type spool struct {
	file *os.File
	out  *bufio.Writer
	enc  *json.Encoder

	nameless bool // the file has been removed from its folder already
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "roster-refused-*.ndjson") // with mode 0600: it has the rows in it
	if err != nil {
		return nil, err
	}
	// Why at once: a process that is killed leaves nothing behind. Windows does not let go of a file that is open.
	s := &spool{file: f, out: bufio.NewWriter(f), nameless: os.Remove(f.Name()) == nil}
	s.enc = json.NewEncoder(s.out)
	return s, nil
}

// begin forgets what was added.
func (s *spool) begin() error {
	s.out.Reset(s.file)
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return s.file.Truncate(0)
}

// spooled is a refusal in a spool. Why: JSON would change a source that is no UTF-8.
type spooled struct {
	Refusal
	Source []byte
}

func (s *spool) add(r Refusal) error { return s.enc.Encode(spooled{r, []byte(r.Source)}) }

// each hands what was added to a function.
func (s *spool) each(fn func(Refusal) error) error {
	if err := s.out.Flush(); err != nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for in := json.NewDecoder(s.file); ; {
		var r spooled
		switch err := in.Decode(&r); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		r.Refusal.Source = string(r.Source)
		if err := fn(r.Refusal); err != nil {
			return err
		}
	}
}

func (s *spool) close() error {
	err := s.file.Close()
	if s.nameless {
		return err
	}
	return errors.Join(err, os.Remove(s.file.Name()))
}

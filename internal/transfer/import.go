package transfer

import (
	"context"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// File is something to import. It is opened more than once.
type File struct {
	Name string // for reports; its ending tells the format unless the options do
	Open func() (io.ReadCloser, error)
}

// OnConflict says what becomes of a row that is there already, and differs.
type OnConflict string

// What may become of it. A row that says nothing else than what is there is no conflict.
const (
	ConflictFail   OnConflict = "fail"   // it is refused; the default
	ConflictSkip   OnConflict = "skip"   // it is left as it is
	ConflictUpdate OnConflict = "update" // it gets what the row says, and keeps what the row does not say; null clears
)

// ImportOptions configure [Import]. The zero value is right for most.
type ImportOptions struct {
	ReadOptions

	Match      []Key      // what rows are matched by with what is there; empty means every key
	OnConflict OnConflict // empty means ConflictFail

	Atomic bool // one row that is refused keeps all others out; everybody else who writes waits for the whole import
	DryRun bool // everything is done, in one transaction, and then undone: what is reported is what would happen

	// Batch is how many rows are written in one transaction; 0 or less means [roster.DefaultImportBatch].
	Batch int

	// Refused is told of every row that is refused, in their order, once that is final; nil means nobody is told.
	Refused func(Refusal) error
	// Progress is told after every batch how far the import has come; nil means nobody is told. Where everything is one
	// transaction it may begin again from the start.
	Progress func(Progress)
}

// Progress is how far an import has come.
type Progress struct {
	Counts
	Done, Total int64 // bytes of all files
}

// Import brings the rows of files into a store, in the order of the files. They are accounts, account members, account
// memberships, account tags, flows, fields and settings, in the shapes of the API and in simpler ones.
//
// A row that is there already changes it or not, as the options say; others are created as [roster.Service.Import] creates
// them, with the ids and the times that they name. A row is matched by its id where it names one: what has that id is the
// row. Where it names none, an account is matched by its registration_id, and else by its external_ref, a member by its
// email, a membership by its account and its member, a tag by its name, a flow by its slug, and a field by its resource and
// its slug. A row that could be several is refused. Times never change of what is there.
//
// A row that is refused keeps no other out, unless the import is atomic. Rows may refer to rows before them; one that refers
// to a row behind it is refused, and finds it when the same is imported again. What was imported is unchanged then.
//
// An error ends the import: ctx has ended, a file could not be read, the store or the function that is told of refusals
// failed. What earlier batches did is committed and reported; the same import goes on where that one ended.
func Import(ctx context.Context, svc *roster.Service, files []File, opts ImportOptions) (Report, error) {
	im := &importer{ctx: ctx, svc: svc.ForImport(), opts: opts}
	if err := im.prepare(files); err != nil {
		return im.report, err
	}
	im.begin()
	if !opts.Atomic && !opts.DryRun {
		return im.report, im.batches(im.svc, im.commit)
	}
	err := im.whole()
	return im.report, err
}

// importer is an import under way.
type importer struct {
	ctx     context.Context
	svc     *roster.Service
	opts    ImportOptions
	matches map[Key]bool
	files   []*input
	total   int64

	// What begins anew when a transaction of everything does:
	report  Report
	done    int64 // bytes of the files before
	ignored map[columnOf]bool
	flows   map[uuid.UUID]membership.Resource // those that the files have told of
}

// columnOf is a column of the rows of a type in a file.
type columnOf struct {
	file *input
	kind string
	name string
}

func (im *importer) prepare(files []File) error {
	if im.opts.Batch <= 0 {
		im.opts.Batch = roster.DefaultImportBatch
	}
	switch im.opts.OnConflict {
	case "":
		im.opts.OnConflict = ConflictFail
	case ConflictFail, ConflictSkip, ConflictUpdate:
	default:
		return fmt.Errorf("on conflict must be %s, %s or %s, not %q", ConflictFail, ConflictSkip, ConflictUpdate, im.opts.OnConflict)
	}
	if err := im.chooseKeys(); err != nil {
		return err
	}
	for _, f := range files {
		s := &input{File: f}
		err := s.read(func(r io.Reader) (err error) {
			s.sum, s.size, err = fingerprintOf(&cancelled{im.ctx, r})
			return err
		})
		if err != nil {
			return err
		}
		im.files, im.total = append(im.files, s), im.total+s.size
	}
	return nil
}

func (im *importer) chooseKeys() error {
	all := map[Key]bool{}
	for _, key := range Keys() {
		all[key] = true
	}
	im.matches = map[Key]bool{}
	for _, key := range im.opts.Match {
		if !all[key] {
			return fmt.Errorf("rows can be matched by %v, not by %q", Keys(), key)
		}
		im.matches[key] = true
	}
	if len(im.opts.Match) == 0 {
		im.matches = all
	}
	return nil
}

// begin forgets what was done.
func (im *importer) begin() {
	im.report = Report{Types: map[string]Counts{}}
	im.done = 0
	im.ignored = map[columnOf]bool{}
	im.flows = map[uuid.UUID]membership.Resource{}
}

// batches hands the rows of all files to a function, a batch at a time, with a service to write them through.
func (im *importer) batches(svc *roster.Service, write func(*roster.Service, []placed) error) error {
	for _, in := range im.files {
		err := in.read(func(r io.Reader) error { return im.fileBatches(in, r, svc, write) })
		if err != nil {
			return err
		}
		im.report.Files++
	}
	return nil
}

// maxBatchBytes bounds what a batch keeps in memory.
const maxBatchBytes = 16 << 20

// fileBatches is batches for one file.
func (im *importer) fileBatches(in *input, r io.Reader, svc *roster.Service, write func(*roster.Service, []placed) error) error {
	before, read := im.done, &counting{Reader: &cancelled{im.ctx, r}}
	var batch []placed
	bytes := 0
	flush := func() error {
		im.done = before + read.n
		err := write(svc, batch)
		batch, bytes = nil, 0
		return err
	}
	for row, err := range in.rows(read, im.opts.ReadOptions) {
		if err != nil {
			return err
		}
		batch = append(batch, row)
		if bytes += len(row.Source); len(batch) < im.opts.Batch && bytes < maxBatchBytes {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return flush()
}

// commit writes a batch in a transaction of its own, and tells of it then.
func (im *importer) commit(svc *roster.Service, rows []placed) error {
	var b *batch
	err := svc.Update(im.ctx, func(tx *roster.Service) error {
		b = newBatch(im, tx, rows)
		return b.write()
	})
	if err != nil {
		return err
	}
	return im.tell(b, im.refuse)
}

// tell counts what became of the rows of a batch.
func (im *importer) tell(b *batch, refuse func(Refusal) error) error {
	for _, w := range b.warnings {
		if !im.ignored[w] {
			im.ignored[w] = true
			im.report.Warnings = append(im.report.Warnings,
				fmt.Sprintf("%s: the column %q is not known for rows of the type %s, and was ignored", w.file.Name, w.name, w.kind))
		}
	}
	for _, e := range b.entries {
		counts := im.report.Types[e.kind]
		*counts.of(e.outcome)++
		im.report.Types[e.kind] = counts
		*im.report.of(e.outcome)++
		if e.outcome == refused {
			if err := refuse(e.refusal()); err != nil {
				return err
			}
		}
	}
	if im.opts.Progress != nil {
		im.opts.Progress(Progress{im.report.Counts, im.done, im.total})
	}
	return nil
}

// refuse tells whoever wants to know that a row was refused.
func (im *importer) refuse(r Refusal) error {
	if im.opts.Refused == nil {
		return nil
	}
	return im.opts.Refused(r)
}

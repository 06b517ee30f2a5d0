package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// RestoreOptions configure [Restore]. The zero value overwrites nothing.
type RestoreOptions struct {
	// Force puts the backup in the place of a database that is there, which is lost: back it up first. Nobody may have it
	// open.
	Force bool
}

// besides are the endings of the files that SQLite keeps beside a database.
//
// Why in this order: an index without its log is what is left where a log got lost.
var besides = []string{indexSuffix, logSuffix, journalSuffix}

// Restore puts a backup in the place of the database file at path: a copy of it, with mode 0600. It belongs to
// who restores; in the place of a file of somebody else's, to them, if who restores may give it away, as root may. The
// backup, which may also be another database that is in use, is left alone, and checked before anything else is done, in full; the
// copy is checked again before it gets its name. A backup that is damaged is refused with [ErrDamaged], one that is none of
// roster's with [ErrNotRoster], and one that a newer program has made with migrations.ErrNewer; one of an older program is
// migrated when it is opened. What else is wrong in the backup is in the report.
//
// What is at path is not overwritten, fs.ErrExist says, unless [RestoreOptions.Force] is set. Then all other programs, and stores
// of this one, must have closed it; or the answer is store.ErrBusy, and nothing has happened. A file at path that is
// damaged may be overwritten; one that is sound and somebody else's is refused with [ErrNotRoster].
//
// At every moment, whatever ends the program or the machine, there is at path the old database or the new one, whole.
func Restore(ctx context.Context, backup, path string, opts RestoreOptions) (Report, error) {
	target, err := restoreTarget(backup, path)
	if err == nil && !opts.Force {
		err = nothingThere(target)
	}
	if err != nil {
		return Report{}, named(path, err)
	}
	report, err := Check(ctx, backup, CheckOptions{})
	if err == nil {
		err = named(backup, report.damage())
	}
	if err != nil {
		return report, err
	}
	d, err := newDraft(filepath.Dir(target), filepath.Base(target))
	if err != nil {
		return report, named(path, err)
	}
	defer d.remove()
	if _, err := backUp(ctx, backup, d); err != nil {
		return report, named(backup, err)
	}
	if err := ctx.Err(); err != nil {
		return report, err
	}
	return report, named(path, (&placing{draft: d, target: target, force: opts.Force}).run(ctx))
}

// restoreTarget is the file that path stands for: SQLite follows links, and keeps its files beside what they lead to.
func restoreTarget(backup, path string) (string, error) {
	target, err := checkPath(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	from, err := os.Stat(backup)
	if err != nil {
		return "", err
	}
	if at, err := os.Stat(target); err == nil && os.SameFile(from, at) {
		return "", errors.New("a database cannot be restored from itself: name the backup, and then the database")
	}
	return target, nil
}

// nothingThere makes sure that neither the database nor a file that belongs to it is there. Why those too: the write-ahead log
// of a database that was removed would be taken for the new one's.
func nothingThere(target string) error {
	for _, suffix := range append([]string{""}, besides...) {
		if err := taken(target + suffix); err != nil {
			return fmt.Errorf("%w, unless that is forced", err)
		}
	}
	return nil
}

// placing puts a draft in the place of a database. Its steps are in an order in which the program, or the machine, may end
// behind any of them:
//
//  1. claim: nobody else has the old database open, and nobody can use it any more. Its write-ahead log is copied back into
//     it and gone, unless it is damaged.
//  2. clear: nothing lies beside it. What was there belonged to a damaged or a removed database.
//  3. settle: and this is on the disk before the next step, or a log that was removed might come back.
//  4. exchange: the new one has the name, in one step of the file system.
//  5. settle: and this is on the disk.
//
// Up to the fourth there is the old database, complete if it was sound, and from then on the new one, beside which no old
// log lies. Who opened the old one just before, and waits for the claim to end, finds that it was replaced, and opens the new one: see
// unmoved.
type placing struct {
	draft  draft
	target string
	force  bool
	claim  *claim
}

func (p *placing) steps() []func(context.Context) error {
	return []func(context.Context) error{p.takeClaim, p.clear, p.settle, p.exchange, p.settle}
}

func (p *placing) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, p.claim.release()) }()
	for _, step := range p.steps() {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (p *placing) takeClaim(ctx context.Context) (err error) {
	if _, err := os.Lstat(p.target); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if !p.force {
		return errExists(p.target)
	}
	p.claim, err = claimFile(ctx, p.target)
	return err
}

func (p *placing) clear(context.Context) error {
	if !p.force {
		return nothingThere(p.target)
	}
	for _, suffix := range besides {
		if err := removeIfThere(p.target + suffix); err != nil {
			return err
		}
	}
	return nil
}

func (p *placing) settle(context.Context) error { return syncDirectory(filepath.Dir(p.target)) }

func (p *placing) exchange(context.Context) error {
	if p.claim == nil {
		return p.draft.place(p.target)
	}
	if err := keepOwner(p.target, p.draft.path); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // where a file that is open keeps its name
		if err := p.claim.release(); err != nil {
			return err
		}
	}
	return os.Rename(p.draft.path, p.target)
}

package sqlitestore

import (
	"context"
	"errors"
	"path/filepath"
)

// PlaceInSteps is the end of a Restore that overwrites, up to a step, behind which everything is left as it is then. It says how
// many steps there are.
func PlaceInSteps(ctx context.Context, backup, path string, steps int) (all int, err error) {
	d, err := newDraft(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return 0, err
	}
	if _, err := backUp(ctx, backup, d); err != nil {
		return 0, err
	}
	p := &placing{draft: d, target: path, force: true}
	for _, step := range p.steps()[:steps] {
		if err := step(ctx); err != nil {
			return 0, err
		}
	}
	return len(p.steps()), nil
}

// OpenUnlooked is Open but for its first look at the file: what waits for a lock then is the connection that writes.
func OpenUnlooked(path string) (*Store, error) { return open(path, Options{}) }

// Place is the end of a Restore that overwrites. It calls a function while it has claimed what is there.
func Place(ctx context.Context, backup, path string, claimed func()) error {
	d, err := newDraft(filepath.Dir(path), filepath.Base(path))
	if err != nil {
		return err
	}
	if _, err := backUp(ctx, backup, d); err != nil {
		return err
	}
	p := &placing{draft: d, target: path, force: true}
	if err := p.takeClaim(ctx); err != nil {
		return err
	}
	claimed()
	for _, step := range p.steps()[1:] {
		if err := step(ctx); err != nil {
			return errors.Join(err, p.claim.release())
		}
	}
	return p.claim.release()
}

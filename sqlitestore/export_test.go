package sqlitestore

import (
	"context"
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

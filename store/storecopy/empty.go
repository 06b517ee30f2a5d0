package storecopy

import (
	"context"
	"fmt"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// checkEmpty answers with ErrNotEmpty where anything was ever written.
func checkEmpty(ctx context.Context, r store.Reader) error {
	none := membership.Query{Limit: -1}
	for _, kind := range []struct {
		rows string
		any  func() (bool, error)
	}{
		{"changes", func() (bool, error) {
			p, err := r.Changes(ctx, membership.ChangeQuery{Limit: -1})
			return p.Last > 0, err
		}},
		{"accounts", func() (bool, error) { p, err := r.ListAccounts(ctx, none); return p.Total > 0, err }},
		{"members", func() (bool, error) { p, err := r.ListMembers(ctx, none); return p.Total > 0, err }},
		{"tags", func() (bool, error) { p, err := r.ListTags(ctx, none); return p.Total > 0, err }},
		{"password profiles", func() (bool, error) { p, err := r.ListPasswordProfiles(ctx, none); return p.Total > 0, err }},
		{"custom fields", func() (bool, error) { s, err := newSide(ctx, r); return err == nil && len(s.defined()) > 0, err }},
		{"credentials", func() (bool, error) { all, err := r.Credentials(ctx); return len(all) > 0, err }},
		{"consumers", func() (bool, error) { all, err := r.Consumers(ctx); return len(all) > 0, err }},
		{"settings", func() (bool, error) { s, err := r.Settings(ctx); return s != membership.DefaultSettings(), err }},
	} {
		if any, err := kind.any(); err != nil {
			return fmt.Errorf("target: %w", err)
		} else if any {
			return fmt.Errorf("%w: it has %s", ErrNotEmpty, kind.rows)
		}
	}
	return nil
}

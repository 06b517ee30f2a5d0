package sqlitestore

import (
	"context"
	"errors"
)

// SchemaVersion is the version of the tables in the database file at path, which may be older than what this program works
// on: see migrations.Latest. It changes nothing, and its errors are those of [Check].
func SchemaVersion(ctx context.Context, path string) (version int64, err error) {
	l, err := look(ctx, path, toRead)
	if err != nil {
		return 0, named(path, err)
	}
	defer func() { err = errors.Join(err, named(path, l.close())) }()
	version, err = l.requireRoster(ctx)
	return version, named(path, err)
}

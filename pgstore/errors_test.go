package pgstore

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/roster-go/roster/store"
)

// TestTheErrorsOfAServerWhoseDiskIsFullOrFails: by their codes, because no server of the tests has a disk of its own.
func TestTheErrorsOfAServerWhoseDiskIsFullOrFails(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]error{"53100": store.ErrStorageFull, "58030": store.ErrStorageFailed} {
		server := &pgconn.PgError{Code: code}
		if err := translate(t.Context(), server); !errors.Is(err, want) || !errors.Is(err, server) {
			t.Errorf("%s: got %v, want %v", code, err, want)
		}
	}
}

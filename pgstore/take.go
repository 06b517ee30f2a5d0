package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// take is change for an update by which a row takes what only one may have, which the unique index of the name refuses. Where
// that has been and why sees nobody who has it, it was taken after the transaction had begun: it must begin anew, and will see.
func (w writer) take(ctx context.Context, index string, why, missing func() error, query string, args ...any) error {
	err := w.change(ctx, why, missing, query, args...)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == codeUniqueViolation && e.ConstraintName == index {
		return w.run(ctx, func(querier) error { return errUnseen })
	}
	return err
}

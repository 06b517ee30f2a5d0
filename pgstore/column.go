package pgstore

import (
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/roster-go/roster/membership"
)

// column is the destination of a scan. A NULL, which is an id that is unset or the row of an empty page, leaves the zero
// value.
type column = any

type (
	idColumn     uuid.UUID
	hashColumn   membership.SecretHash
	textColumn   string
	timeColumn   time.Time
	intColumn    int
	numberColumn int64
	boolColumn   bool
	spanColumn   time.Duration
	scopesColumn membership.Scopes
)

// The destinations of a scan for the types of package membership.

func scanID(id *uuid.UUID) column              { return (*idColumn)(id) }
func scanHash(h *membership.SecretHash) column { return (*hashColumn)(h) }
func scanText(s *string) column                { return (*textColumn)(s) } // also JSON
func scanTime(t *time.Time) column             { return (*timeColumn)(t) }
func scanSpan(d *time.Duration) column         { return (*spanColumn)(d) } // milliseconds
func scanInt(n *int) column                    { return (*intColumn)(n) }
func scanNumber(n *int64) column               { return (*numberColumn)(n) }
func scanBool(b *bool) column                  { return (*boolColumn)(b) }
func scanScopes(s *membership.Scopes) column   { return (*scopesColumn)(s) }

func (c *idColumn) ScanUUID(v pgtype.UUID) error {
	*c = v.Bytes // zero where it is NULL
	return nil
}

func (c *hashColumn) ScanBytes(b []byte) error {
	clear(c[:])
	if b != nil && len(b) != len(c) {
		return fmt.Errorf("%d bytes where a digest has %d", len(b), len(c))
	}
	copy(c[:], b)
	return nil
}

func (c *textColumn) ScanText(v pgtype.Text) error {
	*c = textColumn(v.String)
	return nil
}

func (c *timeColumn) ScanTimestamptz(v pgtype.Timestamptz) error {
	switch {
	case !v.Valid:
		*c = timeColumn{}
	case v.InfinityModifier != pgtype.Finite:
		return fmt.Errorf("%s where a time is expected", v.InfinityModifier)
	default:
		*c = timeColumn(v.Time.UTC())
	}
	return nil
}

func (c *spanColumn) ScanInt64(v pgtype.Int8) error {
	*c = spanColumn(time.Duration(v.Int64) * time.Millisecond)
	return nil
}

func (c *intColumn) ScanInt64(v pgtype.Int8) error {
	*c = intColumn(v.Int64)
	return nil
}

func (c *numberColumn) ScanInt64(v pgtype.Int8) error {
	*c = numberColumn(v.Int64)
	return nil
}

func (c *boolColumn) ScanBool(v pgtype.Bool) error {
	*c = boolColumn(v.Bool)
	return nil
}

func (c *scopesColumn) ScanInt64(v pgtype.Int8) error {
	if v.Int64 < 0 || v.Int64 > math.MaxUint8 {
		return fmt.Errorf("%d where scopes are expected", v.Int64)
	}
	*c = scopesColumn(v.Int64)
	return nil
}

// count is a number that may be unknown.
type count struct {
	n     int
	known bool
}

func (c *count) ScanInt64(v pgtype.Int8) error {
	c.n, c.known = int(v.Int64), v.Valid
	return nil
}

// idParam is an id as a parameter.
func idParam(id uuid.UUID) any { return pgtype.UUID{Bytes: id, Valid: true} }

// optionalID is one that may be unset.
func optionalID(id uuid.UUID) pgtype.UUID { return pgtype.UUID{Bytes: id, Valid: id != uuid.Nil} }

// ids are any number of ids as one parameter.
func ids[T any](all []T, id func(T) uuid.UUID) any {
	list := make([]pgtype.UUID, 0, len(all))
	for _, v := range all {
		list = append(list, pgtype.UUID{Bytes: id(v), Valid: true})
	}
	return list
}

// nullable is a text as a parameter that is NULL where the text is empty.
func nullable(text string) pgtype.Text { return pgtype.Text{String: text, Valid: text != ""} }

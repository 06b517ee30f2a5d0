package sqlitestore

import (
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// The columns scan what the driver hands over as it is. A NULL, which is an id that is unset or the row of an empty
// page, leaves the zero value.
type (
	idColumn     uuid.UUID
	hashColumn   membership.SecretHash
	textColumn   string
	timeColumn   time.Time
	intColumn    int
	boolColumn   bool
	spanColumn   time.Duration
	scopesColumn membership.Scopes

	numberColumn  int64
	ignoredColumn struct{}
)

// The destinations of a scan for the types of package membership.

func scanID(id *uuid.UUID) *idColumn                { return (*idColumn)(id) }
func scanHash(h *membership.SecretHash) *hashColumn { return (*hashColumn)(h) }
func scanText(s *string) *textColumn                { return (*textColumn)(s) }
func scanTime(t *time.Time) *timeColumn             { return (*timeColumn)(t) }
func scanSpan(d *time.Duration) *spanColumn         { return (*spanColumn)(d) }
func scanInt(n *int) *intColumn                     { return (*intColumn)(n) }
func scanBool(b *bool) *boolColumn                  { return (*boolColumn)(b) }

func scanNumber(v *int64) *numberColumn { return (*numberColumn)(v) }

func scanScopes(s *membership.Scopes) *scopesColumn { return (*scopesColumn)(s) }

func (c *idColumn) Scan(src any) error   { return scanBytes(c[:], src) }
func (c *hashColumn) Scan(src any) error { return scanBytes(c[:], src) }

func scanBytes(dst []byte, src any) error {
	clear(dst)
	b, ok := src.([]byte)
	if src != nil && (!ok || len(b) != len(dst)) {
		return unexpected(src)
	}
	copy(dst, b)
	return nil
}

func (c *textColumn) Scan(src any) error {
	s, ok := src.(string)
	if src != nil && !ok {
		return unexpected(src)
	}
	*c = textColumn(s)
	return nil
}

func (c *timeColumn) Scan(src any) error {
	millis, ok := src.(int64)
	switch {
	case ok:
		*c = timeColumn(time.UnixMilli(millis).UTC())
	case src == nil:
		*c = timeColumn{}
	default:
		return unexpected(src)
	}
	return nil
}

func (c *spanColumn) Scan(src any) error {
	millis, ok := src.(int64)
	if src != nil && !ok {
		return unexpected(src)
	}
	*c = spanColumn(time.Duration(millis) * time.Millisecond)
	return nil
}

func (c *intColumn) Scan(src any) error {
	n, ok := src.(int64)
	if src != nil && !ok {
		return unexpected(src)
	}
	*c = intColumn(n)
	return nil
}

func (c *numberColumn) Scan(src any) error {
	n, ok := src.(int64)
	if src != nil && !ok {
		return unexpected(src)
	}
	*c = numberColumn(n)
	return nil
}

// count is a number that may be unknown.
type count struct {
	n     int
	known bool
}

func (c *count) Scan(src any) error {
	c.known = src != nil
	return (*intColumn)(&c.n).Scan(src)
}

func (ignoredColumn) Scan(any) error { return nil }

func (c *boolColumn) Scan(src any) error {
	n, ok := src.(int64)
	if src != nil && !ok {
		return unexpected(src)
	}
	*c = n != 0
	return nil
}

func (c *scopesColumn) Scan(src any) error {
	n, ok := src.(int64)
	if src != nil && (!ok || n < 0 || n > math.MaxUint8) {
		return unexpected(src)
	}
	*c = scopesColumn(n) //nolint:gosec // the range was checked above
	return nil
}

// optionalID is what keeps an id that may be unset.
func optionalID(id *uuid.UUID) any {
	if *id == uuid.Nil {
		return nil
	}
	return id
}

// optionalText is what keeps a text that is NULL where there is none.
func optionalText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func unexpected(src any) error { return fmt.Errorf("unexpected %T in a column", src) }

// jsonIDs spells ids as a JSON array of hexadecimal texts: the one parameter that stands for any number of them.
func jsonIDs[T any](ids []T, id func(T) uuid.UUID) string {
	const each = len(`"",`) + 2*len(uuid.Nil)
	buf := make([]byte, 0, len(`[]`)+len(ids)*each)
	buf = append(buf, '[')
	for i, v := range ids {
		if i > 0 {
			buf = append(buf, ',')
		}
		u := id(v)
		buf = append(buf, '"')
		buf = hex.AppendEncode(buf, u[:])
		buf = append(buf, '"')
	}
	return string(append(buf, ']'))
}

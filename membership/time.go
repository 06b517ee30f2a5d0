package membership

import (
	"errors"
	"time"
)

// Timestamp cuts a time to what is kept and compared: UTC, whole milliseconds, no monotonic reading.
func Timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// CheckTimes checks the times of a row that come from elsewhere, such as an import: that they can be kept and answered with
// as they are, and are in their order. It answers [ErrInvalidField] for created_at, for updated_at, or for both.
func CheckTimes(created, updated time.Time) error {
	faults := errors.Join(checkTime("created_at", created), checkTime("updated_at", updated))
	if faults == nil && updated.Before(created) {
		return invalid("updated_at", "must not be before created_at")
	}
	return faults
}

func checkTime(field string, t time.Time) error {
	if year := t.UTC().Year(); year < 1 || year > 9999 {
		return invalid(field, "must be within the years 1 to 9999")
	}
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return invalid(field, "must be in whole milliseconds")
	}
	return nil
}

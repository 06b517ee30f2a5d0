package membership

import (
	"errors"
	"fmt"
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

// CheckClock checks the time of a change: that it can be kept and answered with, as [CheckTimes] asks of times from
// elsewhere. A clock that tells another one is nobody's who could act on the error, so it is none of this package's causes.
func CheckClock(now time.Time) error {
	if !tellable(now) {
		return fmt.Errorf("the clock says the year %d, and times are kept within the years 1 to 9999: set it right", now.UTC().Year())
	}
	return nil
}

// tellable reports whether RFC 3339 can spell the time, which has four digits for the year.
func tellable(t time.Time) bool {
	year := t.UTC().Year()
	return 1 <= year && year <= 9999
}

func checkTime(field string, t time.Time) error {
	if !tellable(t) {
		return invalid(field, "must be within the years 1 to 9999")
	}
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		return invalid(field, "must be in whole milliseconds")
	}
	return nil
}

package membership_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestTimesFromElsewhere(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 2, 3, 4, 5, 6, 7_000_000, time.UTC)
	for name, c := range map[string]struct {
		created, updated time.Time
		fields           []string // those that are refused
	}{
		"equal":              {at, at, nil},
		"in another zone":    {at.In(time.FixedZone("", 3600)), at.Add(time.Millisecond), nil},
		"the first and last": {time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC), nil},
		"updated before":     {at, at.Add(-time.Millisecond), []string{"updated_at"}},
		"a fraction":         {at.Add(time.Microsecond), at.Add(time.Second), []string{"created_at"}},
		"beyond the years":   {time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), []string{"created_at", "updated_at"}},
	} {
		err := membership.CheckTimes(c.created, c.updated)
		if (err != nil) != (c.fields != nil) || err != nil && !errors.Is(err, membership.ErrInvalidField) {
			t.Errorf("%s: got %v", name, err)
		}
		var refused []string
		for _, fault := range membership.Faults(err) {
			refused = append(refused, fault.Field)
		}
		if !slices.Equal(refused, c.fields) {
			t.Errorf("%s: refused %v, want %v", name, refused, c.fields)
		}
	}
}

func TestAClockBeyondTheYearsIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		now   time.Time
		right bool
	}{
		{time.Date(0, 12, 31, 23, 59, 59, 999_000_000, time.UTC), false},
		{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), true},
		{time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), true},
		{time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC), true},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), false},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)), true}, // in UTC it is the last hour of 9999
	} {
		err := membership.CheckClock(c.now)
		if (err == nil) != c.right || membership.IsRefusal(err) {
			t.Errorf("%s: got %v", c.now, err)
		}
	}
}

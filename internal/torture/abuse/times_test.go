package abuse_test

import (
	"fmt"
	"slices"
	"time"
)

// times are how long requests took.
type times []time.Duration

// at is the time within which a part of all was done.
func (t times) at(part float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	return sorted[min(int(part*float64(len(sorted))), len(sorted)-1)]
}

// String is how long most took.
func (t times) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%d requests, p50 %.1f ms, p99 %.1f ms", len(t), ms(t.at(0.5)), ms(t.at(0.99)))
}

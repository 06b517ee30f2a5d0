package main

import (
	"fmt"
	"slices"
)

// target compares roster's turn with that of another contender in the same round, and says what was promised about it.
type target struct {
	promise string // nothing where none was made
	format  string // spells the value
	value   func(its, rosters turn) float64
	kept    func(float64) bool
	unknown func(its, rosters turn) bool // whether there is no value; nil means that there always is one
}

// compared promises nothing.
var compared = target{
	format: "%.3g × as fast",
	value:  func(its, rosters turn) float64 { return rosters.rate() / its.rate() },
}

// atLeast promises that roster does so many times as much in the same time.
func atLeast(times float64) target {
	t := compared
	t.promise = fmt.Sprintf("≥ %.3g", times)
	t.kept = func(value float64) bool { return value >= times }
	return t
}

// asLong promises that roster takes at most so many times as long.
func asLong(times float64) target {
	return target{
		promise: fmt.Sprintf("≤ %.3g", times),
		format:  "%.3g × as long",
		value:   func(its, rosters turn) float64 { return its.rate() / rosters.rate() },
		kept:    func(value float64) bool { return value <= times },
	}
}

// comparedCPU promises nothing either.
var comparedCPU = target{
	format:  "%.2g × the CPU",
	value:   func(its, rosters turn) float64 { return float64(rosters.cpuPer()) / float64(its.cpuPer()) },
	unknown: func(its, rosters turn) bool { return !its.cpu.Known || !rosters.cpu.Known || its.cpu.Used == 0 },
}

// lessCPU promises that roster uses at most this part of the CPU.
func lessCPU(part float64) target {
	t := comparedCPU
	t.promise = fmt.Sprintf("≤ %.2g", part)
	t.kept = func(value float64) bool { return value <= part }
	return t
}

// even promises that roster's slowest operations take at most so many times as long as usual.
func even(times float64) target {
	return target{
		promise: fmt.Sprintf("≤ %.3g", times),
		format:  "its p99 is %.3g × its p50",
		value:   func(_, rosters turn) float64 { return float64(rosters.p99) / float64(rosters.p50) },
		kept:    func(value float64) bool { return value <= times },
	}
}

// allocations promises that roster allocates at most so often in one operation.
func allocations(most float64) target {
	return target{
		promise: fmt.Sprintf("≤ %.0f", most),
		format:  "%.0f allocations",
		value:   func(_, rosters turn) float64 { return rosters.allocationsPer() },
		kept:    func(value float64) bool { return value <= most },
	}
}

// judge says what came of the target over all rounds: the median of what each round says, and the extremes beside it.
func (t target) judge(its, rosters []turn) (beside, met string) {
	var values []float64
	for round := range its {
		if t.unknown == nil || !t.unknown(its[round], rosters[round]) {
			values = append(values, t.value(its[round], rosters[round]))
		}
	}
	if len(values) == 0 {
		return "n/a", "n/a"
	}
	value := median(values)
	beside = fmt.Sprintf(t.format, value)
	if len(values) > 1 {
		beside += fmt.Sprintf(" (%.3g to %.3g)", slices.Min(values), slices.Max(values))
	}
	return beside, t.verdict(value)
}

func (t target) verdict(value float64) string {
	switch {
	case t.kept == nil:
		return ""
	case t.kept(value):
		return "yes"
	default:
		return "**no**"
	}
}

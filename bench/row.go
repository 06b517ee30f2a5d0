package main

import (
	"fmt"
	"strconv"
	"time"
)

// row is a line of the table.
type row struct {
	contender, figure, p50, p99, cpu string
	beside, promise, met             string // roster beside the contender
}

// tabulate makes rows of the turns: one for each entry, and another for each target but its first.
func tabulate(entries []entry, turns [][]turn) []row {
	var rosters []turn
	for i, e := range entries {
		if e.roster {
			rosters = turns[i]
		}
	}
	var rows []row
	for i, e := range entries {
		r := row{contender: e.name, figure: rateOf(turns[i]), cpu: cpuOf(turns[i]),
			p50: percentileOf(turns[i], func(t turn) time.Duration { return t.p50 }),
			p99: percentileOf(turns[i], func(t turn) time.Duration { return t.p99 })}
		targets := e.targets
		if len(targets) == 0 && !e.roster {
			targets = []target{compared}
		}
		for n, t := range targets {
			if n > 0 {
				rows = append(rows, r)
				r = row{contender: e.name}
			}
			r.beside, r.met = t.judge(turns[i], rosters)
			r.promise = t.promise
		}
		rows = append(rows, r)
	}
	return rows
}

func rateOf(turns []turn) string {
	busy, retries, done, counts := 0, 0, 0, false
	for _, t := range turns {
		busy += t.busy
		retries += t.retries.n
		done += t.done
		counts = counts || t.retries.known
	}
	rate := thousands(medianOf(turns, turn.rate)) + "/s"
	if busy > 0 {
		rate += fmt.Sprintf(", %d gave up", busy)
	}
	if counts {
		each := 1000 * float64(retries) / float64(max(done, 1))
		spelled := fmt.Sprintf("%.2g", each)
		if each >= 10 {
			spelled = thousands(each)
		}
		rate += ", " + spelled + " retries per 1,000"
	}
	return rate
}

func cpuOf(turns []turn) string {
	for _, t := range turns {
		if !t.cpu.Known {
			return "n/a"
		}
	}
	return duration(medianOf(turns, func(t turn) float64 { return float64(t.cpuPer()) }))
}

func percentileOf(turns []turn, of func(turn) time.Duration) string {
	nanoseconds := medianOf(turns, func(t turn) float64 { return float64(of(t)) })
	if nanoseconds == 0 {
		return ""
	}
	return duration(nanoseconds)
}

// duration spells a number of nanoseconds with the digits that mean something.
func duration(nanoseconds float64) string {
	switch {
	case nanoseconds < 1e3:
		return fmt.Sprintf("%.3g ns", nanoseconds)
	case nanoseconds < 1e6:
		return fmt.Sprintf("%.3g µs", nanoseconds/1e3)
	case nanoseconds < 1e9:
		return fmt.Sprintf("%.3g ms", nanoseconds/1e6)
	default:
		return fmt.Sprintf("%.3g s", nanoseconds/1e9)
	}
}

// thousands spells a number with a comma between each three digits.
func thousands(value float64) string {
	digits := strconv.Itoa(int(value))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

package abuse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/roster-go/roster/internal/torture"
)

// steadiness is what became of a process that did the same again and again.
type steadiness struct {
	Times      int     // how often it did it between the first sample and the last
	Megabytes  float64 // that all of it together added, by a straight line through the samples
	Resident   bool    // they are resident memory; else what Go's heap uses
	Files      [2]int  // open before and after; -1 where the system does not tell
	Goroutines [2]int
}

// samples are how often memory is looked at.
const samples = 20

// measureSteadiness does something n times in a row or a few times more, so that samples are equally far apart, after a
// warm-up, and says what stays behind.
func measureSteadiness(n int, do func(i int) error) (s steadiness, err error) {
	for i := range n/5 + 20 {
		if err := do(i); err != nil {
			return s, err
		}
	}
	var memory [samples]float64
	memory[0], s.Resident = usedMemory()
	s.Files[0], s.Goroutines[0] = filesOpen(), runtime.NumGoroutine()
	for at := 1; at < samples; at++ {
		for i := range (n + samples - 2) / (samples - 1) {
			if err := do(i); err != nil {
				return s, err
			}
			s.Times++
		}
		memory[at], _ = usedMemory()
	}
	s.Files[1], s.Goroutines[1] = filesOpen(), runtime.NumGoroutine()
	s.Megabytes = slope(memory[:]) * (samples - 1)
	return s, nil
}

// slope is that of the straight line that is nearest to the samples.
func slope(y []float64) float64 {
	var sumX, sumY, sumXY, sumXX float64
	for i, v := range y {
		x := float64(i)
		sumX, sumY, sumXY, sumXX = sumX+x, sumY+v, sumXY+x*v, sumXX+x*x
	}
	n := float64(len(y))
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}

// usedMemory is what the process uses, in MB, once it has given back all that it can. Why only the heap under the race
// detector: that keeps a shadow of every address that was ever used, and what other tests use of the machine decides which.
func usedMemory() (mb float64, resident bool) {
	runtime.GC()
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if fields := bytes.Fields(text); err == nil && len(fields) > 1 && !torture.UnderRace {
		if pages, err := strconv.Atoi(string(fields[1])); err == nil {
			return float64(pages*os.Getpagesize()) / (1 << 20), true
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapInuse+m.StackInuse) / (1 << 20), false
}

// filesOpen is how many files the process has open; -1 where the system does not tell.
func filesOpen() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(all)
}

// leaking is a child that does some work again and again, and prints what it measured: work, how often, and the database.
func leaking(args []string) error {
	if len(args) != 3 {
		return errors.New("leaking WORK TIMES DATABASE")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	begin, known := works[args[0]]
	if !known {
		return fmt.Errorf("there is no work %s", args[0])
	}
	do, end, err := begin(args[2])
	if err != nil {
		return err
	}
	s, err := measureSteadiness(n, do)
	if err := errors.Join(err, end()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(s)
}

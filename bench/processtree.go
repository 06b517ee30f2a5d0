package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// process is what Linux says of a process.
type process struct {
	parent int
	used   time.Duration // by itself, and by its children that have ended
}

// treeCPU is the CPU time that processes have used with all their descendants, also those that have ended. It is known where
// /proc is Linux's.
func treeCPU(roots []int) ticker {
	all, err := processes()
	if err != nil {
		return ticker{}
	}
	children := map[int][]int{}
	for pid, p := range all {
		children[p.parent] = append(children[p.parent], pid)
	}
	sum := ticker{Known: true}
	for left := roots; len(left) > 0; {
		pid := left[len(left)-1]
		p, ok := all[pid]
		if !ok {
			return ticker{}
		}
		sum.Used += p.used
		left = append(left[:len(left)-1:len(left)-1], children[pid]...)
	}
	return sum
}

// processes are all that there are, by their numbers.
func processes() (map[int]process, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	all := map[int]process{}
	for _, file := range files {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, err
		}
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended, and is its parent's
		}
		if p, ok := parseStat(stat); ok {
			all[pid] = p
		}
	}
	return all, nil
}

// tick is the unit of the times in /proc, on all platforms that Go knows.
const tick = 10 * time.Millisecond

// parseStat reads a line of /proc/*/stat, whose second field is the program's name, in which anything may be.
func parseStat(stat []byte) (p process, ok bool) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // from the third on
	const parent, utime, cstime = 4 - 3, 14 - 3, 17 - 3
	if len(fields) <= cstime {
		return p, false
	}
	var err error
	if p.parent, err = strconv.Atoi(string(fields[parent])); err != nil {
		return p, false
	}
	for _, field := range fields[utime : cstime+1] {
		ticks, err := strconv.Atoi(string(field))
		if err != nil {
			return p, false
		}
		p.used += time.Duration(ticks) * tick
	}
	return p, true
}

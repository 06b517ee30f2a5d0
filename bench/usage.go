package main

import (
	"bytes"
	"os"
	"strconv"
)

// usage is what a process has used so far.
type usage struct {
	CPU  ticker
	Peak int // bytes of memory at most, the file's pages that are mapped among them; 0 where that is not known
}

func processUsage() usage { return usage{processCPU(), peakMemory()} }

// peakMemory is the most memory that this process had, where Linux says so.
func peakMemory() int {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if field, value, _ := bytes.Cut(line, []byte(":")); string(field) == "VmHWM" {
			kilobytes, err := strconv.Atoi(string(bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimSpace(value), []byte("kB")))))
			if err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}

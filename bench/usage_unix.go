//go:build linux || darwin

package main

import (
	"syscall"
	"time"
)

// processCPU is the CPU time that this process has used.
func processCPU() ticker {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return ticker{}
	}
	return ticker{time.Duration(used.Utime.Nano() + used.Stime.Nano()), true}
}

// settle writes to the disk what the system still holds, so that nobody waits for what somebody else has written.
func settle() { syscall.Sync() }

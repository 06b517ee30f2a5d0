//go:build !linux && !darwin

package main

// processCPU is not known here.
func processCPU() ticker { return ticker{} }

// settle cannot be done here.
func settle() {}

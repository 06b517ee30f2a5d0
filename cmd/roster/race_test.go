//go:build race

package main

// raceCost is how much less of what is slow is done under the race detector.
const raceCost = 10

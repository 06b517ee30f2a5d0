//go:build !race

package main

// raceCost is how much less of what is slow is done under the race detector, which is not on.
const raceCost = 1

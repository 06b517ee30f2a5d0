//go:build race

package torture_test

// raceCost is how much less of what is slow is done under the race detector.
const raceCost = 5

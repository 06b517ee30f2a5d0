//go:build !race

package membership_test

// raceCost is how much longer things may take under the race detector, which is not on.
const raceCost = 1

//go:build race

package console_test

// raceCost is how many times fewer texts a place meets under the race detector, which has nothing to see in them.
const raceCost = 8

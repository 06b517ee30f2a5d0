//go:build race

package storetest

// raceCost is how many times fewer steps a case takes that one goroutine plays: the race detector has nothing to see in
// it, and makes it many times slower.
const raceCost = 8

//go:build !race

package torture

// RaceCost is how much less of what is slow is done under the race detector.
const RaceCost = 1

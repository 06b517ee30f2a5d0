//go:build race

package torture

// UnderRace is whether there is the race detector.
const UnderRace = true

// RaceCost is how much less of what is slow is done under the race detector.
const RaceCost = 5

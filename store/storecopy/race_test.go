//go:build race

package storecopy_test

const underRace = true

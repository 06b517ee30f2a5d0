//go:build !race

package console_test

const raceCost = 1

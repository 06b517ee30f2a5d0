//go:build !race

package storetest

const raceCost = 1

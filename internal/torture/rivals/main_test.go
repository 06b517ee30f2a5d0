// Package rivals_test lets many write at once, with clocks that are wrong and with no time.
package rivals_test

import (
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// children are the processes that the tests start of themselves.
var children = torture.Children{"rivals": rivals}

func TestMain(m *testing.M) {
	children.Main()
	servertest.Main(m)
}

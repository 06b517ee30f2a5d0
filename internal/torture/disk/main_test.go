// Package disk_test takes away the power and the room on the disk.
package disk_test

import (
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// children are the processes that the tests start of themselves.
var children = torture.Children{
	"failing":   writeWhenTold,
	"fill":      fillUntilKilled,
	"powerloss": writeUntilPowerLoss,
}

func TestMain(m *testing.M) {
	children.Main()
	servertest.Main(m)
}

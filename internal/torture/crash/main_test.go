// Package crash_test kills processes that write, and judges what they leave.
package crash_test

import (
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// children are the processes that the tests start of themselves.
var children = torture.Children{"crash": writeUntilKilled}

func TestMain(m *testing.M) {
	children.Main()
	servertest.Main(m)
}

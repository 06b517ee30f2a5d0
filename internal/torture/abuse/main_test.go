// Package abuse_test sends to the program what no good client would, and more of it, and looks for what leaks.
package abuse_test

import (
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// children are the processes that the tests start of themselves.
var children = torture.Children{"leaking": leaking}

func TestMain(m *testing.M) {
	children.Main()
	servertest.Main(m)
}

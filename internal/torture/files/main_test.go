// Package files_test opens files that are damaged, old, new, or somebody else's, and migrates them.
package files_test

import (
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// children are the processes that the tests start of themselves.
var children = torture.Children{
	"migrate shared":  migrateShared,
	"migrate until":   migrateUntil,
	"read-only mount": runOnReadOnlyMount,
}

func TestMain(m *testing.M) {
	children.Main()
	servertest.Main(m)
}

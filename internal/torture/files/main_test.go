// Package files_test opens files that are damaged, old, new, or somebody else's, and migrates them.
package files_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/roster-go/roster/internal/pgtest"
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
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		servertest.Clean()
		os.Exit(code)
	}))
}

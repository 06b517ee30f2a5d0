package torture_test

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
	"crash":     writeUntilKilled,
	"failing":   writeWhenTold,
	"fill":      fillUntilKilled,
	"powerloss": writeUntilPowerLoss,
	"rivals":    rivals,
// children are the processes that the tests start of themselves. Each file that has one adds it in a variable of its own.
var children = torture.Children{
	"leaking": leaking,
}

func TestMain(m *testing.M) {
	children.Main()
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		servertest.Clean()
		os.Exit(code)
	}))
}

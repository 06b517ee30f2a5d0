// Package access_test asks for everything with whatever somebody may have in hand.
package access_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/servertest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		pgtest.Stop()
		servertest.Clean()
		os.Exit(code)
	}))
}

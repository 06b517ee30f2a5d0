// Package access_test asks for everything with whatever somebody may have in hand.
package access_test

import (
	"testing"

	"github.com/roster-go/roster/internal/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

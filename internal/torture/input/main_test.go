// Package input_test gives hostile texts to every place where text comes in.
package input_test

import (
	"testing"

	"github.com/roster-go/roster/internal/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

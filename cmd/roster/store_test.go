package main

import (
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

func TestADatabaseThatCannotBeReached(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"serve", "--addr", "127.0.0.1:0", "--db", "postgres://roster:secret@127.0.0.1:1/app?nonsense=%zz"},
		{"credentials", "list", "--db", "postgres://roster:secret@127.0.0.1:notaport/app"},
		{"changes", "prune", "--keep", "1", "--db", "postgres://roster:secret@[::1/app"},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &stdout, &stderr)
		if status != exit.Failed || !strings.HasPrefix(stderr.String(), "roster: ") {
			t.Errorf("%v ends with %d and says %s", args, status, stderr.String())
		}
		if strings.Contains(stderr.String()+stdout.String(), "secret") {
			t.Errorf("%v gives the password away: %s", args, stderr.String())
		}
	}
}

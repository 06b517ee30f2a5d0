package main

import (
	"strings"
	"testing"
)

func TestNoPasswordIsShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ db, want string }{
		{"roster.db", "roster.db"},
		{"dir:with@odd/roster.db", "dir:with@odd/roster.db"},
		{"postgres://db/app", "postgres://db/app"},
		{"postgres://roster@db:5432/app", "postgres://roster@db:5432/app"},
		{"postgres://roster:secret@db:5432/app", "postgres://roster:xxxxx@db:5432/app"},
		{"postgresql://roster:s%2Fe:c@r@a:1,b:2/app?x=y@z", "postgresql://roster:xxxxx@a:1,b:2/app?x=y@z"},
		{"postgres://db/app?user=roster&password=secret&sslmode=disable", "postgres://db/app?user=roster&password=xxxxx&sslmode=disable"},
		{"postgres://db/app?sslpassword=secret", "postgres://db/app?sslpassword=xxxxx"},
	} {
		if got := shown(c.db); got != c.want {
			t.Errorf("%s is shown as %s, want %s", c.db, got, c.want)
		}
	}
}

func TestADatabaseThatCannotBeReached(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"serve", "--addr", "127.0.0.1:0", "--db", "postgres://roster:secret@127.0.0.1:1/app?nonsense=%zz"},
		{"credentials", "list", "--db", "postgres://roster:secret@127.0.0.1:notaport/app"},
		{"changes", "prune", "--keep", "1", "--db", "postgres://roster:secret@[::1/app"},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), args, func(string) string { return "" }, strings.NewReader(""), &stdout, &stderr)
		if status != exitError || !strings.HasPrefix(stderr.String(), "roster: ") {
			t.Errorf("%v ends with %d and says %s", args, status, stderr.String())
		}
		if strings.Contains(stderr.String()+stdout.String(), "secret") {
			t.Errorf("%v gives the password away: %s", args, stderr.String())
		}
	}
}

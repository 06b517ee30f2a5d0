package database

import "testing"

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
		if got := Shown(c.db); got != c.want {
			t.Errorf("%s is shown as %s, want %s", c.db, got, c.want)
		}
	}
}

package database

import "testing"

func TestNoPasswordIsShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ db, want string }{
		{"roster.db", "roster.db"},
		{"dir:with@odd/roster.db", "dir:with@odd/roster.db"},
		{"postgres://db/app", "postgres://db/app"},
		{"host=db password=secret", "xxxxx"},
		{"postgres://roster@db:5432/app", "postgres://roster@db:5432/app"},
		{"postgres://roster:secret@db:5432/app", "postgres://roster:xxxxx@db:5432/app"},
		{"postgresql://roster:s%2Fe:c@r@a:1,b:2/app?x=y", "postgresql://roster:xxxxx@a:1,b:2/app?x=y"},
		{"postgresql://roster:secret@a:1/app?x=y@z", "postgresql://roster:xxxxx@z"},
		{"postgres://roster:se/cret@db/app", "postgres://roster:xxxxx@db/app"},
		{"postgres://roster:se?cr#et@db/app", "postgres://roster:xxxxx@db/app"},
		{"postgres://roster:s@e/cret@db/app?sslpassword=hush", "postgres://roster:xxxxx@db/app?sslpassword=xxxxx"},
		{"postgres://db/app?user=roster&password=secret&sslmode=disable", "postgres://db/app?user=roster&password=xxxxx&sslmode=disable"},
		{"POSTGRES://roster:secret@db/app?PASSWORD=hush", "POSTGRES://roster:xxxxx@db/app?PASSWORD=xxxxx"},
		{"postgres://db/app?sslpassword=secret", "postgres://db/app?sslpassword=xxxxx"},
	} {
		if got := Shown(c.db); got != c.want {
			t.Errorf("%s is shown as %s, want %s", c.db, got, c.want)
		}
	}
}

func TestAServerThatIsNamedInAnotherWayIsNoFile(t *testing.T) {
	t.Parallel()
	for db, want := range map[string]bool{
		"roster.db": false, "a=b.db": false, "dir/user data.db": false, `C:\data\roster.db`: false, "postgres://db/app": false, "PostgreSQL://db/app": false,
		"host=db user=roster password=secret": true, "PASSWORD = secret host=db": true, "mysql://roster:secret@db/app": true, "file://roster.db": true,
		" postgres://roster:secret@db/app": true, "postgres:/roster:secret@db/app": true, "PostgreSQL:roster:secret@db": true,
	} {
		if got := CheckName(db) != nil; got != want {
			t.Errorf("%s is refused: %v, want %v", db, got, want)
		}
	}
}

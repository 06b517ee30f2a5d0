// Package operate is the commands that look after a database: imports and exports, backups, checks, migrations, copies and
// the removal of old changes.
package operate

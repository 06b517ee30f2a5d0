// Package sqlitestore is roster's store on SQLite, in pure Go.
//
// There are three ways to use it:
//
//   - [Open] owns a file: it creates it, migrates it and sets everything right.
//   - [New] works in a database that the program around it has opened, beside the program's own tables. The program
//     brings it up to date with migrations.Up and closes it.
//   - [InTx] works within one transaction of the program around it, so that memberships commit with its own rows or
//     not at all.
//
// # One library
//
// Whatever opens the file within one process must do so with the same SQLite library, modernc.org/sqlite: two
// libraries in one process break each other's locks, and acknowledged writes vanish. Other processes may use any.
// Never copy the file while it is open; use VACUUM INTO or SQLite's backup.
//
// # Joining with your own tables
//
// Roster's tables have the prefix roster_ and keep ids as BLOBs of 16 bytes. A column of yours that joins with them, or
// refers to them with a foreign key, needs the same: store id.UUID[:]. The id itself would be written as a text of 36
// characters, which equals none of them. A foreign key of yours on them refuses what it is told to refuse:
// deleting what it refers to then answers membership.ErrReferenced, unless it says ON DELETE CASCADE or SET NULL.
//
// # Custom fields in SQL
//
// The values of a row's custom fields are a JSON object in the column fields: fields ->> 'slug' is one of them. A row
// from before a field was defined has none for it, where roster answers with the field's initial value. Beside the
// values, "$keys" has what floats and dates are compared by; who writes those with SQL writes that too. A field that is
// indexed has an index roster_field_<id>, which roster makes and drops with the field.
//
// # Waiting
//
// Writers within one store wait for each other in the order in which they came, for as long as their contexts allow,
// and never get an error from waiting. Those that come together share one transaction, each with its own result: so a
// function that is handed to Update keeps also those waiting that came just before it, whatever their contexts, and may
// run a second time, after the failure of another. Another process that writes is waited for as long as [Options.BusyTimeout]
// says, then the answer is store.ErrBusy. Readers wait for no writer.
//
// # Contexts
//
// The end of a context is looked at before each statement of a transaction and when its function returns, not in the middle
// of a writing statement: SQLite would undo the whole transaction, and within [InTx] that is not ours. Lists outside a
// writing transaction are interrupted.
package sqlitestore

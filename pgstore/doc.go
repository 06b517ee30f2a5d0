// Package pgstore is roster's store on PostgreSQL, for when one machine is not enough: any number of programs may use one
// database at once, and behave as one.
//
// There are three ways to use it:
//
//   - [Open] owns its connections: it connects, migrates the schema and keeps a pool.
//   - [New] works on a pool of the program around it, beside the program's own tables. The program brings the schema up to
//     date with [Migrate] and closes the pool.
//   - [InTx] works within one transaction of the program around it, so that memberships commit with its own rows or not at
//     all.
//
// It needs PostgreSQL 13 or newer, with the encoding UTF8; any locale will do, because no index and no order depends on it.
// Tables are in the first schema of the connection's search_path.
//
// # Transactions
//
// Every Update is a SERIALIZABLE transaction, so that it sees and does what it would if it were alone. Where two meet, one
// of them is run again: fn is called anew, in a new transaction. That ends with the Update's context only. Facts about
// joining are read under the locks of the account's row and then the member's.
//
// # When the server goes away
//
// A transaction whose connection is lost before its commit was sent was not committed, and is tried again for as long as
// [Options.Patience] and its context say; so are reads, but not a View whose function has begun. Then the answer is store.ErrUnavailable, and nothing was changed.
// When the connection is lost while the commit is under way, the store looks for the transaction's changes in the log, and
// answers as if it had learnt the outcome. Only when it cannot look either, or there are no changes to look for, the answer
// is store.ErrOutcomeUnknown. A commit that is under way is waited for up to 2 seconds longer than its context.
//
// A URL may name several hosts, and should then say target_session_attrs=read-write, so that the pool finds the one that
// has become the primary. What a failover may lose is a matter of the server's replication: see docs/postgresql.md.
//
// # The change log
//
// Numbers increase and some are missing: those of transactions that were undone. A change is shown once every transaction
// that began to write before it was committed has ended, in any database of the server: a transaction that writes and stays
// open holds the log back, for readers, as long as it runs. Store.AwaitChanges listens on the channel roster_changes, and
// polls besides.
//
// # Joining with your own tables
//
// Roster's tables have the prefix roster_, and ids are of the type uuid. A foreign key of yours on them refuses what it is
// told to refuse: deleting what it refers to then answers membership.ErrReferenced, unless it says ON DELETE CASCADE or SET
// NULL. The values of a row's custom fields are a JSON object in the column fields: fields ->> 'slug' is one of them. A row
// from before a field was defined has none for it, where roster answers with the field's initial value.
package pgstore

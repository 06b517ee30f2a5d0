// Package store is the contract that a storage engine fulfils. A store keeps rows and isolates transactions; it
// knows no rule of joining. Package storetest holds the conformance suite: an engine is a store when it passes.
//
// # The contract
//
// The suite's cases cite these numbers.
//
//  1. Round trip. What was inserted or updated is read back equal, in every field. Times come back in UTC. What a
//     store is given it does not keep, and what it returns it does not touch again.
//  2. Not found. A lookup of something unknown answers with the noun's own error, such as
//     [membership.ErrAccountNotFound]; so do update and delete. What is looked up within an account answers
//     ErrAccountNotFound when the account is unknown, and ErrMembershipNotFound when the account is known and the
//     membership is unknown or another account's; logins within a member likewise.
//  3. Structure. An id is taken once per noun ([membership.ErrDuplicateID]), an account's registration id once
//     unless empty ([membership.ErrRegistrationIDTaken]), a tag's name once ([membership.ErrTagNameTaken]), a username
//     once in its password profile ([membership.ErrUsernameTaken]), a resource has one flow ([membership.ErrFlowExists]), a
//     field's slug is taken once in its resource ([membership.ErrSlugTaken]), a pair of account and member once
//     ([membership.ErrAlreadyMember]). What a row refers to exists: a membership's account and member
//     ([membership.ErrAccountNotFound], [membership.ErrMemberNotFound]), an account's parent, a login's member and
//     profile, a field's flow. A refused write has changed nothing, and its transaction can go on. Where several rules are
//     broken, the first is reported, in this order: what the row refers to, in the order of its fields; its id; what else is
//     unique.
//  4. Cascade. Deleting an account or a member deletes its memberships in the same transaction. An account's children
//     become roots, a tag is taken from its accounts, a member's and a password profile's logins go along, and so do
//     the tokens of a credential's client, and a field's values.
//  5. Lists. A query selects what [membership.Filter.Match] accepts, sorts as [membership.Order.Less] says, cuts
//     the page as [membership.Query] says, and reports the exact total. Items is never nil. The query was validated
//     by the caller. A list within an account or of a member that is unknown answers with the noun's error.
//  6. Atomicity. When fn returns an error or panics, Update undoes everything that fn did, and the caller gets
//     that error or panic. When its context has ended by the time that fn returns, Update undoes everything and
//     returns the context's error; so does every call within a View or Update whose context has ended, or with a context
//     that has.
//     After a failure of the engine itself, such as a full disk, the Update writes nothing more and fails.
//  7. Isolation. Updates are serialised, one after the other or as if they were: each one sees everything that was
//     committed before it and runs as if alone. A View sees one snapshot throughout, and so does a single read. A Tx reads its own writes.
//  8. Durability. When Update returns nil what it wrote is visible to every later read, and durable as far as the
//     store promises; see 14 for the change log. When it returns any error but [ErrOutcomeUnknown], nothing was written.
//  9. Repetition. fn may be run more than once, after a conflict or to separate it from others; so it must touch
//     nothing but its Tx. It must not call the store itself, nor wait for another Update to return: a store may wait
//     for fn to end, and may commit several Updates at once, none of which returns before.
//  10. Lifetime. A Reader and a Tx are good until their fn returns, afterwards they answer [ErrClosed]; only one
//     goroutine uses them at a time. After Close everything answers ErrClosed. Close waits for what is running and
//     may be called again.
//  11. Waiting. Callers within one process wait for their turn as long as their contexts allow, never with an error of
//     their own. An Update whose fn has returned waits for those that are committed with it. Another process that writes is
//     waited for as long as the store was configured to, then [ErrBusy]; so is a server that cannot be reached, then
//     [ErrUnavailable].
//  12. Facts. [MembershipWriter.JoinFacts] tells what is true within the transaction; its counts are exact after any
//     sequence of inserts, deletes and cascades, and nothing changes them before the transaction ends.
//  13. Custom fields. A row that is read answers with what [membership.Schema.Resolve] makes, of the schema as it is in the
//     same snapshot, of the values that are stored; of those that a row is written with [membership.Schema.Keep] says what
//     is stored. They were checked by the caller. Lists are filtered and sorted by what the rows answer with. Changing a
//     definition changes no value, but for the name of one whose slug changes.
//  14. Change log. A reader that has seen the number N never sees a smaller one appear later. Numbers follow each other
//     without a gap, also after a rollback, unless the store says that it leaves some out, or changes were restored that
//     have gaps. It may show changes only once the
//     transactions have ended that ran while they were committed, if it says so; AwaitChanges waits for that. A transaction
//     reads its own at once. What is read is equal to what was appended.
//  15. Awaiting. AwaitChanges never misses a change; it may return without one. Close ends it with ErrClosed.
//  16. Room. Where there is no room for what an Update wrote the answer is [ErrStorageFull], and nothing of it was kept; so
//     it is with [ErrStorageFailed], where the disk failed otherwise. Reads go on meanwhile. The same store writes again once
//     there is room: nobody has to open it anew.
package store

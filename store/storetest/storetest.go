// Package storetest is the conformance suite of package store: an engine is a store when it passes. It is public, so
// that a stranger who writes one can run it:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t testing.TB) store.Store { return mystore.New(t.TempDir()) })
//	}
//
// The numbers in the cases' names are those of the contract in package store.
package storetest

import (
	"slices"
	"testing"

	"github.com/roster-go/roster/store"
)

// Open returns a new, empty store. The suite closes it; what else it needs, Open cleans up by itself.
type Open func(t testing.TB) store.Store

// Option says what a store does that the contract leaves open.
type Option func(*options)

type options struct{ sparse bool }

// Sparse says that the store's change log leaves numbers out.
func Sparse() Option { return func(o *options) { o.sparse = true } }

// testCase is one promise of the contract.
type testCase struct {
	name string
	test func(t *testing.T, st store.Store)
}

// Run runs every case, each on a store of its own, in parallel.
func Run(t *testing.T, open Open, opts ...Option) {
	t.Helper()
	runCases(t, open, sequentialCases, denseCases, opts)
	runCases(t, open, concurrentCases, concurrentDenseCases, opts)
}

// RunSequential runs the cases that one goroutine can play: those for a store within a transaction that somebody else
// commits, which cannot be used by several goroutines and has no end of its own.
func RunSequential(t *testing.T, open Open, opts ...Option) {
	t.Helper()
	runCases(t, open, sequentialCases, denseCases, opts)
}

// runCases runs cases, and those of a log that leaves no number out unless the store says that its log does.
func runCases(t *testing.T, open Open, cases, dense []testCase, opts []Option) {
	t.Helper()
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	if !o.sparse {
		cases = slices.Concat(cases, dense)
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			st := open(t)
			t.Cleanup(func() {
				if err := st.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			c.test(t, st)
		})
	}
}

var sequentialCases = []testCase{
	{"01_RoundTrip/Account", roundTripAccount},
	{"01_RoundTrip/Member", roundTripMember},
	{"01_RoundTrip/Membership", roundTripMembership},
	{"01_RoundTrip/Tag", roundTripTag},
	{"01_RoundTrip/Login", roundTripLogin},
	{"01_RoundTrip/Settings", roundTripSettings},
	{"01_RoundTrip/Credential", roundTripCredential},
	{"01_RoundTrip/Token", roundTripToken},
	{"01_RoundTrip/Definitions", roundTripDefinitions},
	{"01_RoundTrip/FieldValues", roundTripFieldValues},
	{"01_RoundTrip/ManyByID", manyByID},
	{"01_NoAliasing", noAliasing},
	{"01_NoAliasing/Definitions", noAliasingDefinitions},
	{"02_NotFound/Accounts", notFoundAccounts},
	{"02_NotFound/Members", notFoundMembers},
	{"02_NotFound/Memberships", notFoundMemberships},
	{"02_NotFound/Tags", notFoundTags},
	{"02_NotFound/Logins", notFoundLogins},
	{"02_NotFound/Definitions", notFoundDefinitions},
	{"02_NotFound/Credentials", notFoundCredentials},
	{"02_NotFound/UnstorableTexts", notFoundUnstorable},
	{"03_Structure/DuplicateIDs", duplicateIDs},
	{"03_Structure/RegistrationIDs", registrationIDs},
	{"03_Structure/TagNames", tagNames},
	{"03_Structure/Usernames", uniqueUsernames},
	{"03_Structure/Definitions", definitions},
	{"03_Structure/Hierarchy", hierarchy},
	{"03_Structure/Pairs", duplicatePairs},
	{"03_Structure/DanglingReferences", danglingReferences},
	{"03_Structure/OrderOfRefusals", orderOfRefusals},
	{"03_Structure/RefusedWriteLetsTheTransactionGoOn", refusedWriteGoesOn},
	{"04_Cascade/Account", cascadeAccount},
	{"04_Cascade/Member", cascadeMember},
	{"04_Cascade/Children", childrenBecomeRoots},
	{"04_Cascade/Tags", assignTags},
	{"04_Cascade/Logins", cascadeLogins},
	{"04_Cascade/Credential", cascadeCredential},
	{"05_Lists/Empty", emptyLists},
	{"05_Lists/UnknownScope", unknownScopes},
	{"05_Lists/Accounts", listAccounts},
	{"05_Lists/Members", listMembers},
	{"05_Lists/UnassignedMembers", listUnassignedMembers},
	{"05_Lists/MembershipsOfAccount", listMembershipsOfAccount},
	{"05_Lists/MembershipsOfMember", listMembershipsOfMember},
	{"05_Lists/AllMemberships", listAllMemberships},
	{"05_Lists/Tags", listTags},
	{"05_Lists/Logins", listLogins},
	{"05_Lists/LoginsOfMembers", loginsOfMembers},
	{"05_Lists/EveryOperator", everyOperator},
	{"05_Lists/RandomFilters", randomFilters},
	{"05_Lists/HostileText", hostileText},
	{"06_Atomicity/Error", rollbackOnError},
	{"06_Atomicity/Panic", rollbackOnPanic},
	{"06_Atomicity/EndedContext", rollbackOnEndedContext},
	{"06_Atomicity/ContextEndedBefore", contextEndedBefore},
	{"06_Atomicity/OuterContextEnded", outerContextEnded},
	{"07_Isolation/ReadsOwnWrites", readsOwnWrites},
	{"10_Lifetime/UseAfterFunction", useAfterFunction},
	{"10_Lifetime/UseAfterClose", useAfterClose},
	{"12_Facts/Join", joinFacts},
	{"12_Facts/JoinMany", joinMany},
	{"12_Facts/CountsAfterRandomHistory", countsAfterRandomHistory},
	{"14_Changes/RoundTrip", roundTripChanges},
	{"14_Changes/Queries", queryChanges},
	{"14_Changes/NoAliasing", noAliasingChanges},
	{"14_Changes/Undone", undoneChanges},
	{"14_Changes/Prune", pruneChanges},
	{"14_Changes/Consumers", consumers},
	{"14_Changes/Restored", restoreChanges},
	{"14_Changes/RestoredWrongly", restoreNothingWrong},
	{"14_Changes/RestoredAndUndone", undoneRestore},
	{"14_Changes/PruneGaps", pruneGaps},
	{"13_Fields/RowsFromBefore", rowsFromBefore},
	{"13_Fields/Null", nullFields},
	{"13_Fields/Disabled", disabledFields},
	{"13_Fields/DisabledValues", disabledValues},
	{"13_Fields/Renamed", renamedFields},
	{"13_Fields/Deleted", deletedFields},
	{"13_Fields/BesideLists", fieldsBesideLists},
	{"13_Fields/Undone", undoneDefinitions},
	{"13_Fields/BehindWhatFindsNothing", definitionsBehindNothing},
	{"13_Fields/Random", randomFields},
}

var denseCases = []testCase{
	{"14_Changes/NoNumberIsMissing", noNumberIsMissing},
}

var concurrentDenseCases = []testCase{
	{"14_Changes/NoNumberIsMissingAmongMany", noNumberIsMissingAmongMany},
}

var concurrentCases = []testCase{
	{"07_Isolation/ViewSeesNoLaterCommit", viewSeesNoLaterCommit},
	{"07_Isolation/ViewIsOneSnapshot", viewIsOneSnapshot},
	{"07_Isolation/LastSeat", lastSeat},
	{"07_Isolation/SamePair", samePair},
	{"07_Isolation/LostUpdates", lostUpdates},
	{"08_Durability/CommittedIsVisible", committedIsVisible},
	{"10_Lifetime/CloseWaits", closeWaits},
	{"13_Fields/DefinitionsAndRowsAreOfOneMoment", definitionsOfOneMoment},
	{"14_Changes/InTheOrderOfCommits", changesInOrder},
	{"15_Awaiting/Commit", awaitCommit},
	{"15_Awaiting/Restored", awaitRestored},
	{"15_Awaiting/Close", awaitClose},
	{"11_Waiting/ContextEndsWhileWaiting", contextEndsWhileWaiting},
	{"11_Waiting/NeverBusy", neverBusy},
}

package history

import "math"

// How many there are in a club.
const (
	Pairs = 6 // members of a club who come and go
	Seats = 4 // that there are for them
)

// Kind is what an operation asks for.
type Kind int

// The kinds.
const (
	Add      Kind = iota
	Remove        // a membership, by its id
	Get           // a membership, by its id
	IsMember      // whether there is a membership of a member
	Find          // a member's membership, in the account's list with a filter
	List          // those of all the members who come and go
	Count         // how many there are
	kinds
)

func (k Kind) String() string {
	return [...]string{"add", "remove", "get", "is-member", "find", "list", "count"}[k]
}

// Input is what is asked.
type Input struct {
	Club   int
	Kind   Kind
	Member int    // its number in the club
	ID     string // of the membership, to remove and to get
}

// Answer says how an operation ended.
type Answer int

// The answers. The zero one never came: what was asked may have been done at any time since.
const (
	Unknown Answer = iota
	Done
	Missing // there is no such membership
	Taken   // there is one already
	Full    // all seats are taken
	AtLimit // the member is in as many accounts as allowed; clubs whose history is recorded have no such members
	Busy    // nothing was done, and trying again is right
)

func (a Answer) String() string {
	return [...]string{"unknown", "done", "missing", "taken", "full", "at limit", "busy"}[a]
}

// Output is what is answered.
type Output struct {
	Answer  Answer
	ID      string // that was made, or was in the way
	Members State  // that were found
	Count   int    // of memberships, where that was asked for; of a member, whether there is one
}

// whenever is when an operation without an answer ends.
const whenever = math.MaxInt64

package main

import (
	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// world is what there is before anything is measured: accounts and members, which are numbered from 0, and who belongs to
// which. Every contender has ids of its own for them.
type world struct {
	Accounts, Members int
	Each              int // how many memberships every account has from the start

	// The limits that every contender that has limits keeps to; 0 means roster's defaults.
	AccountLimit, MemberLimit int
}

func (w world) accountLimit() int {
	if w.AccountLimit == 0 {
		return membership.DefaultAccountLimit
	}
	return w.AccountLimit
}

func (w world) memberLimit() int {
	if w.MemberLimit == 0 {
		return membership.DefaultSettings().MembershipLimit
	}
	return w.MemberLimit
}

// memberships is how many there are from the start: the first pairs, in the order in which they came.
func (w world) memberships() int { return w.Accounts * w.Each }

// pair says who becomes a member of what in the n-th place. No pair comes twice, no account gets a second membership
// before each has its first, and the order is that of life: any account, any member.
func (w world) pair(n int) (account, member int) {
	const anyAccount, anyMember = 7919, 6_700_417 // primes, so that all are met before one comes again
	place := n / w.Accounts
	account = n % w.Accounts * anyAccount % w.Accounts
	return account, w.member(account, place*anyMember)
}

// member is one of those that an account has if place is that of a membership that it has.
func (w world) member(account, place int) int { return (account*7 + place) % w.Members }

// question asks whether a member belongs to an account, and knows the answer.
type question struct {
	account, member int
	is              bool
}

// questions are as many of either answer as the world has, in no order that an index has.
func (w world) questions() []question {
	all := make([]question, 4096)
	for i := range all {
		n := i * 104_729 % (2 * w.memberships()) // as many behind the memberships as there are
		account, member := w.pair(n)
		all[i] = question{account, member, n < w.memberships()}
	}
	return all
}

// population is a world whose accounts and members have ids.
type population struct {
	world
	accounts, members []uuid.UUID
}

func newPopulation(w world) population { return population{w, newIDs(w.Accounts), newIDs(w.Members)} }

// newIDs makes so many ids as roster makes them, each later than the one before.
func newIDs(n int) []uuid.UUID {
	ids := make([]uuid.UUID, n)
	for i := range ids {
		ids[i] = uuid.Must(uuid.NewV7())
	}
	return ids
}

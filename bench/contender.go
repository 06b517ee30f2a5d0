package main

import "errors"

// contender is one of those that are compared. It can do some of what the interfaces below say.
type contender interface {
	Close() error
}

// joiner makes a member belong to an account. What the rules forbid it answers with errRefused.
type joiner interface {
	Join(account, member int) error
}

// asker answers whether a member belongs to an account.
type asker interface {
	IsMember(account, member int) (bool, error)
}

// lister lists the newest memberships of an account, behind the first so many. rows is how many there are on the page of
// pageSize, total how many in all, or noTotal from one that does not count.
type lister interface {
	List(account, offset int) (rows, total int, err error)
}

// expander is a lister whose pages can have the members beside the memberships.
type expander interface {
	ListWithMembers(account int) (rows, members, total int, err error)
}

// counter says how many memberships there are.
type counter interface {
	Count() (int, error)
}

const (
	pageSize = 25
	noTotal  = -1
)

var (
	errRefused = errors.New("refused by a rule")

	// errBusy is the answer of one that gave up waiting for the database's lock. It is counted, and no reason to stop.
	errBusy = errors.New("gave up waiting for the lock")
)

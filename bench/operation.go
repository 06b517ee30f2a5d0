package main

import "fmt"

// operate makes the operation that a contender repeats, in a world.
type operate func(c contender, w world) (operation, error)

// can is c as one that can do a thing.
func can[T any](c contender) (T, error) {
	able, ok := c.(T)
	if !ok {
		return able, fmt.Errorf("%T cannot do this", c)
	}
	return able, nil
}

// joins makes one new pair after the other.
func joins(c contender, w world) (operation, error) {
	j, err := can[joiner](c)
	return func(n int) error { return j.Join(w.pair(w.memberships() + n)) }, err
}

// asks whether somebody is a member: half of those that are asked about are.
func asks(c contender, w world) (operation, error) {
	a, err := can[asker](c)
	all := w.questions()
	return func(n int) error {
		q := &all[n%len(all)]
		is, err := a.IsMember(q.account, q.member)
		if err == nil && is != q.is {
			err = fmt.Errorf("member %d of account %d: %t", q.member, q.account, is)
		}
		return err
	}, err
}

// lists gets the page at an offset of one account after the other.
func lists(offset int) operate {
	return func(c contender, w world) (operation, error) {
		l, err := can[lister](c)
		return func(n int) error {
			rows, total, err := l.List(n%w.Accounts, offset)
			if err == nil && (rows != pageSize && rows != total || total != noTotal && total != w.Each) {
				err = fmt.Errorf("a page has %d of %d", rows, total)
			}
			return err
		}, err
	}
}

// pages gets the newest of one account after the other over HTTP.
func pages(withMembers bool) operate {
	return func(c contender, w world) (operation, error) {
		asking, err := can[*client](c)
		return fetches(asking, w, withMembers), err
	}
}

// seldom is how many pages are fetched for one that is looked at: reading them takes the clients' processor, which is the
// server's, too.
const seldom = 500

func fetches(c *client, w world, withMembers bool) operation {
	return func(n int) error {
		account := n % w.Accounts
		if n%seldom != 0 {
			return c.fetch(account, withMembers)
		}
		p, err := c.look(account, 0, withMembers)
		if err == nil && (p.rows != pageSize || p.total != w.Each || withMembers != (p.members == pageSize)) {
			err = fmt.Errorf("a page has %d of %d, and %d members", p.rows, p.total, p.members)
		}
		return err
	}
}

package main

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Everybody who is compared, and what of the rules they have.
var contenders = []struct {
	name   string
	open   opener
	unique bool // refuses a pair that is there
	limits bool // refuses what is beyond the limits
}{
	{"raw", openRaw, true, true},
	{"raw, default pool", openPool, true, true},
	{"roster", openRoster, true, true},
	{"roster, memory", openRosterInMemory, true, true},
	{"roster on PostgreSQL", testPostgres.open, true, true},
	{"roster on PostgreSQL, SERIALIZABLE", testPostgres.openIsolated(pgx.Serializable), true, true},
	{"roster on PostgreSQL, READ COMMITTED", testPostgres.openIsolated(pgx.ReadCommitted), true, true},
	{"roster over HTTP", openRosterClient, true, true},
	{"PocketBase", openPocketBase, true, true},
	{"PocketBase over HTTP", openPocketBaseClient, true, true},
	{"PocketBase over HTTP, indexes by time", openPocketBaseIndexedClient, true, true},
	{"OpenFGA", openOpenFGA, true, false},
	{"casbin", openCasbin, true, false},
	{"casbin, rules", openCasbinRules, true, false},
	{"casbin, enforcer", openCasbinEnforcer, true, false},
	{"map", openMap, false, false},
}

// small has accounts that are nearly full, and more of them than a member may belong to.
var small = world{Accounts: 6, Members: 400, Each: 40, AccountLimit: 44, MemberLimit: 3}

func open(t *testing.T, open opener, w world) contender {
	t.Helper()
	c, err := open(t.TempDir(), w)
	if missing := postgresMissing(); err != nil && errors.Is(err, missing) && os.Getenv("CI") != "true" {
		t.Skip(missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

func mustCount(t *testing.T, c contender, want int) {
	t.Helper()
	if err := checkCount(c, want); err != nil {
		t.Error(err)
	}
}

func TestContendersAnswerRight(t *testing.T) {
	t.Parallel()
	for _, each := range contenders {
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			c := open(t, each.open, small)
			mustCount(t, c, small.memberships())
			if a, ok := c.(asker); ok {
				checkQuestions(t, a)
			}
			if l, ok := c.(lister); ok {
				checkPages(t, l)
			}
			if e, ok := c.(expander); ok {
				rows, members, total, err := e.ListWithMembers(1)
				if rows != pageSize || members != pageSize || total != small.Each || err != nil {
					t.Errorf("a page has %d of %d with %d members, %v", rows, total, members, err)
				}
			}
		})
	}
}

func checkQuestions(t *testing.T, a asker) {
	t.Helper()
	var answers [2]int
	for _, q := range small.questions()[:500] {
		is, err := a.IsMember(q.account, q.member)
		if err != nil || is != q.is {
			t.Fatalf("member %d of account %d: %t, %v, want %t", q.member, q.account, is, err, q.is)
		}
		answers[map[bool]int{true: 1}[is]]++
	}
	if answers[0] < 100 || answers[1] < 100 {
		t.Errorf("%d answers were no, %d yes: about as many of both should be asked for", answers[0], answers[1])
	}
}

func checkPages(t *testing.T, l lister) {
	t.Helper()
	for offset, want := range map[int]int{0: pageSize, pageSize: small.Each - pageSize} {
		rows, total, err := l.List(0, offset)
		if err != nil {
			t.Fatal(err)
		}
		all := rows == total // one that has no pages
		if rows != want && !all || total != small.Each && total != noTotal {
			t.Errorf("behind %d a page has %d of %d, want %d of %d", offset, rows, total, want, small.Each)
		}
	}
}

func TestContendersKeepTheirRules(t *testing.T) {
	t.Parallel()
	for _, each := range contenders {
		if !each.unique {
			continue
		}
		t.Run(each.name, func(t *testing.T) {
			t.Parallel()
			c := open(t, each.open, small)
			j, ok := c.(joiner)
			if !ok {
				t.Fatalf("%T cannot join", c)
			}
			account, member := small.pair(small.memberships())
			if err := j.Join(account, member); err != nil {
				t.Fatalf("the first time: %v", err)
			}
			if err := j.Join(account, member); !errors.Is(err, errRefused) {
				t.Errorf("the second time: %v, want a refusal", err)
			}
			count := small.memberships() + 1
			mustCount(t, c, count)
			if !each.limits {
				return
			}
			if got := joinAtOnce(t, j, 1, 50); got != small.AccountLimit-small.Each {
				t.Errorf("an account of %d took %d more, its limit is %d", small.Each, got, small.AccountLimit)
			} else {
				mustCount(t, c, count+got)
			}
			checkMemberLimit(t, j)
		})
	}
}

// joinAtOnce lets so many members that do not belong to an account yet join it all at once, and counts those who could.
func joinAtOnce(t *testing.T, j joiner, account, members int) int {
	t.Helper()
	belongs := map[int]bool{}
	for n := range small.memberships() + 1 {
		if a, m := small.pair(n); a == account {
			belongs[m] = true
		}
	}
	var joined atomic.Int64
	var wg sync.WaitGroup
	for member := range small.Members {
		if belongs[member] || members == 0 {
			continue
		}
		members--
		wg.Go(func() {
			switch err := j.Join(account, member); {
			case err == nil:
				joined.Add(1)
			case !errors.Is(err, errRefused):
				t.Errorf("Join: %v", err)
			}
		})
	}
	wg.Wait()
	return int(joined.Load())
}

// checkMemberLimit lets the last member, who belongs to nothing, join all accounts that have room.
func checkMemberLimit(t *testing.T, j joiner) {
	t.Helper()
	has := 0
	for account := range small.Accounts {
		err := j.Join(account, small.Members-1)
		switch {
		case err == nil:
			has++
		case !errors.Is(err, errRefused):
			t.Fatal(err)
		}
	}
	if has != small.MemberLimit {
		t.Errorf("a member has %d memberships, its limit is %d", has, small.MemberLimit)
	}
}

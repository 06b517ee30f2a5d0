package membership_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/roster-go/roster/membership"
)

// TestJoiningIsDecidedByFiveFacts goes through all 32 combinations: the first fact that speaks against joining, in
// the fixed order, is the one that is reported.
func TestJoiningIsDecidedByFiveFacts(t *testing.T) {
	t.Parallel()
	const (
		accountMissing = 1 << iota
		memberMissing
		pairExists
		accountFull
		memberAtLimit
		all = 1<<iota - 1
	)
	// One cause for each combination, counted in binary: bit 0 is the first fact.
	want := [all + 1]error{
		0:              nil,
		memberAtLimit:  membership.ErrMemberAtLimit,
		accountFull:    membership.ErrAccountFull,
		pairExists:     membership.ErrAlreadyMember,
		memberMissing:  membership.ErrMemberNotFound,
		accountMissing: membership.ErrAccountNotFound,

		accountFull | memberAtLimit: membership.ErrAccountFull,

		pairExists | memberAtLimit:               membership.ErrAlreadyMember,
		pairExists | accountFull:                 membership.ErrAlreadyMember,
		pairExists | accountFull | memberAtLimit: membership.ErrAlreadyMember,

		memberMissing | memberAtLimit:                            membership.ErrMemberNotFound,
		memberMissing | accountFull:                              membership.ErrMemberNotFound,
		memberMissing | accountFull | memberAtLimit:              membership.ErrMemberNotFound,
		memberMissing | pairExists:                               membership.ErrMemberNotFound,
		memberMissing | pairExists | memberAtLimit:               membership.ErrMemberNotFound,
		memberMissing | pairExists | accountFull:                 membership.ErrMemberNotFound,
		memberMissing | pairExists | accountFull | memberAtLimit: membership.ErrMemberNotFound,

		accountMissing | memberAtLimit:                                            membership.ErrAccountNotFound,
		accountMissing | accountFull:                                              membership.ErrAccountNotFound,
		accountMissing | accountFull | memberAtLimit:                              membership.ErrAccountNotFound,
		accountMissing | pairExists:                                               membership.ErrAccountNotFound,
		accountMissing | pairExists | memberAtLimit:                               membership.ErrAccountNotFound,
		accountMissing | pairExists | accountFull:                                 membership.ErrAccountNotFound,
		accountMissing | pairExists | accountFull | memberAtLimit:                 membership.ErrAccountNotFound,
		accountMissing | memberMissing:                                            membership.ErrAccountNotFound,
		accountMissing | memberMissing | memberAtLimit:                            membership.ErrAccountNotFound,
		accountMissing | memberMissing | accountFull:                              membership.ErrAccountNotFound,
		accountMissing | memberMissing | accountFull | memberAtLimit:              membership.ErrAccountNotFound,
		accountMissing | memberMissing | pairExists:                               membership.ErrAccountNotFound,
		accountMissing | memberMissing | pairExists | memberAtLimit:               membership.ErrAccountNotFound,
		accountMissing | memberMissing | pairExists | accountFull:                 membership.ErrAccountNotFound,
		accountMissing | memberMissing | pairExists | accountFull | memberAtLimit: membership.ErrAccountNotFound,
	}
	limits := membership.Limits{PerAccount: 7}
	existing := membership.Membership{ID: membershipID(9), AccountID: accountID(1), MemberID: memberID(2)}
	for against := range want {
		t.Run(fmt.Sprintf("%05b", against), func(t *testing.T) {
			t.Parallel()
			facts := membership.JoinFacts{AccountExists: true, MemberExists: true, AccountUsed: 6, MemberUsed: 2, MemberLimit: 3}
			if against&accountMissing != 0 {
				facts.AccountExists = false
			}
			if against&memberMissing != 0 {
				facts.MemberExists = false
			}
			if against&pairExists != 0 {
				facts.Existing = existing
			}
			if against&accountFull != 0 {
				facts.AccountUsed = 7
			}
			if against&memberAtLimit != 0 {
				facts.MemberUsed = 3
			}
			err := limits.CheckJoin(facts)
			if !errors.Is(err, want[against]) {
				t.Fatalf("%+v: got %v, want %v", facts, err, want[against])
			}
			for _, cause := range causes {
				if errors.Is(err, cause) && cause != want[against] { //nolint:errorlint // sentinels themselves
					t.Errorf("%+v: %v is also %v", facts, err, cause)
				}
			}
		})
	}
}

func TestARefusalCarriesItsFacts(t *testing.T) {
	t.Parallel()
	existing := membership.Membership{ID: membershipID(9), AccountID: accountID(1), MemberID: memberID(2)}
	tests := []struct {
		name  string
		facts membership.JoinFacts
		want  membership.Error
		text  string
	}{
		{
			"already a member",
			membership.JoinFacts{AccountExists: true, MemberExists: true, Existing: existing, MemberLimit: 1},
			membership.Error{Cause: membership.ErrAlreadyMember, Existing: existing},
			"account membership with the given account id and account member id already exists",
		},
		{
			"account full",
			membership.JoinFacts{AccountExists: true, MemberExists: true, AccountUsed: 1001, MemberLimit: 1},
			membership.Error{Cause: membership.ErrAccountFull, Limit: 1000, Used: 1001, Detail: "it has 1001 of at most 1000 memberships"},
			"account is full: it has 1001 of at most 1000 memberships",
		},
		{
			"member at limit",
			membership.JoinFacts{AccountExists: true, MemberExists: true, MemberUsed: 5, MemberLimit: 5},
			membership.Error{Cause: membership.ErrMemberAtLimit, Limit: 5, Used: 5, Detail: "the member is in 5 of at most 5 accounts"},
			"account member is in as many accounts as allowed: the member is in 5 of at most 5 accounts",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := membership.Limits{PerAccount: 1000}.CheckJoin(test.facts)
			if got := *factsOf(t, err); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if err.Error() != test.text {
				t.Errorf("it says %q, want %q", err, test.text)
			}
		})
	}
}

func TestLimitsCountUpToTheLastPlace(t *testing.T) {
	t.Parallel()
	const unlimited = -1
	tests := []struct {
		perAccount, accountUsed int
		memberLimit, memberUsed int
		want                    error
	}{
		{perAccount: 1000, accountUsed: 0, memberLimit: 1, memberUsed: 0, want: nil},
		{perAccount: 1000, accountUsed: 999, memberLimit: 1, memberUsed: 0, want: nil},
		{perAccount: 1000, accountUsed: 1000, memberLimit: 1, memberUsed: 0, want: membership.ErrAccountFull},
		{perAccount: 1000, accountUsed: 1001, memberLimit: 1, memberUsed: 0, want: membership.ErrAccountFull},
		{perAccount: 1, accountUsed: 0, memberLimit: 1, memberUsed: 0, want: nil},
		{perAccount: 1, accountUsed: 1, memberLimit: 1, memberUsed: 0, want: membership.ErrAccountFull},
		{perAccount: 0, accountUsed: 0, memberLimit: 1, memberUsed: 0, want: membership.ErrAccountFull},
		{perAccount: unlimited, accountUsed: 0, memberLimit: 1, memberUsed: 0, want: nil},
		{perAccount: unlimited, accountUsed: 1 << 40, memberLimit: 1, memberUsed: 0, want: nil},
		{perAccount: -1 << 40, accountUsed: 1 << 40, memberLimit: 1, memberUsed: 0, want: nil},
		{perAccount: unlimited, accountUsed: 5, memberLimit: 1, memberUsed: 1, want: membership.ErrMemberAtLimit},
		{perAccount: 10, accountUsed: 5, memberLimit: 10_000, memberUsed: 9_999, want: nil},
		{perAccount: 10, accountUsed: 5, memberLimit: 10_000, memberUsed: 10_000, want: membership.ErrMemberAtLimit},
		{perAccount: 10, accountUsed: 5, memberLimit: 10_000, memberUsed: 10_001, want: membership.ErrMemberAtLimit},
		{perAccount: 10, accountUsed: 5, memberLimit: 0, memberUsed: 0, want: membership.ErrMemberAtLimit},
	}
	for _, test := range tests {
		err := membership.Limits{PerAccount: test.perAccount}.CheckJoin(membership.JoinFacts{
			AccountExists: true, MemberExists: true,
			AccountUsed: test.accountUsed, MemberUsed: test.memberUsed, MemberLimit: test.memberLimit,
		})
		if !errors.Is(err, test.want) {
			t.Errorf("%+v: got %v", test, err)
		}
	}
}

package membership_test

import (
	"errors"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestAMembershipIsZeroWithoutAnID(t *testing.T) {
	t.Parallel()
	if !(membership.Membership{}).IsZero() {
		t.Error("no membership says it is one")
	}
	if ronInAcme.IsZero() {
		t.Error("a membership says it is none")
	}
}

func TestAMembershipKeepsItsMember(t *testing.T) {
	t.Parallel()
	for name, update := range map[string]membership.MembershipUpdate{
		"an empty update":    {},
		"naming the present": {MemberID: new(ron.ID)},
	} {
		if got, err := update.Apply(ronInAcme); err != nil || got != ronInAcme {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, other := range map[string]membership.MemberID{"another": memberID(99), "nobody": {}} {
		got, err := membership.MembershipUpdate{MemberID: &other}.Apply(ronInAcme)
		if !errors.Is(err, membership.ErrMemberImmutable) || !errors.Is(err, membership.ErrConflict) {
			t.Fatalf("naming %s: %v", name, err)
		}
		if got != ronInAcme {
			t.Errorf("naming %s changed it to %+v", name, got)
		}
		if facts := factsOf(t, err); facts.Field != "account_member_id" || facts.Existing != ronInAcme || facts.Detail == "" {
			t.Errorf("naming %s: %+v", name, facts)
		}
	}
}

func TestAScopeHoldsAnAccountsOrAMembersMemberships(t *testing.T) {
	t.Parallel()
	other := accountID(99)
	stranger := memberID(99)
	tests := []struct {
		name  string
		scope membership.Scope
		want  bool
	}{
		{"all", membership.Scope{All: true}, true},
		{"not said", membership.Scope{}, false},
		{"its account", membership.Scope{Account: acme.ID}, true},
		{"its member", membership.Scope{Member: ron.ID}, true},
		{"both", membership.Scope{Account: acme.ID, Member: ron.ID}, true},
		{"another account", membership.Scope{Account: other}, false},
		{"another member", membership.Scope{Member: stranger}, false},
		{"another account of its member", membership.Scope{Account: other, Member: ron.ID}, false},
		{"another member of its account", membership.Scope{Account: acme.ID, Member: stranger}, false},
	}
	for _, test := range tests {
		if got := test.scope.Match(ronInAcme); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
}

package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

func TestAccountNeverGetsMoreThan1000MembershipsUnderConcurrentRequests(t *testing.T) {
	t.Parallel()
	const already, contenders = 990, 64
	path := newDatabase(t)
	var account membership.Account
	waiting := make([]membership.Member, contenders)
	fill(t, path, func(svc *roster.Service) (err error) {
		if account, err = svc.CreateAccount(t.Context(), membership.Account{Name: "Acme"}); err != nil {
			return err
		}
		for i := range already + contenders {
			m, err := svc.CreateMember(t.Context(), membership.Member{Name: fmt.Sprint("Member ", i)})
			if err != nil {
				return err
			}
			if i >= already {
				waiting[i-already] = m
			} else if _, err := svc.Add(t.Context(), account.ID, m.ID); err != nil {
				return err
			}
		}
		return nil
	})
	s := start(t, ownCredentials, "--db", path)
	s.signIn("operator", "correct horse battery staple")
	list := "/v2/accounts/" + account.ID.String() + "/account-memberships"

	statuses := make([]int, contenders)
	var wg sync.WaitGroup
	for i, m := range waiting {
		wg.Go(func() {
			if a, err := s.try(http.MethodPost, list, membershipBody(m.ID.String())); err != nil {
				t.Errorf("member %d: %v", i, err)
			} else {
				statuses[i] = a.Status
			}
		})
	}
	wg.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	const free = membership.DefaultAccountLimit - already
	if count[http.StatusCreated] != free || count[http.StatusUnprocessableEntity] != contenders-free {
		t.Errorf("statuses %v instead of %d times 201 and %d times 422", count, free, contenders-free)
	}
	if total := s.want(http.StatusOK, http.MethodGet, list, "").At("meta", "results", "total"); total != float64(membership.DefaultAccountLimit) {
		t.Errorf("%v memberships", total)
	}
}

func TestLoweredLimitKeepsMembershipsAndRefusesNewOnes(t *testing.T) {
	t.Parallel()
	s := start(t, ownCredentials, "--in-memory")
	s.signIn("operator", "correct horse battery staple")
	ron := s.createMember("ron")
	accounts := []string{s.createAccount("a"), s.createAccount("b"), s.createAccount("c")}
	join := func(account string) answer {
		return s.send(http.MethodPost, "/v2/accounts/"+account+"/account-memberships", membershipBody(ron))
	}
	for _, account := range accounts[:2] {
		if a := join(account); a.Status != http.StatusCreated {
			t.Fatalf("%d %s", a.Status, a.Body)
		}
	}

	s.want(http.StatusOK, http.MethodPut, "/v2/settings/account-membership", `{"data":{"type":"account_membership_setting","membership_limit":1}}`)
	if a := join(accounts[2]); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("a third account at a limit of 1: %d %s", a.Status, a.Body)
	}
	if total := s.want(http.StatusOK, http.MethodGet, "/v2/account-members/"+ron+"/account-memberships", "").At("meta", "results", "total"); total != 2.0 {
		t.Errorf("%v of 2 memberships are left", total)
	}
}

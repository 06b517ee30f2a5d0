package membership_test

import "github.com/roster-go/roster/membership"

// One row of each kind with every field set, for tests that need a typical one.
var (
	acme = membership.Account{
		ID: accountID(1), Name: "Acme", LegalName: "Acme Ltd.", RegistrationID: "HRB 1234", ExternalRef: "crm-1",
		CreatedAt: at("2021-02-23T09:40:33.882Z"), UpdatedAt: at("2021-02-24T00:00:00Z"),
	}
	ron = membership.Member{
		ID: memberID(2), Name: "Ron Swanson", Email: "ron@pawnee.gov",
		GivenName: "Ron", MiddleName: "Ulysses", FamilyName: "Swanson",
		CreatedAt: at("2021-02-23T09:40:33.882Z"), UpdatedAt: at("2021-02-24T00:00:00Z"),
	}
	ronInAcme = membership.Membership{
		ID: membershipID(3), AccountID: acme.ID, MemberID: ron.ID,
		CreatedAt: at("2021-02-25T00:00:00Z"), UpdatedAt: at("2021-02-26T00:00:00Z"),
	}
	ronInAcmeRow = membership.MembershipRow{Membership: ronInAcme, Account: acme, Member: ron}
)

// oneOfEach is a row of each resource with every attribute set.
var oneOfEach = map[membership.Resource]membership.Row{
	membership.ResourceAccount:    acme,
	membership.ResourceMember:     ron,
	membership.ResourceMembership: ronInAcmeRow,
}

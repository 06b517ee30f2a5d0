package membership_test

import "github.com/roster-go/roster/membership"

// One row of each kind with every field set, for tests that need a typical one.
var (
	acme = membership.Account{
		ID: accountID(1), ParentID: accountID(9), Name: "Acme", LegalName: "Acme Ltd.", RegistrationID: "HRB 1234", ExternalRef: "crm-1",
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
	acmeRow      = membership.AccountRow{Account: acme, Tags: []membership.TagID{tagID(4), tagID(5)}}
	ronInAcmeRow = membership.MembershipRow{Membership: ronInAcme, Account: acme, Member: ron}
	press        = membership.Tag{
		ID: tagID(4), Name: "press", Description: "gets the newsletter",
		CreatedAt: at("2021-02-27T00:00:00Z"), UpdatedAt: at("2021-02-28T00:00:00Z"),
	}
	shop = membership.PasswordProfile{
		ID: profileID(6), Name: "Shop", UsernameFormat: membership.UsernameAny, EnableOneTimePasswordToken: true,
		CreatedAt: at("2021-03-01T00:00:00Z"), UpdatedAt: at("2021-03-02T00:00:00Z"),
	}
	ronsLogin = membership.Login{
		ID: loginID(8), MemberID: ron.ID, ProfileID: shop.ID, Username: "ron", PasswordHash: "$2a$hash",
		CreatedAt: at("2021-03-03T00:00:00Z"), UpdatedAt: at("2021-03-04T00:00:00Z"),
	}
	memberFlow = membership.Flow{
		ID: flowID(10), Resource: membership.ResourceMember, Name: "People", Description: "what we know of them", Disabled: true,
		CreatedAt: at("2021-03-05T00:00:00Z"), UpdatedAt: at("2021-03-06T00:00:00Z"),
	}
	shoeSize = membership.Field{
		ID: fieldID(11), Resource: membership.ResourceMember, Slug: "shoe_size", Name: "Shoe size", Type: membership.TypeFloat,
		Description: "European", Required: true, Default: number("42.5"), Disabled: true, Order: 3, OmitNull: true, Indexed: true,
		Enum: []membership.Value{number("42"), number("42.5")}, Min: number("20"), Max: number("50"), Initial: number("40"),
		CreatedAt: at("2021-03-07T00:00:00Z"), UpdatedAt: at("2021-03-08T00:00:00Z"),
	}
)

// fieldOfEach is a custom field of each type, by its first letter (t for text).
var fieldOfEach = []membership.Field{
	{Resource: membership.ResourceMember, Slug: "t", Name: "a text", Type: membership.TypeString},
	{Resource: membership.ResourceMember, Slug: "i", Name: "an integer", Type: membership.TypeInteger},
	{Resource: membership.ResourceMember, Slug: "b", Name: "a boolean", Type: membership.TypeBoolean},
	{Resource: membership.ResourceMember, Slug: "f", Name: "a float", Type: membership.TypeFloat},
	{Resource: membership.ResourceMember, Slug: "d", Name: "a date", Type: membership.TypeDate},
}

// full is a member with a value for each of fieldOfEach.
var full = membership.Member{
	ID: memberID(12), Name: "Ann Perkins", CreatedAt: at("2021-02-23T09:40:33.882Z"), UpdatedAt: at("2021-02-24T00:00:00Z"),
	Fields: fieldsOf(row{
		"t": membership.StringValue("nurse"), "i": membership.IntegerValue(42), "b": membership.BooleanValue(true),
		"f": number("1.50"), "d": dated("2021-02-23 10:40:33"),
	}),
}

// oneOfEach is a row of each resource with every attribute set.
var oneOfEach = map[membership.Resource]membership.Row{
	membership.ResourceAccount:         acmeRow,
	membership.ResourceMember:          ron,
	membership.ResourceMembership:      ronInAcmeRow,
	membership.ResourceFlow:            memberFlow,
	membership.ResourceField:           shoeSize,
	membership.ResourceTag:             press,
	membership.ResourcePasswordProfile: shop,
	membership.ResourceLogin:           ronsLogin,
}

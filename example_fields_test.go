package roster_test

import (
	"context"
	"fmt"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// Roles with a custom field: every membership has one, and the admins of an account are one list away.
func ExampleService_EnsureFields() {
	ctx := context.Background()
	svc := roster.New(memstore.New(), roster.Options{})
	member, admin := membership.StringValue("member"), membership.StringValue("admin")
	err := svc.EnsureFields(ctx, membership.Field{
		Resource: membership.ResourceMembership,
		Slug:     "role",
		Name:     "Role",
		Type:     membership.TypeString,
		Enum:     []membership.Value{member, admin},
		Default:  member,
		Required: true,
		Indexed:  true,
	})
	fmt.Println("defined:", err)

	acme := try(svc.CreateAccount(ctx, membership.Account{Name: "Acme"}))
	ron := try(svc.CreateMember(ctx, membership.Member{Name: "Ron"}))
	ann := try(svc.CreateMember(ctx, membership.Member{Name: "Ann"}))
	rons := try(svc.Add(ctx, acme.ID, ron.ID))
	anns := try(svc.Add(ctx, acme.ID, ann.ID))
	fmt.Println("Ron is a", rons.Fields.Text("role"))

	try(svc.UpdateMembership(ctx, acme.ID, anns.ID, membership.MembershipUpdate{
		Fields: membership.Fields{}.With("role", admin),
	}))
	_, err = svc.UpdateMembership(ctx, acme.ID, rons.ID, membership.MembershipUpdate{
		Fields: membership.Fields{}.With("role", membership.StringValue("boss")),
	})
	fmt.Println(err)

	admins := try(svc.Memberships(ctx, membership.Scope{Account: acme.ID}, membership.Query{
		Filter: membership.All(membership.Eq("role", admin)),
	}))
	for _, m := range admins.Items {
		fmt.Println(try(svc.Member(ctx, m.MemberID)).Name, "is an", m.Fields.Text("role"))
	}
	// Output:
	// defined: <nil>
	// Ron is a member
	// invalid value "role": must be one of: member, admin
	// Ann is an admin
}

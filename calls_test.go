package roster_test

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// call is a use case, by name, called with values that would do.
type call struct {
	name string
	do   func(ctx context.Context, svc *roster.Service) error
}

// The ids of what everything creates beside an account, a member and a membership.
var (
	someTag     = membership.TagID{UUID: uuid.MustParse("00000000-0000-7000-8000-000000000001")}
	someProfile = membership.PasswordProfileID{UUID: uuid.MustParse("00000000-0000-7000-8000-000000000002")}
	someLogin   = membership.LoginID{UUID: uuid.MustParse("00000000-0000-7000-8000-000000000003")}
	someFlow    = membership.FlowID{UUID: uuid.MustParse("00000000-0000-7000-8000-000000000004")}
	someField   = membership.FieldID{UUID: uuid.MustParse("00000000-0000-7000-8000-000000000005")}
)

// everything creates one row of each kind, for calls.
func (w *world) everything() membership.Membership {
	w.t.Helper()
	m := w.join(w.account("Acme"), w.member("Ron"))
	_, err := w.CreateTag(w.t.Context(), membership.Tag{ID: someTag, Name: "press"})
	must(w.t, err)
	_, err = w.CreatePasswordProfile(w.t.Context(), membership.PasswordProfile{ID: someProfile, Name: "Shop"})
	must(w.t, err)
	_, err = w.CreateLogin(w.t.Context(), membership.Login{ID: someLogin, MemberID: m.MemberID, ProfileID: someProfile, Username: "ron"}, password)
	must(w.t, err)
	_, err = w.CreateFlow(w.t.Context(), membership.Flow{ID: someFlow, Resource: membership.ResourceMembership, Name: "Roles"})
	must(w.t, err)
	_, err = w.DefineField(w.t.Context(), membership.Field{
		ID: someField, Resource: membership.ResourceMembership, Slug: "role", Name: "Role", Type: membership.TypeString,
	})
	must(w.t, err)
	return m
}

// calls are all use cases, on what everything creates.
func calls(m membership.Membership) (reads, writes []call) {
	a, member, limit := m.AccountID, m.MemberID, 7
	reads = []call{
		{"Account", func(ctx context.Context, s *roster.Service) error { _, err := s.Account(ctx, a); return err }},
		{"AccountsByID", func(ctx context.Context, s *roster.Service) error {
			_, err := s.AccountsByID(ctx, []membership.AccountID{a})
			return err
		}},
		{"Accounts", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Accounts(ctx, membership.Query{})
			return err
		}},
		{"AllAccounts", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllAccounts(ctx, membership.Query{}))
		}},
		{"Member", func(ctx context.Context, s *roster.Service) error { _, err := s.Member(ctx, member); return err }},
		{"MembersByID", func(ctx context.Context, s *roster.Service) error {
			_, err := s.MembersByID(ctx, []membership.MemberID{member})
			return err
		}},
		{"Members", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Members(ctx, membership.Query{})
			return err
		}},
		{"AllMembers", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllMembers(ctx, membership.Query{}))
		}},
		{"UnassignedMembers", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UnassignedMembers(ctx, a, membership.Query{})
			return err
		}},
		{"AllUnassignedMembers", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllUnassignedMembers(ctx, a, membership.Query{}))
		}},
		{"Membership", func(ctx context.Context, s *roster.Service) error { _, err := s.Membership(ctx, a, m.ID); return err }},
		{"MembershipByPair", func(ctx context.Context, s *roster.Service) error {
			_, err := s.MembershipByPair(ctx, a, member)
			return err
		}},
		{"IsMember", func(ctx context.Context, s *roster.Service) error { _, err := s.IsMember(ctx, a, member); return err }},
		{"Memberships", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Memberships(ctx, membership.Scope{Account: a}, membership.Query{})
			return err
		}},
		{"AllMemberships", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllMemberships(ctx, membership.Scope{Account: a}, membership.Query{}))
		}},
		{"AccountRelations", func(ctx context.Context, s *roster.Service) error {
			_, err := s.AccountRelations(ctx, []membership.AccountID{a})
			return err
		}},
		{"Tag", func(ctx context.Context, s *roster.Service) error { _, err := s.Tag(ctx, someTag); return err }},
		{"Tags", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Tags(ctx, membership.Query{})
			return err
		}},
		{"AllTags", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.AllTags(ctx, membership.Query{}))
		}},
		{"AccountTags", func(ctx context.Context, s *roster.Service) error { _, err := s.AccountTags(ctx, a); return err }},
		{"PasswordProfile", func(ctx context.Context, s *roster.Service) error {
			_, err := s.PasswordProfile(ctx, someProfile)
			return err
		}},
		{"PasswordProfiles", func(ctx context.Context, s *roster.Service) error {
			_, err := s.PasswordProfiles(ctx, membership.Query{})
			return err
		}},
		{"Login", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Login(ctx, member, someLogin)
			return err
		}},
		{"Logins", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Logins(ctx, member, membership.Query{})
			return err
		}},
		{"Schema", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Schema(ctx, membership.ResourceMembership)
			return err
		}},
		{"Fields", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Fields(ctx, membership.ResourceMembership)
			return err
		}},
		{"ListFields", func(ctx context.Context, s *roster.Service) error {
			_, err := s.ListFields(ctx, membership.Query{})
			return err
		}},
		{"Field", func(ctx context.Context, s *roster.Service) error { _, err := s.Field(ctx, someField); return err }},
		{"Flows", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Flows(ctx, membership.Query{})
			return err
		}},
		{"Flow", func(ctx context.Context, s *roster.Service) error { _, err := s.Flow(ctx, someFlow); return err }},
		{"Memberships by a field", func(ctx context.Context, s *roster.Service) error {
			_, err := s.Memberships(ctx, membership.Scope{Account: a}, membership.Query{Order: membership.Order{By: "role"}})
			return err
		}},
		{"Settings", func(ctx context.Context, s *roster.Service) error { _, err := s.Settings(ctx); return err }},
		{"Credentials", func(ctx context.Context, s *roster.Service) error { _, err := s.Credentials(ctx); return err }},
		{"View", func(ctx context.Context, s *roster.Service) error {
			return s.View(ctx, func(*roster.Service) error { return nil })
		}},
	}
	writes = []call{
		{"CreateAccount", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateAccount(ctx, membership.Account{Name: "Initech"})
			return err
		}},
		{"UpdateAccount", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateAccount(ctx, a, membership.AccountUpdate{Name: new("Initech")})
			return err
		}},
		{"CreateMember", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateMember(ctx, membership.Member{Name: "Ann"})
			return err
		}},
		{"UpdateMember", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateMember(ctx, member, membership.MemberUpdate{Name: new("Ann")})
			return err
		}},
		{"Ensure", func(ctx context.Context, s *roster.Service) error { _, _, err := s.Ensure(ctx, a, member); return err }},
		{"UpdateMembership", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateMembership(ctx, a, m.ID, membership.MembershipUpdate{MemberID: &member})
			return err
		}},
		{"UpdateSettings", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: &limit})
			return err
		}},
		{"CreateCredential", func(ctx context.Context, s *roster.Service) error {
			_, _, err := s.CreateCredential(ctx, membership.ScopeRead)
			return err
		}},
		{"IssueToken", func(ctx context.Context, s *roster.Service) error {
			_, _, err := s.IssueToken(ctx, "client", membership.ScopeRead, time.Hour)
			return err
		}},
		{"Update", func(ctx context.Context, s *roster.Service) error {
			return s.Update(ctx, func(*roster.Service) error { return nil })
		}},
		{"CreateTag", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateTag(ctx, membership.Tag{Name: "wholesale"})
			return err
		}},
		{"UpdateTag", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateTag(ctx, someTag, membership.TagUpdate{Name: new("media")})
			return err
		}},
		{"TagAccount", func(ctx context.Context, s *roster.Service) error {
			_, err := s.TagAccount(ctx, a, someTag)
			return err
		}},
		{"UntagAccount", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UntagAccount(ctx, a, someTag)
			return err
		}},
		{"DeleteTag", func(ctx context.Context, s *roster.Service) error { return s.DeleteTag(ctx, someTag) }},
		{"CreateLogin", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateLogin(ctx, membership.Login{MemberID: member, ProfileID: someProfile, Username: "swanson"}, password)
			return err
		}},
		{"UpdateLogin", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateLogin(ctx, member, someLogin, membership.LoginUpdate{Username: new("ron swanson"), Password: new(password)})
			return err
		}},
		{"DeleteLogin", func(ctx context.Context, s *roster.Service) error { return s.DeleteLogin(ctx, member, someLogin) }},
		{"CreatePasswordProfile", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreatePasswordProfile(ctx, membership.PasswordProfile{Name: "Store"})
			return err
		}},
		{"UpdatePasswordProfile", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdatePasswordProfile(ctx, someProfile, membership.PasswordProfileUpdate{Name: new("Store")})
			return err
		}},
		{"DeletePasswordProfile", func(ctx context.Context, s *roster.Service) error {
			return s.DeletePasswordProfile(ctx, someProfile)
		}},
		{"DefineField", func(ctx context.Context, s *roster.Service) error {
			_, err := s.DefineField(ctx, membership.Field{
				Resource: membership.ResourceMember, Slug: "phone", Name: "Phone", Type: membership.TypeString,
			})
			return err
		}},
		{"UpdateField", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateField(ctx, someField, membership.FieldUpdate{Name: new("Job")})
			return err
		}},
		{"EnsureFields", func(ctx context.Context, s *roster.Service) error {
			return s.EnsureFields(ctx, membership.Field{
				Resource: membership.ResourceMember, Slug: "phone", Name: "Telephone", Type: membership.TypeString,
			})
		}},
		{"DeleteField", func(ctx context.Context, s *roster.Service) error {
			_, err := s.DeleteField(ctx, someField)
			return err
		}},
		{"CreateFlow", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateFlow(ctx, membership.NewFlow(membership.ResourceAccount))
			return err
		}},
		{"UpdateFlow", func(ctx context.Context, s *roster.Service) error {
			_, err := s.UpdateFlow(ctx, someFlow, membership.FlowUpdate{Name: new("Jobs")})
			return err
		}},
		{"DeleteFlow", func(ctx context.Context, s *roster.Service) error { return s.DeleteFlow(ctx, someFlow) }},
		{"Remove", func(ctx context.Context, s *roster.Service) error { return s.Remove(ctx, a, m.ID) }},
		{"CreateMembership", func(ctx context.Context, s *roster.Service) error {
			_, err := s.CreateMembership(ctx, m)
			return err
		}},
		{"Remove again", func(ctx context.Context, s *roster.Service) error { return s.Remove(ctx, a, m.ID) }},
		{"Add", func(ctx context.Context, s *roster.Service) error { _, err := s.Add(ctx, a, member); return err }},
		{"AddMany", func(ctx context.Context, s *roster.Service) error {
			_, err := s.AddMany(ctx, a, []membership.MemberID{member})
			return err
		}},
		{"Import", func(ctx context.Context, s *roster.Service) error {
			return lastError(s.Import(ctx, slices.Values([]membership.Row{membership.Account{Name: "Hooli"}}), roster.ImportOptions{}))
		}},
		{"DeleteMember", func(ctx context.Context, s *roster.Service) error { return s.DeleteMember(ctx, member) }},
		{"DeleteAccount", func(ctx context.Context, s *roster.Service) error { return s.DeleteAccount(ctx, a) }},
	}
	return reads, writes
}

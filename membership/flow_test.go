package membership_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestThreeResourcesHaveFlows(t *testing.T) {
	t.Parallel()
	want := []membership.Resource{membership.ResourceAccount, membership.ResourceMember, membership.ResourceMembership}
	if got := membership.FlowResources(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	tests := map[membership.Resource]membership.Flow{
		membership.ResourceAccount:    {Resource: membership.ResourceAccount, Name: "Accounts"},
		membership.ResourceMember:     {Resource: membership.ResourceMember, Name: "Account members"},
		membership.ResourceMembership: {Resource: membership.ResourceMembership, Name: "Account memberships"},
		membership.ResourceTag:        {Resource: membership.ResourceTag},
	}
	for resource, want := range tests {
		if got := membership.NewFlow(resource); got != want {
			t.Errorf("%s: got %+v, want %+v", resource, got, want)
		}
	}
}

func TestAFlowIsCalledAsItsResourceIs(t *testing.T) {
	t.Parallel()
	for resource, slug := range map[membership.Resource]string{
		membership.ResourceAccount:    "accounts",
		membership.ResourceMember:     "account-members",
		membership.ResourceMembership: "account-memberships",
		membership.ResourceTag:        "",
		"invoice":                     "",
	} {
		if got := resource.FlowSlug(); got != slug {
			t.Errorf("%s: got %q, want %q", resource, got, slug)
		}
		if got, err := membership.ParseFlowSlug(slug); slug != "" && (err != nil || got != resource) {
			t.Errorf("%s: got %q, %v, want %q", slug, got, err, resource)
		}
	}
	for _, slug := range []string{"", "account", "Accounts", "account_members", "account-tags", " accounts"} {
		got, err := membership.ParseFlowSlug(slug)
		if !errors.Is(err, membership.ErrInvalidValue) || got != "" {
			t.Fatalf("%q: %q, %v", slug, got, err)
		}
		facts := factsOf(t, err)
		if facts.Field != "slug" || facts.Detail != "must be one of: accounts, account-members, account-memberships" {
			t.Errorf("%q: %v", slug, err)
		}
	}
}

func TestAFlowReportsAllItsFaultsAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		flow membership.Flow
		want []string
	}{
		{"as it is made", membership.NewFlow(membership.ResourceAccount), nil},
		{"with everything", memberFlow, nil},
		{"nothing", membership.Flow{}, []string{
			`invalid field "flow": must be that of a resource that can have custom fields: account, account_member, account_membership`,
			`invalid field "name": is required and must not be blank`,
		}},
		{"a long description", membership.Flow{Resource: membership.ResourceMember, Name: "x", Description: strings.Repeat("x", 2049)}, []string{
			`invalid field "description": must have at most 2048 characters, has 2049`,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := lines(test.flow.Validate()); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAnUpdateOfAFlowChangesWhatItNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		update membership.FlowUpdate
		want   func(*membership.Flow)
	}{
		{"nothing", membership.FlowUpdate{}, func(*membership.Flow) {}},
		{"the resource that it has", membership.FlowUpdate{Resource: new(membership.ResourceMember)}, func(*membership.Flow) {}},
		{"name", membership.FlowUpdate{Name: new("Staff")}, func(f *membership.Flow) { f.Name = "Staff" }},
		{"description", membership.FlowUpdate{Description: new("")}, func(f *membership.Flow) { f.Description = "" }},
		{"disabled", membership.FlowUpdate{Disabled: new(false)}, func(f *membership.Flow) { f.Disabled = false }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := memberFlow
			test.want(&want)
			if got, err := test.update.Apply(memberFlow); err != nil || got != want {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	}
	got, err := membership.FlowUpdate{Resource: new(membership.ResourceAccount), Name: new("Staff")}.Apply(memberFlow)
	if !errors.Is(err, membership.ErrFlowImmutable) || factsOf(t, err).Field != "slug" || got != memberFlow {
		t.Errorf("another resource: got %+v, %v", got, err)
	}
}

package httpadapter_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

const realm = "/v2/authentication-realms/c1a85157-4f4b-543b-a2c3-9b92891f8e78"

// foreign is the part of an id that makes it that of a second resource of the same kind.
const foreign = "ffff"

// newWorld is an adapter over a store that has two resources of every kind: one with the id that openapi.yaml gives as
// an example, and a foreign one.
func newWorld(t *testing.T, changes ...func(*setup)) *api {
	t.Helper()
	st := memstore.New()
	if err := st.Update(t.Context(), func(tx store.Tx) error { return seed(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
	withSecret := withTokens(func(o *httpadapter.TokenOptions) {
		o.Clients = []httpadapter.Client{{ID: "storefront", Secret: "a long random text", Scopes: readAndWrite}}
	})
	return newAPI(t, append([]func(*setup){withStore(st), withSecret}, changes...)...)
}

func seed(ctx context.Context, tx store.Tx) error {
	top := membership.AccountID{UUID: uuid.MustParse("01936b7b-e4d0-7953-a1b2-4c3d2e1f0a99")}
	if err := tx.InsertAccount(ctx, membership.Account{ID: top, Name: "City"}); err != nil {
		return err
	}
	if err := seedFields(ctx, tx); err != nil {
		return err
	}
	for _, id := range []func(string) uuid.UUID{exampleID, foreignID} {
		if err := seedOne(ctx, tx, top, id); err != nil {
			return err
		}
	}
	return nil
}

// seedFields adds the fields of memberships, which are those of the examples, and a foreign one of accounts.
func seedFields(ctx context.Context, tx store.Tx) error {
	for _, step := range []func() error{
		func() error {
			return tx.InsertFlow(ctx, membership.Flow{ID: membership.FlowID{UUID: exampleID("flow")}, Resource: membership.ResourceMembership, Name: "Memberships"})
		},
		func() error {
			return tx.InsertFlow(ctx, membership.Flow{ID: membership.FlowID{UUID: foreignID("flow")}, Resource: membership.ResourceAccount, Name: "Accounts", Description: "about them"})
		},
		func() error {
			return tx.InsertField(ctx, membership.Field{ID: membership.FieldID{UUID: exampleID("field")}, Resource: membership.ResourceMembership, Name: "Budget",
				Slug: "budget", Type: membership.TypeFloat, Default: membership.NumberValue("99.90"), Min: membership.NumberValue("0.0"), Order: 7, Indexed: true})
		},
		func() error {
			return tx.InsertField(ctx, membership.Field{ID: membership.FieldID{UUID: foreignID("field")}, Resource: membership.ResourceAccount, Name: "Tier", Slug: "tier",
				Type: membership.TypeString, Description: "of service", Enum: []membership.Value{membership.StringValue("gold"), membership.StringValue("silver")}})
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func fields(slug string, v membership.Value) membership.Fields {
	return membership.NewFields(membership.FieldValue{Slug: slug, Value: v})
}

func seedOne(ctx context.Context, tx store.Tx, parent membership.AccountID, id func(kind string) uuid.UUID) error {
	account := membership.AccountID{UUID: id("account")}
	member := membership.MemberID{UUID: id("member")}
	tag := membership.TagID{UUID: id("tag")}
	profile := membership.PasswordProfileID{UUID: id("profile")}
	for _, step := range []func() error{
		func() error {
			return tx.InsertAccount(ctx, membership.Account{ID: account, ParentID: parent, Name: "Parks", LegalName: "City of Pawnee",
				RegistrationID: account.String(), ExternalRef: "crm/17", Fields: fields("tier", membership.StringValue("gold"))})
		},
		func() error {
			return tx.InsertTag(ctx, membership.Tag{ID: tag, Name: "tag " + tag.String(), Description: "about it"})
		},
		func() error { return tx.TagAccount(ctx, account, tag) },
		func() error {
			return tx.InsertMember(ctx, membership.Member{ID: member, Name: "Ron", Email: "ron@example.com", GivenName: "Ron", MiddleName: "Ulysses", FamilyName: "Swanson"})
		},
		func() error {
			return tx.InsertMembership(ctx, membership.Membership{ID: membership.MembershipID{UUID: id("membership")}, AccountID: account, MemberID: member,
				Fields: fields("budget", membership.NumberValue("1.50"))})
		},
		func() error {
			return tx.InsertPasswordProfile(ctx, membership.PasswordProfile{ID: profile, Name: "Shop", UsernameFormat: membership.UsernameAny, EnableOneTimePasswordToken: true})
		},
		func() error {
			return tx.InsertLogin(ctx, membership.Login{ID: membership.LoginID{UUID: id("login")}, MemberID: member, ProfileID: profile, Username: "ron", PasswordHash: "x"})
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// exampleID is the id that openapi.yaml gives as an example for a parameter of a path.
func exampleID(parameter string) uuid.UUID {
	_, parameters, _ := theContract().find("", "components", "parameters")
	for name := range parameters.(map[string]any) {
		_, in, _ := theContract().find("", "components", "parameters", name, "name")
		if _, example, ok := theContract().find("", "components", "parameters", name, "example"); ok && in == parameter {
			return uuid.MustParse(example.(string))
		}
	}
	panic("openapi.yaml has no example for the parameter " + parameter)
}

func foreignID(parameter string) uuid.UUID {
	return uuid.MustParse(exampleID(parameter).String()[:32] + foreign)
}

var wildcard = regexp.MustCompile(`\{(\w+)\}`)

// filled puts ids into a path's wildcards.
func filled(path string, id func(parameter string) string) string {
	return wildcard.ReplaceAllStringFunc(path, func(w string) string { return id(strings.Trim(w, "{}")) })
}

// withExamples puts the ids of the world into a path.
func withExamples(path string) string {
	return filled(path, func(parameter string) string { return exampleID(parameter).String() })
}

// withNowhere puts ids that nothing has into a path.
func withNowhere(path string) string { return filled(path, func(string) string { return nowhere }) }

// routes lists the handler's routes as method and pattern.
func (a *api) routes() [][2]string {
	var all [][2]string
	for _, key := range a.handler.(*httpadapter.Handler).RouteKeys() {
		method, pattern, _ := strings.Cut(key, " ")
		all = append(all, [2]string{method, pattern})
	}
	return all
}

// resources are the paths of one resource of every kind, and of the lists of them.
func resources(world *api) []string {
	var paths []string
	for _, r := range world.routes() {
		if r[0] == http.MethodGet {
			paths = append(paths, withExamples(r[1]))
		}
	}
	return paths
}

// writes are all routes that read an object from the body, each with the type that its data has.
func writes(world *api) map[string]string {
	all := map[string]string{}
	for _, r := range world.routes() {
		if data, ok := requestExample(r[0], r[1])["data"].(map[string]any); ok {
			all[r[0]+" "+withExamples(r[1])] = data["type"].(string)
		}
	}
	return all
}

// requestExample is an example of the JSON that a route takes, or nil.
func requestExample(method, pattern string) map[string]any {
	pointer, examples, ok := theContract().find("", "paths", pattern, strings.ToLower(method), "requestBody", "content", "application/json", "examples")
	if !ok {
		return nil
	}
	_, value, _ := theContract().find(pointer, slices.Sorted(keys(examples))[0], "value")
	return value.(map[string]any)
}

func keys(object any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range object.(map[string]any) {
			if !yield(key) {
				return
			}
		}
	}
}

func asJSON(t testing.TB, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

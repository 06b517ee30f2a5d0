package input_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// nouns are all that the Service keeps with texts in it. TestEveryNounMeetsTheTexts finds what is missing.
func (c *textCase) nouns() []noun {
	svc := c.svc
	return []noun{
		{membership.ResourceAccount, func(int) any { return membership.Account{Name: "x"} },
			creation(svc.CreateAccount, svc.Account, func(a membership.Account) membership.AccountID { return a.ID }),
			func(ctx context.Context, row, change any) (any, error) {
				return svc.UpdateAccount(ctx, row.(membership.Account).ID, change.(membership.AccountUpdate))
			}, membership.AccountUpdate{}, listing(svc.Accounts)},
		{membership.ResourceMember, func(int) any { return membership.Member{Name: "x"} },
			creation(svc.CreateMember, svc.Member, func(m membership.Member) membership.MemberID { return m.ID }),
			func(ctx context.Context, row, change any) (any, error) {
				return svc.UpdateMember(ctx, row.(membership.Member).ID, change.(membership.MemberUpdate))
			}, membership.MemberUpdate{}, listing(svc.Members)},
		{membership.ResourceTag, func(n int) any { return membership.Tag{Name: fmt.Sprint("sample ", n)} },
			creation(svc.CreateTag, svc.Tag, func(t membership.Tag) membership.TagID { return t.ID }),
			func(ctx context.Context, row, change any) (any, error) {
				return svc.UpdateTag(ctx, row.(membership.Tag).ID, change.(membership.TagUpdate))
			}, membership.TagUpdate{}, listing(svc.Tags)},
		{membership.ResourcePasswordProfile, func(int) any { return membership.PasswordProfile{Name: "x"} },
			creation(svc.CreatePasswordProfile, svc.PasswordProfile, func(p membership.PasswordProfile) membership.PasswordProfileID { return p.ID }),
			func(ctx context.Context, row, change any) (any, error) {
				return svc.UpdatePasswordProfile(ctx, row.(membership.PasswordProfile).ID, change.(membership.PasswordProfileUpdate))
			}, membership.PasswordProfileUpdate{}, listing(svc.PasswordProfiles)},
		{membership.ResourceLogin, func(n int) any {
			return membership.Login{MemberID: c.member.ID, ProfileID: c.profile.ID, Username: fmt.Sprint("sample ", n)}
		},
			func(ctx context.Context, row any) (any, error) {
				l, err := svc.CreateLogin(ctx, row.(membership.Login), "long enough")
				if err != nil {
					return nil, err
				}
				return svc.Login(ctx, c.member.ID, l.ID)
			},
			func(ctx context.Context, row, change any) (any, error) {
				return svc.UpdateLogin(ctx, c.member.ID, row.(membership.Login).ID, change.(membership.LoginUpdate))
			}, membership.LoginUpdate{},
			listing(func(ctx context.Context, q membership.Query) (membership.Page[membership.Login], error) {
				return svc.Logins(ctx, c.member.ID, q)
			})},
		c.fieldNoun(), c.flowNoun(), c.membershipNoun(),
	}
}

// fieldNoun deletes the first field before there are too many.
func (c *textCase) fieldNoun() noun {
	svc := c.svc
	return noun{membership.ResourceField, func(n int) any {
		return membership.Field{Resource: membership.ResourceAccount, Slug: fmt.Sprint("sample-", n), Name: "x", Type: membership.TypeString, Disabled: true}
	},
		creation(func(ctx context.Context, f membership.Field) (membership.Field, error) {
			all, err := svc.Fields(ctx, membership.ResourceAccount)
			if err == nil && len(all) > 90 {
				_, err = svc.DeleteField(ctx, all[len(all)-1].ID)
			}
			if err != nil {
				return f, err
			}
			return svc.DefineField(ctx, f)
		}, svc.Field, func(f membership.Field) membership.FieldID { return f.ID }),
		func(ctx context.Context, row, change any) (any, error) {
			return svc.UpdateField(ctx, row.(membership.Field).ID, change.(membership.FieldUpdate))
		}, membership.FieldUpdate{}, listing(svc.ListFields)}
}

// flowNoun is about the flow of members, made anew each time: there is one of each resource.
func (c *textCase) flowNoun() noun {
	svc := c.svc
	create := func(ctx context.Context, row any) (got any, err error) {
		err = svc.Update(ctx, func(svc *roster.Service) error {
			if err := emptied(ctx, svc); err != nil {
				return err
			}
			f, err := svc.CreateFlow(ctx, row.(membership.Flow))
			if err != nil {
				return err
			}
			got, err = svc.Flow(ctx, f.ID)
			return err
		})
		return got, err
	}
	return noun{membership.ResourceFlow, func(int) any { return membership.Flow{Resource: membership.ResourceMember, Name: "x"} }, create,
		func(ctx context.Context, row, change any) (any, error) {
			return svc.UpdateFlow(ctx, row.(membership.Flow).ID, change.(membership.FlowUpdate))
		}, membership.FlowUpdate{}, listing(svc.Flows)}
}

// emptied makes room for the flow of members.
func emptied(ctx context.Context, svc *roster.Service) error {
	schema, err := svc.Schema(ctx, membership.ResourceMember)
	if err != nil || schema.Flow.ID.IsZero() {
		return err
	}
	for _, f := range schema.Fields {
		if _, err := svc.DeleteField(ctx, f.ID); err != nil {
			return err
		}
	}
	return svc.DeleteFlow(ctx, schema.Flow.ID)
}

// membershipNoun has no text but in custom fields, and in what its filters say of its account and member.
func (c *textCase) membershipNoun() noun {
	svc := c.svc
	return noun{membership.ResourceMembership, func(int) any { return membership.Membership{AccountID: c.account.ID, MemberID: c.member.ID} },
		func(ctx context.Context, row any) (any, error) {
			return svc.CreateMembership(ctx, row.(membership.Membership))
		},
		nil, membership.MembershipUpdate{},
		func(ctx context.Context, q membership.Query) ([]membership.Row, error) {
			page, err := svc.Memberships(ctx, membership.Scope{All: true}, q)
			rows := make([]membership.Row, len(page.Items))
			c.accounts[c.account.ID], c.members[c.member.ID] = c.account, c.member
			for i, m := range page.Items {
				rows[i] = membership.MembershipRow{Membership: m, Account: c.accounts[m.AccountID], Member: c.members[m.MemberID]}
			}
			return rows, err
		}}
}

// creation creates a row and reads it again.
func creation[T, ID any](create func(context.Context, T) (T, error), read func(context.Context, ID) (T, error), id func(T) ID) func(context.Context, any) (any, error) {
	return func(ctx context.Context, row any) (any, error) {
		created, err := create(ctx, row.(T))
		if err != nil {
			return nil, err
		}
		return read(ctx, id(created))
	}
}

func listing[T membership.Row](list func(context.Context, membership.Query) (membership.Page[T], error)) func(context.Context, membership.Query) ([]membership.Row, error) {
	return func(ctx context.Context, q membership.Query) ([]membership.Row, error) {
		page, err := list(ctx, q)
		rows := make([]membership.Row, len(page.Items))
		for i, row := range page.Items {
			rows[i] = row
		}
		return rows, err
	}
}

// beside are the places that are no field of a noun.
func (c *textCase) beside() {
	c.t.Helper()
	ctx, svc := c.t.Context(), c.svc
	note := func(text string) membership.Fields {
		return membership.NewFields(membership.FieldValue{Slug: noteSlug, Value: membership.StringValue(text)})
	}
	must(c.t, svc.EnsureFields(ctx, membership.Field{Resource: membership.ResourceMember, Slug: noteSlug, Name: "Note", Type: membership.TypeString}))
	number := 0
	for place, try := range map[string]func(text string) (back string, err error){
		"a custom field of an account": func(text string) (string, error) {
			a, err := svc.CreateAccount(ctx, membership.Account{Name: "x", Fields: note(text)})
			return a.Fields.Value(noteSlug).Text(), err
		},
		"a custom field of a member": func(text string) (string, error) {
			m, err := svc.UpdateMember(ctx, c.member.ID, membership.MemberUpdate{Fields: note(text)})
			return m.Fields.Value(noteSlug).Text(), err
		},
		"the name of a custom field": func(text string) (string, error) {
			_, err := svc.CreateAccount(ctx, membership.Account{Name: "x", Fields: membership.Fields{}.With(text, membership.StringValue("x"))})
			return text, err
		},
		"a default and an enum": func(text string) (string, error) {
			number++
			v := membership.StringValue(text)
			f, err := svc.DefineField(ctx, membership.Field{Resource: membership.ResourceMembership, Slug: fmt.Sprint("e", number), Name: "x", Type: membership.TypeString,
				Default: v, Enum: []membership.Value{v}, Disabled: true})
			if err != nil {
				return "", err
			}
			f, err = svc.Field(ctx, f.ID)
			if err == nil && f.Enum[0].Text() != text {
				return f.Enum[0].Text(), nil
			}
			return f.Default.Text(), err
		},
		"an order": func(text string) (string, error) {
			_, err := svc.Accounts(ctx, membership.Query{Order: membership.Order{By: membership.Attribute(text)}})
			return text, err
		},
		"what a filter looks at": func(text string) (string, error) {
			_, err := svc.Accounts(ctx, membership.Query{Filter: membership.All(membership.Eq(membership.Attribute(text), membership.TextValue("x")))})
			return text, err
		},
		"a consumer": func(text string) (string, error) {
			if err := svc.SetConsumer(ctx, membership.Consumer{Name: text}); err != nil {
				return "", err
			}
			all, err := svc.Consumers(ctx)
			i := slices.IndexFunc(all, func(c membership.Consumer) bool { return c.Name == text })
			if err != nil || i < 0 {
				return "", err
			}
			return all[i].Name, svc.DeleteConsumer(ctx, text)
		},
		"who acts": func(text string) (string, error) {
			change, err := c.lastChange(svc.As(text))
			return change.Actor, err
		},
		"a request": func(text string) (string, error) {
			change, err := c.lastChange(svc.ForRequest(text))
			return change.RequestID, err
		},
		"the type of a change": func(text string) (string, error) {
			_, err := svc.ListChanges(ctx, membership.ChangeQuery{Types: []membership.ChangeType{membership.ChangeType(text)}})
			return text, err
		},
		"a client's id":     func(text string) (string, error) { _, err := svc.Credential(ctx, text); return text, err },
		"who signs in":      func(text string) (string, error) { _, err := svc.CheckCredential(ctx, text, text); return text, err },
		"who is revoked":    func(text string) (string, error) { return text, svc.RevokeCredential(ctx, text) },
		"a token":           func(text string) (string, error) { _, err := svc.CheckToken(ctx, text); return text, err },
		"a forgotten token": func(text string) (string, error) { return text, svc.RevokeToken(ctx, text) },
		"a password": func(text string) (string, error) {
			number++
			_, err := svc.CreateLogin(ctx, membership.Login{MemberID: c.member.ID, ProfileID: c.profile.ID, Username: fmt.Sprint("p", number)}, text)
			return text, err
		},
	} {
		c.place++
		for _, text := range textsAt(0) {
			back, err := try(text)
			c.judge(place, text, err)
			if err == nil && back != text {
				c.t.Errorf("%s = %.80q came back as %.80q", place, text, back)
			}
		}
	}
}

// lastChange is what the log says of an account that a service has created. It waits for it: PostgreSQL shows a change only when
// transactions have ended that ran at the same time, those of other tests too.
func (c *textCase) lastChange(svc *roster.Service) (change membership.Change, err error) {
	ctx := c.t.Context()
	a, err := svc.CreateAccount(ctx, membership.Account{Name: "x"})
	if err != nil {
		return change, err
	}
	for change, err := range svc.Changes(ctx, 0, roster.ChangeOptions{Account: a.ID}) {
		return change, err
	}
	return change, errors.New("the log ended")
}

// TestEveryNounMeetsTheTexts looks for a resource that has come to be since.
func TestEveryNounMeetsTheTexts(t *testing.T) {
	t.Parallel()
	var have []string
	for _, n := range (&textCase{svc: &roster.Service{}}).nouns() {
		have = append(have, string(n.resource))
	}
	for _, typ := range membership.ChangeTypes() {
		name, _, _ := strings.Cut(string(typ), ".")
		name = strings.ReplaceAll(name, "-", "_")
		if name != "account_membership_settings" && !slices.Contains(have, name) {
			t.Errorf("no text is given to %s", name)
		}
	}
	if len(torture.Unstorable) >= len(torture.Texts) {
		t.Error("no text is good for anything")
	}
}

package console

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// entry is a change as people read it.
type entry struct {
	membership.Change
	Noun, Verb  string
	Kind        string // of verb: created, updated or deleted
	Who         []link // whom it concerns; without an address when they are gone
	Differences []difference
	Membership  string // the address of the membership's own page, or empty
}

// difference is what one attribute was and is.
type difference struct {
	Label         string
	Before, After string
	Had, Has      bool
}

// nounAndVerb are the two halves of a type, for people.
func nounAndVerb(t membership.ChangeType) (noun, verb string) {
	noun, verb, _ = strings.Cut(string(t), ".")
	switch noun {
	case "account-member":
		noun = "member"
	case "account-membership":
		noun = "membership"
	case "account-membership-settings":
		noun = "settings"
	case "account-tag":
		noun = "tag"
	case "user-authentication-password-profile-info":
		noun = "login"
	}
	return strings.ReplaceAll(noun, "-", " "), verb
}

// entries are changes as people read them, the newest first.
func entries(ctx context.Context, in *roster.Service, changes []membership.Change) ([]entry, error) {
	names, err := namesOf(ctx, in, changes)
	all := make([]entry, 0, len(changes))
	for _, c := range slices.Backward(changes) {
		e := entry{Change: c, Who: names.concerned(c), Differences: differences(c)}
		e.Noun, e.Verb = nounAndVerb(c.Type)
		switch e.Verb {
		case "created", "tagged":
			e.Kind = "created"
		case "deleted", "untagged":
			e.Kind = "deleted"
		default:
			e.Kind = "updated"
		}
		e.Differences = slices.DeleteFunc(e.Differences, e.said)
		if !c.MembershipID.IsZero() && names.accounts[c.AccountID].Href != "" {
			e.Membership = membershipHref(membership.Membership{ID: c.MembershipID, AccountID: c.AccountID})
		}
		all = append(all, e)
	}
	return all, err
}

// said reports whether the line above says a difference already: what something new or gone is called.
func (e entry) said(d difference) bool {
	called := d.Label == "Name" || d.Label == "Tag"
	return called && e.Kind != "updated" && len(e.Who) > 0 && strings.HasPrefix(e.Who[0].Text, d.Before+d.After)
}

// names are what those are called whom changes concern, and where they are found while they exist.
type names struct {
	accounts map[membership.AccountID]link
	members  map[membership.MemberID]link
}

// namesOf looks up those whom changes concern. Those who are gone are called what they were called last, if the changes
// tell.
func namesOf(ctx context.Context, in *roster.Service, changes []membership.Change) (names, error) {
	n := names{map[membership.AccountID]link{}, map[membership.MemberID]link{}}
	var accounts []membership.AccountID
	var members []membership.MemberID
	for _, c := range changes {
		if !c.AccountID.IsZero() {
			accounts = append(accounts, c.AccountID)
		}
		if !c.MemberID.IsZero() {
			members = append(members, c.MemberID)
		}
		switch image := cmpImage(c).(type) {
		case membership.Account:
			n.accounts[image.ID] = link{Text: image.Name}
		case membership.Member:
			n.members[image.ID] = link{Text: image.Name}
		}
	}
	foundAccounts, err := in.AccountsByID(ctx, unique(accounts))
	if err != nil {
		return n, err
	}
	for _, a := range foundAccounts {
		n.accounts[a.ID] = link{a.Name, accountHref(a.ID)}
	}
	foundMembers, err := in.MembersByID(ctx, unique(members))
	for _, m := range foundMembers {
		n.members[m.ID] = link{m.Name, memberHref(m.ID)}
	}
	return n, err
}

// unique leaves out what is there twice.
func unique[ID interface{ String() string }](ids []ID) []ID {
	slices.SortFunc(ids, func(a, b ID) int { return cmp.Compare(a.String(), b.String()) })
	return slices.CompactFunc(ids, func(a, b ID) bool { return a.String() == b.String() })
}

// cmpImage is the row as it is, or as it was.
func cmpImage(c membership.Change) membership.Image {
	if c.After != nil {
		return c.After
	}
	return c.Before
}

func (n names) account(id membership.AccountID) link {
	if l, known := n.accounts[id]; known {
		return l
	}
	return link{Text: "account " + id.String()}
}

func (n names) member(id membership.MemberID) link {
	if l, known := n.members[id]; known {
		return l
	}
	return link{Text: "member " + id.String()}
}

// concerned are those whom a change concerns: the member first, and what has a name of its own.
func (n names) concerned(c membership.Change) []link {
	var who []link
	switch image := cmpImage(c).(type) {
	case membership.Tag:
		who = append(who, link{Text: image.Name})
	case membership.Field:
		who = append(who, link{Text: image.Name + ", of every " + resourceNames[image.Resource]})
	case membership.Flow:
		who = append(who, link{Text: image.Name})
	case membership.PasswordProfile:
		who = append(who, link{Text: image.Name})
	}
	if !c.MemberID.IsZero() {
		who = append(who, n.member(c.MemberID))
	}
	if !c.AccountID.IsZero() {
		who = append(who, n.account(c.AccountID))
	}
	return who
}

// differences are the attributes that a change has changed, in the order in which a row has them.
func differences(c membership.Change) []difference {
	before, after := attributes(c.Before), attributes(c.After)
	was := map[string]string{}
	for _, a := range before {
		was[a.Label] = a.Value
	}
	var all []difference
	for _, a := range after {
		old, had := was[a.Label]
		if !had || old != a.Value {
			all = append(all, difference{Label: a.Label, Before: old, After: a.Value, Had: old != "", Has: a.Value != ""})
		}
		delete(was, a.Label)
	}
	for _, b := range before {
		if value, gone := was[b.Label]; gone {
			all = append(all, difference{Label: b.Label, Before: value, Had: value != ""})
		}
	}
	return slices.DeleteFunc(all, func(d difference) bool { return !d.Had && !d.Has })
}

// attributes are what an image says, for people; what is unset is empty. Ids that stand beside the change are left out.
func attributes(image membership.Image) []fact {
	switch row := image.(type) {
	case membership.Account:
		parent := ""
		if !row.ParentID.IsZero() {
			parent = row.ParentID.String()
		}
		return append([]fact{{"Name", row.Name}, {"Legal name", row.LegalName}, {"Registration id", row.RegistrationID},
			{"External reference", row.ExternalRef}, {"Parent", parent}}, fieldFacts(row.Fields)...)
	case membership.Member:
		return append([]fact{{"Name", row.Name}, {"E-mail address", row.Email}, {"Given name", row.GivenName},
			{"Middle name", row.MiddleName}, {"Family name", row.FamilyName}}, fieldFacts(row.Fields)...)
	case membership.Membership:
		return fieldFacts(row.Fields)
	case membership.Tag:
		return []fact{{"Tag", row.Name}, {"Description", row.Description}}
	case membership.Settings:
		return []fact{{"Accounts per member", strconv.Itoa(row.MembershipLimit)}, {"An account for every new member", yes(row.AutoCreateAccounts)},
			{"Members may sign up", yes(row.SelfSignup)}, {"Self-management", string(row.SelfManagement)},
			{"Stay signed in for", row.TokenTimeout.Round(time.Second).String()}}
	case membership.PasswordProfile:
		return []fact{{"Name", row.Name}, {"Usernames", string(row.UsernameFormat)}, {"One-time tokens", yes(row.EnableOneTimePasswordToken)}}
	case membership.Login:
		return []fact{{"Username", row.Username}}
	case membership.Flow:
		return []fact{{"Name", row.Name}, {"Description", row.Description}, {"Disabled", yes(row.Disabled)}}
	case membership.Field:
		return definitionFacts(row)
	default:
		return nil
	}
}

func definitionFacts(f membership.Field) []fact {
	return []fact{{"Name", f.Name}, {"Slug", f.Slug}, {"Type", string(f.Type)}, {"Description", f.Description},
		{"Required", yes(f.Required)}, {"Default", f.Default.String()}, {"Allowed", rulesOf(f)}, {"Order", strconv.Itoa(f.Order)},
		{"Left out where unset", yes(f.OmitNull)}, {"Indexed", yes(f.Indexed)}, {"Disabled", yes(f.Disabled)}}
}

// fieldFacts are custom fields under their slugs: what they are called may have changed since.
func fieldFacts(fields membership.Fields) []fact {
	var all []fact
	for slug, v := range fields.All() {
		text := ""
		if v.Kind() != membership.KindNull {
			text = shown(v)
		}
		all = append(all, fact{slug, text})
	}
	return all
}

func yes(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

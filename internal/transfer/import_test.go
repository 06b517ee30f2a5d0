package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/pgstore"
)

// meeting is a row that meets one that is there.
type meeting struct {
	name  string
	there []string
	row   string // matches, and differs
	agree string // matches, and says nothing else
	fresh string // matches nothing; empty where there is always one
	code  string // that it is refused with where conflicts fail
	see   func(*place) string
	is    string // what is seen before
	gets  string // what is seen after an update
}

var (
	anAccount    = fmt.Sprintf(`{"type":"account","id":"%s","name":"Acme","legal_name":"Acme Inc","registration_id":"R1","external_ref":"E1","tags":["a","b"]}`, id(1))
	aMember      = fmt.Sprintf(`{"type":"account_member","id":"%s","name":"Ron","email":"ron@example.com","given_name":"Ron"}`, id(2))
	aMembership  = fmt.Sprintf(`{"type":"account_membership","id":"%s","account_id":"%s","account_member_id":"%s","role":"guest"}`, id(3), id(1), id(2))
	aTag         = fmt.Sprintf(`{"type":"account_tag","id":"%s","name":"press","description":"Press"}`, id(4))
	aFlow        = fmt.Sprintf(`{"type":"flow","id":"%s","slug":"account-memberships","name":"Memberships"}`, id(5))
	aField       = fmt.Sprintf(`{"type":"field","id":"%s","resource":"account_membership","slug":"role","name":"Role","field_type":"string","validation_rules":[{"type":"enum","options":["guest","owner"]}]}`, id(6))
	aTeam        = []string{anAccount, aMember, aFlow, aField, aMembership}
	accountTexts = func(p *place) string {
		a := p.account(id(1))
		return a.Name + "/" + a.LegalName + "/" + p.tagNames(id(1))
	}
	memberTexts = func(p *place) string { m := p.member(id(2)); return m.Name + "/" + m.GivenName }
	role        = func(p *place) string { return p.only().Fields.Text("role") }
)

var meetings = []meeting{
	{"an account by its id", aTeam,
		fmt.Sprintf(`{"type":"account","id":"%s","name":"New","legal_name":null}`, id(1)),
		fmt.Sprintf(`{"type":"account","id":"%s","name":"Acme"}`, id(1)),
		fmt.Sprintf(`{"type":"account","id":"%s","name":"New"}`, id(99)), "duplicate_id",
		accountTexts, "Acme/Acme Inc/a,b", "New//a,b"},
	{"an account by its registration id", aTeam,
		`{"type":"account","registration_id":"R1","name":"New"}`,
		`{"type":"account","registration_id":"R1","legal_name":"Acme Inc","parent_id":null}`,
		`{"type":"account","registration_id":"R2","name":"New"}`, "registration_id_taken",
		accountTexts, "Acme/Acme Inc/a,b", "New/Acme Inc/a,b"},
	{"an account by its external ref", aTeam,
		`{"type":"account","external_ref":"E1","tags":["b","c"]}`,
		`{"type":"account","external_ref":"E1","tags":["b","a"]}`,
		`{"type":"account","external_ref":"E2","name":"New","tags":["c"]}`, "conflict",
		accountTexts, "Acme/Acme Inc/a,b", "Acme/Acme Inc/b,c"},
	{"a member by its id", aTeam,
		fmt.Sprintf(`{"type":"account_member","id":"%s","name":"Ann"}`, id(2)),
		fmt.Sprintf(`{"type":"account_member","id":"%s"}`, id(2)),
		fmt.Sprintf(`{"type":"account_member","id":"%s","name":"Ann","email":"ron@example.com"}`, id(99)), "duplicate_id",
		memberTexts, "Ron/Ron", "Ann/Ron"},
	{"a member by its e-mail", aTeam,
		`{"type":"account_member","email":"ron@example.com","given_name":null}`,
		`{"type":"account_member","email":"ron@example.com","given_name":"Ron"}`,
		`{"type":"account_member","email":"RON@example.com","name":"Ron"}`, "conflict",
		memberTexts, "Ron/Ron", "Ron/"},
	{"a membership by its pair", aTeam,
		`{"type":"account_membership","account_external_ref":"E1","email":"ron@example.com","role":"owner"}`,
		`{"type":"account_membership","account_registration_id":"R1","account_member_email":"ron@example.com","role":"guest"}`,
		"", "already_member", role, "guest", "owner"},
	{"a membership by its id", aTeam,
		fmt.Sprintf(`{"type":"account_membership","id":"%s","account_id":"%s","member_id":"%s","role":"owner"}`, id(3), id(1), id(2)),
		fmt.Sprintf(`{"type":"account_membership","id":"%s","role":"guest"}`, id(3)),
		"", "already_member", role, "guest", "owner"},
	{"a membership by its id alone", aTeam,
		fmt.Sprintf(`{"type":"account_membership","id":"%s","role":null}`, id(3)),
		fmt.Sprintf(`{"type":"account_membership","id":"%s"}`, id(3)),
		"", "duplicate_id", role, "guest", ""},
	{"a tag by its id", []string{aTag},
		fmt.Sprintf(`{"type":"account_tag","id":"%s","name":"news"}`, id(4)),
		fmt.Sprintf(`{"type":"account_tag","id":"%s","name":"press"}`, id(4)),
		fmt.Sprintf(`{"type":"account_tag","id":"%s","name":"news"}`, id(99)), "duplicate_id",
		tagTexts, "press/Press", "news/Press"},
	{"a tag by its name", []string{aTag},
		`{"type":"account_tag","name":"press","description":"News"}`,
		`{"type":"account_tag","name":"press"}`,
		`{"type":"account_tag","name":"news"}`, "tag_name_taken",
		tagTexts, "press/Press", "press/News"},
	{"a flow by its slug", []string{aFlow},
		`{"type":"flow","slug":"account-memberships","name":"Joins","enabled":false}`,
		`{"type":"flow","slug":"account-memberships"}`,
		`{"type":"flow","slug":"accounts","name":"Accounts"}`, "flow_exists",
		flowTexts, "Memberships true", "Joins false"},
	{"a flow by its id", []string{aFlow},
		fmt.Sprintf(`{"type":"flow","id":"%s","description":"x","name":"Joins"}`, id(5)),
		fmt.Sprintf(`{"type":"flow","id":"%s","enabled":true}`, id(5)),
		fmt.Sprintf(`{"type":"flow","id":"%s","slug":"accounts","name":"Accounts"}`, id(99)), "duplicate_id",
		flowTexts, "Memberships true", "Joins true"},
	{"a field by its slug", []string{aFlow, aField},
		fmt.Sprintf(`{"type":"field","slug":"role","name":"Part","relationships":{"flow":{"data":{"type":"flow","id":"%s"}}}}`, id(5)),
		`{"type":"field","slug":"role","resource":"account_membership","order":0}`,
		`{"type":"field","slug":"role","resource":"account","name":"Role","field_type":"integer","default":12}`, "slug_taken",
		fieldTexts, "role Role 2", "role Part 2"},
	{"a field by its id", []string{aFlow, aField},
		fmt.Sprintf(`{"type":"field","id":"%s","slug":"part","validation_rules":null}`, id(6)),
		fmt.Sprintf(`{"type":"field","id":"%s","slug":"role","validation_rules":[{"type":"enum","options":["guest","owner"]}]}`, id(6)),
		fmt.Sprintf(`{"type":"field","id":"%s","slug":"since","resource":"account_membership","name":"Since","field_type":"date"}`, id(99)), "duplicate_id",
		fieldTexts, "role Role 2", "part Role 0"},
	{"the limit of memberships", []string{`{"type":"account_membership_setting","membership_limit":7}`},
		`{"type":"account_membership_setting","membership_limit":8}`,
		`{"type":"account_membership_setting","membership_limit":7}`,
		"", "conflict", settingsTexts, "7 disabled", "8 disabled"},
	{"other settings", []string{`{"type":"account_authentication_settings","account_member_self_management":"update_only"}`},
		`{"type":"account_authentication_settings","account_member_self_management":"disabled"}`,
		`{"type":"account_authentication_settings","enable_self_signup":false}`,
		"", "conflict", settingsTexts, "10000 update_only", "10000 disabled"},
}

func tagTexts(p *place) string {
	all := make([]string, 0, 1)
	for t, err := range p.AllTags(p.t.Context(), membership.Query{}) {
		must(p.t, err)
		all = append(all, t.Name+"/"+t.Description)
	}
	return strings.Join(all, " ")
}

func flowTexts(p *place) string {
	s, err := p.Schema(p.t.Context(), membership.ResourceMembership)
	must(p.t, err)
	return fmt.Sprint(s.Flow.Name, " ", !s.Flow.Disabled)
}

func fieldTexts(p *place) string {
	fields, err := p.Fields(p.t.Context(), membership.ResourceMembership)
	must(p.t, err)
	if len(fields) != 1 {
		return fmt.Sprint(len(fields), " fields")
	}
	return fmt.Sprint(fields[0].Slug, " ", fields[0].Name, " ", len(fields[0].Enum))
}

func settingsTexts(p *place) string {
	s, err := p.Settings(p.t.Context())
	must(p.t, err)
	return fmt.Sprint(s.MembershipLimit, " ", s.SelfManagement)
}

func TestARowThatIsThereIsRefusedSkippedOrUpdated(t *testing.T) {
	t.Parallel()
	for _, m := range meetings {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			onEachEngine(t, func(t *testing.T, p *place) {
				p.has(m.there...)
				equal(t, "before", m.see(p), m.is)
				last := p.last()

				r := p.imports(transfer.ImportOptions{}, lines(m.row))
				equal(t, "fail", r.Counts, transfer.Counts{Refused: 1})
				equal(t, "refusals", len(r.refusals), 1)
				if len(r.refusals) == 1 {
					equal(t, "code", r.refusals[0].Code, m.code)
					equal(t, "line", r.refusals[0].Line, 1)
					equal(t, "source", r.refusals[0].Source, m.row)
				}
				r = p.imports(transfer.ImportOptions{OnConflict: transfer.ConflictSkip}, lines(m.row))
				equal(t, "skip", r.Counts, transfer.Counts{Skipped: 1})
				for _, how := range []transfer.OnConflict{transfer.ConflictFail, transfer.ConflictSkip, transfer.ConflictUpdate} {
					r := p.imports(transfer.ImportOptions{OnConflict: how}, lines(m.agree))
					equal(t, string(how)+", saying nothing else", r.Counts, transfer.Counts{Unchanged: 1})
				}
				equal(t, "after all that", m.see(p), m.is)
				if _, late := p.st.(*pgstore.Store); !late { // Why not there: it shows changes only after others have ended
					equal(t, "changes of all that", p.last(), last)
				}

				r = p.imports(transfer.ImportOptions{OnConflict: transfer.ConflictUpdate}, lines(m.row))
				equal(t, "update", r.Counts, transfer.Counts{Updated: 1})
				equal(t, "after the update", m.see(p), m.gets)
				r = p.imports(transfer.ImportOptions{}, lines(m.row))
				equal(t, "once more", r.Counts, transfer.Counts{Unchanged: 1})
				for c, err := range p.Changes(t.Context(), last, stop) {
					must(t, err)
					equal(t, "cause", c.Cause, membership.CauseImport)
				}
			})
		})
	}
}

func TestARowThatIsNotThereIsCreatedHoweverConflictsAreDealtWith(t *testing.T) {
	t.Parallel()
	for _, m := range meetings {
		if m.fresh == "" {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for _, how := range []transfer.OnConflict{transfer.ConflictFail, transfer.ConflictSkip, transfer.ConflictUpdate} {
				p := newMemory(t)
				p.has(m.there...)
				r := p.imports(transfer.ImportOptions{OnConflict: how}, lines(m.fresh))
				equal(t, string(how), r.Counts, transfer.Counts{Created: 1})
				r = p.imports(transfer.ImportOptions{OnConflict: how}, lines(m.fresh))
				equal(t, string(how)+", once more", r.Counts, transfer.Counts{Unchanged: 1})
			}
		})
	}
}

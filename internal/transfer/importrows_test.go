package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
)

func TestAMembershipNamesWhatItJoinsInManyWays(t *testing.T) {
	t.Parallel()
	for _, way := range []string{
		fmt.Sprintf(`{"type":"account_membership","account_id":"%s","account_member_id":"%s"}`, id(1), id(2)),
		fmt.Sprintf(`{"type":"account_membership","account_id":"%s","member_id":"%s"}`, id(1), id(2)),
		fmt.Sprintf(`{"type":"account_membership","account_id":null,"account_external_ref":"E1","member_id":"%s"}`, id(2)),
		`{"type":"account_membership","account_registration_id":"R1","email":"ron@example.com"}`,
		`{"type":"account_membership","account_external_ref":"E1","account_member_email":"ron@example.com"}`,
		fmt.Sprintf(`{"type":"account_membership","relationships":{"account":{"data":{"type":"account","id":"%s"}},"account_member":{"data":{"type":"account_member","id":"%s"}}}}`, id(1), id(2)),
	} {
		p := newMemory(t)
		r := p.imports(transfer.ImportOptions{}, lines(anAccount, aMember, way)) // of one batch, too
		equal(t, way, r.Counts, transfer.Counts{Created: 3})
		m := p.only()
		equal(t, "pair", m.AccountID.String()+" "+m.MemberID.String(), id(1)+" "+id(2))
		equal(t, "version of a derived id", m.ID.Version(), 8)
	}
}

func TestACustomFieldIsNoReference(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	p.has(anAccount, aMember, `{"type":"field","resource":"account_membership","slug":"email","name":"E-mail","field_type":"string"}`,
		`{"type":"field","resource":"account","slug":"tags","name":"Tags","field_type":"string"}`)
	p.has(`{"type":"account_membership","account_external_ref":"E1","account_member_email":"ron@example.com","email":"of the field"}`)
	equal(t, "the field", p.only().Fields.Text("email"), "of the field")
	p.has(fmt.Sprintf(`{"type":"account","id":"%s","tags":"of the field"}`, id(1)))
	equal(t, "the other field", p.account(id(1)).Fields.Text("tags"), "of the field")
	equal(t, "tags", p.tagNames(id(1)), "a,b")
}

func TestATableSaysWhatItCan(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		r := p.imports(transfer.ImportOptions{}, file("all.csv", strings.Join([]string{
			`Type,slug,resource,field_type,required,order,default,validation_rules,name,External_Ref,parent_external_ref,tags,email,account_external_ref,created_at,level,active,since,note`,
			`field,level,account_member,integer,false,2,-3,"[{""type"":""between"",""options"":{""from"":-5,""to"":5}}]",Level,,,,,,,,,,`,
			`field,active,account_member,boolean,TRUE,,true,,Active,,,,,,,,,,`,
			`field,since,account_member,date,,,,,Since,,,,,,,,,,`,
			`field,note,account_member,string,,,none,,Note,,,,,,,,,,`,
			`account,,,,,,,,Acme,A,,"press, news",,,2020-01-02,,,,`,
			`account,,,,,,,,Branch,B,A,press,,,2020-01-02T03:04:05.678Z,,,,`,
			`account_member,,,,,,,,Ron,,,,ron@example.com,,2020-01-02,5,false,2020-02-03,\=1+1`,
			`account_member,,,,,,,,Ann,,,,ann@example.com,,,,,,\N`,
			`account_membership,,,,,,,,,,,,ron@example.com,B,,,,,`,
			`account_membership,,,,,,,,,,,,ann@example.com,A,,,,,`,
			`account_member,,,,,,,,Eve,,,,eve@example.com,,,five,,,`,
			`account_member,,,,,,,,Eve,,,,eve@example.com,,,,maybe,,`,
		}, "\r\n")))
		equal(t, "counts", r.Counts, transfer.Counts{Created: 10, Refused: 2})
		for i, field := range []string{"level", "active"} {
			equal(t, "field", r.refusals[i].Field, field)
			equal(t, "code", r.refusals[i].Code, "invalid_field")
			equal(t, "line", r.refusals[i].Line, 12+i)
		}
		branch, err := p.Accounts(t.Context(), membership.Query{Filter: membership.All(membership.Eq(membership.AttrExternalRef, membership.TextValue("B")))})
		must(t, err)
		if branch.Total != 1 {
			t.Fatalf("there are %d branches; refused: %+v", branch.Total, r.refusals)
		}
		equal(t, "created at", branch.Items[0].CreatedAt.UnixMilli(), 1577934245678)
		equal(t, "parent", p.account(branch.Items[0].ParentID.String()).Name, "Acme")
		equal(t, "tags of the parent", p.tagNames(branch.Items[0].ParentID.String()), "news,press")
		ron, err := p.Members(t.Context(), membership.Query{Order: membership.Order{By: membership.AttrName, Desc: true}})
		must(t, err)
		equal(t, "what Ron has", ron.Items[0].Fields.String(), membership.NewFields(
			membership.FieldValue{Slug: "active", Value: membership.BooleanValue(false)},
			membership.FieldValue{Slug: "level", Value: membership.IntegerValue(5)},
			membership.FieldValue{Slug: "note", Value: membership.StringValue("=1+1")},
			membership.FieldValue{Slug: "since", Value: dateValue(t, "2020-02-03")}).String())
		equal(t, "what Ann has", ron.Items[1].Fields.String(), membership.NewFields(
			membership.FieldValue{Slug: "active", Value: membership.BooleanValue(true)},
			membership.FieldValue{Slug: "level", Value: membership.IntegerValue(-3)},
			membership.FieldValue{Slug: "note", Value: membership.Value{}},
			membership.FieldValue{Slug: "since", Value: membership.Value{}}).String())
	})
}

func dateValue(t *testing.T, text string) membership.Value {
	t.Helper()
	v, ok := membership.ParseDate(text)
	if !ok {
		t.Fatal(text)
	}
	return v
}

func TestAColumnThatMeansNothingIsAWarning(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	p.has(`{"type":"field","resource":"account_member","slug":"level","name":"Level","field_type":"string"}`)
	text := "name,email,level,shoe size,empty\n" + strings.Repeat("Ron,,x,43,\n", 3)
	for _, batch := range []int{1, 1000} {
		r := p.imports(transfer.ImportOptions{Batch: batch}, file("people.csv", text))
		equal(t, "rows", r.Rows(), 3)
		equal(t, "refused", r.Refused, 0)
		equal(t, "warnings", strings.Join(r.Warnings, "\n"),
			`people.csv: the column "shoe size" is not known for rows of the type account_member, and was ignored`)
	}
	r := p.imports(transfer.ImportOptions{}, lines(`{"type":"account_member","name":"Ann","email":"a@example.com","shoe size":36}`))
	equal(t, "in JSON, counts", r.Counts, transfer.Counts{Created: 1})
	equal(t, "in JSON, warnings", len(r.Warnings), 0)
}

func TestACustomFieldThatIsCalledExactlyLikeAColumnHasIt(t *testing.T) {
	t.Parallel()
	const unknown = `people.csv: the column "External-Ref" is not known for rows of the type account_member, and was ignored`
	field := `{"type":"field","resource":"%s","slug":"%s","name":"Custom","field_type":"string"}`
	for _, batch := range []int{1, 1000} {
		p := newMemory(t)
		r := p.imports(transfer.ImportOptions{Batch: batch}, file("people.csv", "NAME,E-Mail,External-Ref\nRon,r@example.com,x\n"))
		equal(t, "without fields, members", r.Types["account_member"], transfer.Counts{Created: 1})
		equal(t, "without fields, warnings", strings.Join(r.Warnings, "\n"), unknown)

		r = p.imports(transfer.ImportOptions{Batch: batch},
			lines(fmt.Sprintf(field, "account", "External-Ref"), fmt.Sprintf(field, "account_membership", "e-mail")),
			file("accounts.csv", "Name,External-Ref,Legal Name\nAcme,own,Acme GmbH\n"))
		equal(t, "with fields, refusals", fmt.Sprint(r.refusals), "[]")
		accounts, err := p.Accounts(t.Context(), membership.Query{})
		must(t, err)
		acme := accounts.Items[0]
		equal(t, "the account", acme.Name+","+acme.ExternalRef+","+acme.LegalName+acme.Fields.String(), "Acme,,Acme GmbH"+
			membership.NewFields(membership.FieldValue{Slug: "External-Ref", Value: membership.StringValue("own")}).String())

		r = p.imports(transfer.ImportOptions{Batch: batch},
			file("joins.csv", fmt.Sprintf("Account Id,Account Member-E Mail,e-mail\n%s,r@example.com,work\n", acme.ID)))
		equal(t, "a membership, refusals", fmt.Sprint(r.refusals), "[]")
		equal(t, "the membership", p.only().Fields.String(),
			membership.NewFields(membership.FieldValue{Slug: "e-mail", Value: membership.StringValue("work")}).String())
	}
}

func TestRowsSeeThoseBeforeThem(t *testing.T) {
	t.Parallel()
	rows := []string{
		`{"type":"account","name":"Acme","external_ref":"A"}`,
		`{"type":"account","name":"Acme","external_ref":"A"}`,                             // unchanged
		`{"type":"account","name":"Acme 2","external_ref":"A"}`,                           // a conflict
		`{"type":"account","name":"Branch","external_ref":"B","parent_external_ref":"A"}`, // below the first
		`{"type":"account_member","name":"Ron","email":"ron@example.com"}`,
		`{"type":"account_member","name":"Ann","email":"ron@example.com"}`, // a conflict
		`{"type":"account_membership","account_external_ref":"B","email":"ron@example.com"}`,
		`{"type":"account_membership","account_external_ref":"B","email":"ron@example.com"}`, // unchanged
		`{"type":"account","external_ref":"B","legal_name":"Branch Inc"}`,                    // a conflict
		`{"type":"field","resource":"account_membership","slug":"role","name":"Role","field_type":"string"}`,
		`{"type":"account_membership","account_external_ref":"A","email":"ron@example.com","role":"owner"}`,
		`{"type":"account_membership","account_external_ref":"A","email":"ron@example.com","role":"guest"}`, // a conflict
		fmt.Sprintf(`{"type":"account","id":"%s","name":"Given","external_ref":"G"}`, id(1)),
		fmt.Sprintf(`{"type":"account","id":"%s","name":"Given"}`, id(1)), // unchanged
		`{"type":"account","name":"Other","external_ref":"G"}`,            // a conflict
		fmt.Sprintf(`{"type":"account","id":"%s","name":"Below","parent_external_ref":"G","tags":["x"]}`, id(7)),
		fmt.Sprintf(`{"type":"account","id":"%s","tags":["x"]}`, id(7)), // unchanged
	}
	want := map[transfer.OnConflict]transfer.Counts{
		transfer.ConflictFail:   {Created: 8, Unchanged: 4, Refused: 5},
		transfer.ConflictSkip:   {Created: 8, Unchanged: 4, Skipped: 5},
		transfer.ConflictUpdate: {Created: 8, Unchanged: 4, Updated: 5},
	}
	for how, counts := range want {
		for _, batch := range []int{1, 2, 3, 1000} {
			onEachEngine(t, func(t *testing.T, p *place) {
				r := p.imports(transfer.ImportOptions{OnConflict: how, Batch: batch}, lines(rows...))
				equal(t, fmt.Sprint(how, " by ", batch), r.Counts, counts)
				if how != transfer.ConflictUpdate {
					return
				}
				a, err := p.Accounts(t.Context(), membership.Query{Filter: membership.All(membership.Eq(membership.AttrExternalRef, membership.TextValue("G")))})
				must(t, err)
				equal(t, "the last one", a.Items[0].Name, "Other")
			})
		}
	}
}

func TestOnlyWhatIsChosenMatches(t *testing.T) {
	t.Parallel()
	twin := `{"type":"account","name":"Twin","external_ref":"E1"}`
	taken := `{"type":"account","name":"Twin","registration_id":"R1"}`
	again := fmt.Sprintf(`{"type":"account","id":"%s","name":"Acme"}`, id(1))
	ron := `{"type":"account_member","name":"Ron 2","email":"ron@example.com"}`
	join := fmt.Sprintf(`{"type":"account_membership","id":"%s","account_id":"%s","member_id":"%s"}`, id(3), id(7), id(2))
	for _, c := range []struct {
		match []transfer.Key
		want  transfer.Counts
	}{
		{nil, transfer.Counts{Updated: 2, Unchanged: 2, Refused: 1}},
		{transfer.Keys(), transfer.Counts{Updated: 2, Unchanged: 2, Refused: 1}},
		{[]transfer.Key{transfer.KeyID}, transfer.Counts{Created: 2, Unchanged: 1, Refused: 2}},
		{[]transfer.Key{transfer.KeyEmail, transfer.KeyRegistrationID}, transfer.Counts{Created: 1, Updated: 2, Refused: 2}},
		{[]transfer.Key{transfer.KeyExternalRef}, transfer.Counts{Created: 1, Updated: 1, Refused: 3}},
	} {
		p := newMemory(t)
		p.has(aTeam...)
		p.has(fmt.Sprintf(`{"type":"account","id":"%s","name":"Other"}`, id(7)))
		r := p.imports(transfer.ImportOptions{Match: c.match, OnConflict: transfer.ConflictUpdate},
			lines(again, taken, twin, ron, join))
		equal(t, fmt.Sprint(c.match), r.Counts, c.want)
		if len(c.match) > 0 && len(c.match) < len(transfer.Keys()) {
			r := p.imports(transfer.ImportOptions{Match: c.match, OnConflict: transfer.ConflictUpdate}, lines(again, taken, twin, ron, join))
			equal(t, fmt.Sprint(c.match, " once more"), r.Created, 0)
		}
	}
}

func TestAFieldFindsItsFlowByTheIDThatItHadElsewhere(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	p.has(`{"type":"field","resource":"account_membership","slug":"since","name":"Since","field_type":"date"}`)
	r := p.imports(transfer.ImportOptions{}, lines(aFlow,
		fmt.Sprintf(`{"type":"field","slug":"role","name":"Role","field_type":"string","relationships":{"flow":{"data":{"type":"flow","id":"%s"}}}}`, id(5))))
	equal(t, "counts", r.Counts, transfer.Counts{Created: 1, Refused: 1})
	equal(t, "code", r.refusals[0].Code, "flow_exists")
}

func TestATagOfAnEarlierImportMayHaveBeenRenamed(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	p.has(anAccount)
	for tag, err := range p.AllTags(t.Context(), membership.Query{}) {
		must(t, err)
		name := "was " + tag.Name
		_, err := p.UpdateTag(t.Context(), tag.ID, membership.TagUpdate{Name: &name})
		must(t, err)
	}
	p.has(anAccount)
	equal(t, "tags", p.tagNames(id(1)), "a,b")
	p.has(fmt.Sprintf(`{"type":"account","id":"%s","tags":null}`, id(1)))
	equal(t, "tags, cleared", p.tagNames(id(1)), "")
}

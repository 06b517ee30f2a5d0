package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
)

// wrong are rows that are refused behind aTeam, with the code and the field that they are refused with.
var wrong = []struct{ row, code, field string }{
	{`{"type":"account","name":`, transfer.CodeMalformedRow, ""},
	{`{"name":"No type"}`, "invalid_field", "type"},
	{`{"type":"password_profile","name":"x"}`, "invalid_field", "type"},
	{`{"type":"account","id":"7","name":"x"}`, "invalid_field", "id"},
	{`{"type":"account"}`, "invalid_field", "name"},
	{`{"type":"account","name":7}`, "invalid_field", "name"},
	{`{"type":"account","name":"x","created_at":"yesterday"}`, "invalid_field", "created_at"},
	{`{"type":"account","name":"x","created_at":"2026-01-02","updated_at":"2025-01-02"}`, "invalid_field", "updated_at"},
	{fmt.Sprintf(`{"type":"account","name":"x","parent_id":"%s"}`, id(98)), "account_not_found", "parent_id"},
	{`{"type":"account","name":"x","parent_external_ref":"none"}`, "account_not_found", "parent_external_ref"},
	{fmt.Sprintf(`{"type":"account","id":"%s","registration_id":"R1","name":"x"}`, id(97)), "registration_id_taken", "registration_id"},
	{fmt.Sprintf(`{"type":"account","name":"x","tags":["c","%s"]}`, id(98)), "tag_not_found", "tags"},
	{`{"type":"account","name":"x","tags":[7]}`, "invalid_field", "tags"},
	{`{"type":"account","name":"x","tags":"a"}`, "invalid_field", "tags"},
	{`{"type":"account","name":"x","tags":[" "]}`, "invalid_field", "tags"},
	{fmt.Sprintf(`{"type":"account","name":"x","relationships":{"account_tags":{"data":[{"id":"%s"}]}}}`, id(98)), "tag_not_found", "tags"},
	{`{"type":"account_member","email":"x@example.com"}`, "invalid_field", "name"},
	{`{"type":"account_member","name":"x","email":"a\u0000b"}`, "invalid_field", "email"},
	{`{"type":"account","name":"x","external_ref":"` + strings.Repeat("x", 3000) + `"}`, "invalid_field", "external_ref"},
	{`{"type":"account","name":"x","tags":["a\u0000b"]}`, "invalid_field", "tags"},
	{`{"type":"account_tag","name":"a\u0000b"}`, "invalid_field", "name"},
	{`{"type":"account_membership","account_external_ref":"a\u0000b","email":"ron@example.com"}`, "account_not_found", "account_external_ref"},
	{`{"type":"account_member","name":"x","given_name":[]}`, "invalid_field", "given_name"},
	{`{"type":"account_membership"}`, "invalid_field", "account_id"},
	{fmt.Sprintf(`{"type":"account_membership","account_id":"%s"}`, id(1)), "invalid_field", "account_member_id"},
	{fmt.Sprintf(`{"type":"account_membership","id":"%s","role":"owner"}`, id(98)), "invalid_field", "account_id"},
	{fmt.Sprintf(`{"type":"account_membership","account_id":"%s","member_id":"%s"}`, id(98), id(2)), "account_not_found", "account_id"},
	{fmt.Sprintf(`{"type":"account_membership","account_id":"%s","member_id":"%s"}`, id(1), id(98)), "member_not_found", "member_id"},
	{fmt.Sprintf(`{"type":"account_membership","relationships":{"account":{"data":{"id":"%s"}},"account_member":{"data":{"id":"%s"}}}}`, id(1), id(98)),
		"member_not_found", "relationships/account_member/data/id"},
	{`{"type":"account_membership","account_external_ref":"none","email":"ron@example.com"}`, "account_not_found", "account_external_ref"},
	{`{"type":"account_membership","account_registration_id":"R1","email":"none@example.com"}`, "member_not_found", "email"},
	{fmt.Sprintf(`{"type":"account_membership","account_id":"%s","member_id":"%s","role":"king"}`, id(7), id(2)), "invalid_value", "role"},
	{fmt.Sprintf(`{"type":"account_membership","account_id":"%s","member_id":"%s","role":7}`, id(7), id(2)), "invalid_field", "role"},
	{fmt.Sprintf(`{"type":"account_membership","id":"%s","account_id":"%s","member_id":"%s"}`, id(97), id(1), id(2)), "already_member", ""},
	{fmt.Sprintf(`{"type":"account_membership","id":"%s","account_id":"%s","member_id":"%s"}`, id(3), id(7), id(2)), "duplicate_id", "id"},
	{fmt.Sprintf(`{"type":"account_tag","id":"%s","name":"a"}`, id(97)), "tag_name_taken", "name"},
	{`{"type":"account_tag","name":""}`, "invalid_field", "name"},
	{`{"type":"flow","slug":"orders","name":"x"}`, "invalid_value", "slug"},
	{`{"type":"flow","name":"x"}`, "invalid_field", "slug"},
	{`{"type":"flow","slug":"accounts","name":"x","enabled":"yes"}`, "invalid_field", "enabled"},
	{fmt.Sprintf(`{"type":"flow","id":"%s","slug":"account-memberships","name":"x"}`, id(97)), "flow_exists", "slug"},
	{`{"type":"field","slug":"x","name":"X","field_type":"string"}`, "invalid_field", "resource"},
	{`{"type":"field","slug":"x","name":"X","field_type":"string","resource":"order"}`, "invalid_field", "resource"},
	{fmt.Sprintf(`{"type":"field","slug":"x","name":"X","field_type":"string","relationships":{"flow":{"data":{"id":"%s"}}}}`, id(98)),
		"flow_not_found", "relationships/flow/data/id"},
	{`{"type":"field","slug":"x","name":"X","field_type":"color","resource":"account"}`, "invalid_field", "field_type"},
	{`{"type":"field","slug":"name","name":"X","field_type":"string","resource":"account"}`, "invalid_value", "slug"},
	{fmt.Sprintf(`{"type":"field","id":"%s","slug":"role","name":"X","field_type":"string","resource":"account_membership"}`, id(97)), "slug_taken", "slug"},
	{`{"type":"account_membership_setting","membership_limit":"many"}`, "invalid_field", "membership_limit"},
	{`{"type":"account_membership_setting","membership_limit":0}`, "invalid_field", "membership_limit"},
	{`{"type":"account_authentication_settings","account_member_self_management":"all"}`, "invalid_field", "account_member_self_management"},
}

func TestARefusedRowSaysWhyAndKeepsNoOtherOut(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		p.has(aTeam...)
		p.has(fmt.Sprintf(`{"type":"account","id":"%s","name":"Other"}`, id(7)))
		var rows []string
		for i, w := range wrong { // behind each a good one
			rows = append(rows, w.row, fmt.Sprintf(`{"type":"account_member","name":"Good","email":"%d@example.com"}`, i))
		}
		for _, batch := range []int{1, 7, 1000} {
			r := p.imports(transfer.ImportOptions{Batch: batch}, lines(rows...))
			equal(t, "refused", r.Refused, len(wrong))
			equal(t, "others", r.Created+r.Unchanged, len(wrong))
			if len(r.refusals) != len(wrong) {
				t.Fatalf("there are %d refusals", len(r.refusals))
			}
			for i, w := range wrong {
				got := r.refusals[i]
				if got.Code != w.code || got.Field != w.field || got.Line != 2*i+1 || got.Source != w.row || got.File != "in.ndjson" {
					t.Errorf("%s:\n got %+v\nwant %s of %q in line %d", w.row, got, w.code, w.field, 2*i+1)
				}
				if len(got.Reason) < 10 || strings.Contains(got.Reason, "internal") {
					t.Errorf("%s: the reason is %q", w.row, got.Reason)
				}
			}
		}
		page, err := p.Members(t.Context(), membership.Query{Limit: -1})
		must(t, err)
		equal(t, "members", page.Total, 1+len(wrong))
		equal(t, "tags, of which refused rows made none", tagTexts(p), "b/ a/")
	})
}

func TestLimitsRefuseRows(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		p.has(`{"type":"account_membership_setting","membership_limit":1}`, aMember)
		p.has(fmt.Sprintf(`{"type":"account","id":"%s","name":"One"}`, id(10)), fmt.Sprintf(`{"type":"account","id":"%s","name":"Two"}`, id(11)))
		join := `{"type":"account_membership","account_id":"%s","member_id":"%s"}`
		r := p.imports(transfer.ImportOptions{}, lines(fmt.Sprintf(join, id(10), id(2)), fmt.Sprintf(join, id(11), id(2))))
		equal(t, "counts", r.Counts, transfer.Counts{Created: 1, Refused: 1})
		equal(t, "code", r.refusals[0].Code, "member_at_limit")
	})
}

func TestARowThatCouldBeSeveralIsRefused(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		p.has(aTeam...)
		p.has(fmt.Sprintf(`{"type":"account_member","id":"%s","name":"Ron 2","email":"ron@example.com"}`, id(20)),
			fmt.Sprintf(`{"type":"account","id":"%s","name":"Acme 2","external_ref":"E1"}`, id(21)))
		r := p.imports(transfer.ImportOptions{OnConflict: transfer.ConflictUpdate}, lines(
			`{"type":"account_member","email":"ron@example.com","name":"Ron 3"}`,
			`{"type":"account","external_ref":"E1","name":"Acme 3"}`,
			`{"type":"account","parent_external_ref":"E1","name":"Acme 4"}`,
			fmt.Sprintf(`{"type":"account_membership","account_id":"%s","email":"ron@example.com"}`, id(1)),
			`{"type":"account","external_ref":"E1","registration_id":"R1","name":"Acme 5"}`, // which only one has
		))
		equal(t, "counts", r.Counts, transfer.Counts{Updated: 1, Refused: 4})
		for i, field := range []string{"email", "external_ref", "parent_external_ref", "email"} {
			equal(t, "code", r.refusals[i].Code, transfer.CodeAmbiguous)
			equal(t, "field", r.refusals[i].Field, field)
		}
	})
}

func TestManyNamesakesAreStillSeveral(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		var rows []string
		for i := range 120 {
			rows = append(rows, fmt.Sprintf(`{"type":"account_member","id":"%s","name":"Twin","email":"twin@example.com"}`, id(1000+i)))
		}
		p.has(append(rows, aMember)...)
		r := p.imports(transfer.ImportOptions{}, lines(
			`{"type":"account_member","email":"twin@example.com","name":"x"}`,
			`{"type":"account_member","email":"ron@example.com","name":"Ron"}`,
			`{"type":"account_member","email":"new@example.com","name":"x"}`))
		equal(t, "counts", r.Counts, transfer.Counts{Created: 1, Unchanged: 1, Refused: 1})
	})
}

func TestAMistakeInTheOptionsIsNoImport(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	for _, opts := range []transfer.ImportOptions{{OnConflict: "replace"}, {Match: []transfer.Key{"name"}}} {
		if _, err := p.tries(t.Context(), opts, lines(anAccount)); err == nil {
			t.Errorf("%+v is accepted", opts)
		}
	}
	equal(t, "changes", p.last(), int64(0))
}

func TestAnErrorOfWhoeverIsToldOfRefusalsEndsTheImport(t *testing.T) {
	t.Parallel()
	full := errors.New("disk is full")
	for _, opts := range []transfer.ImportOptions{{}, {DryRun: true}, {Atomic: true}} {
		opts.Refused = func(transfer.Refusal) error { return full }
		_, err := transfer.Import(context.Background(), newMemory(t).Service, []transfer.File{lines(`{}`)}, opts)
		if !errors.Is(err, full) {
			t.Errorf("%+v: got %v", opts, err)
		}
	}
}

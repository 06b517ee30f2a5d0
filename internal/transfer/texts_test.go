package transfer_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
)

// TestAnyTextGoesThereAndBack writes every text into every cell, in both formats, and reads it into every store.
func TestAnyTextGoesThereAndBack(t *testing.T) {
	t.Parallel()
	from := newMemory(t)
	from.add(membership.Flow{ID: membership.FlowID{UUID: key(900)}, Resource: membership.ResourceAccount, Name: "Accounts", CreatedAt: at(0), UpdatedAt: at(0)})
	_, err := from.DefineField(t.Context(), membership.Field{Resource: membership.ResourceAccount, Slug: "note", Name: "Note", Type: membership.TypeString})
	must(t, err)
	kept := 0
	for i, text := range torture.Texts {
		a := membership.Account{ID: membership.AccountID{UUID: key(1000 + i)}, Name: text, LegalName: text, ExternalRef: text,
			Fields: membership.NewFields(membership.FieldValue{Slug: "note", Value: membership.StringValue(text)})}
		if _, err := from.CreateAccount(t.Context(), a); err != nil {
			continue
		}
		kept++
		_, err := from.CreateTag(t.Context(), membership.Tag{ID: membership.TagID{UUID: key(2000 + i)}, Name: text, Description: text})
		must(t, err)
		_, err = from.TagAccount(t.Context(), a.ID, membership.TagID{UUID: key(2000 + i)})
		must(t, err)
		_, err = from.CreateMember(t.Context(), membership.Member{ID: membership.MemberID{UUID: key(3000 + i)}, Name: text, GivenName: text})
		must(t, err)
	}
	if kept < len(torture.Texts)/2 {
		t.Fatalf("only %d texts are names", kept)
	}
	for _, format := range []transfer.Format{transfer.NDJSON, transfer.CSV} {
		export := from.exported(transfer.ExportOptions{Format: format})
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			onEachEngine(t, func(t *testing.T, p *place) {
				r := p.imports(transfer.ImportOptions{OnConflict: transfer.ConflictUpdate}, file("all."+string(format), export))
				if r.Refused > 0 {
					t.Fatalf("refused: %+v", r.refusals[0])
				}
				sameText(t, p.exported(transfer.ExportOptions{}), from.exported(transfer.ExportOptions{}))
			})
		})
	}
	torture.Report(t, torture.Result{Part: torture.Input, Promise: "In CSV and NDJSON files a text comes back byte for byte, into every store",
		Method: "hostile texts in every cell, exported, imported and exported again", Rounds: 2 * kept})
}

// TestNoTextBreaksItsRow: a cell or a member that cannot be kept is refused with its row, its line and its name, and no other row.
func TestNoTextBreaksItsRow(t *testing.T) {
	t.Parallel()
	for _, text := range torture.Texts {
		spelled, err := json.Marshal(text)
		must(t, err)
		if slices.Contains(torture.Unstorable, text) && string(spelled) != fmt.Sprintf("%q", text) { // json.Marshal mends bytes
			spelled = []byte(`"` + text + `"`)
		}
		p := newMemory(t)
		r := p.imports(transfer.ImportOptions{}, lines(`{"type":"account_tag","name":"before"}`, `{"type":"account_tag","name":`+string(spelled)+`}`, `{"type":"account_tag","name":"behind"}`))
		if r.Created+r.Refused != 3 || r.Created < 2 || r.Refused == 1 && r.refusals[0].Line != 2 {
			t.Errorf("%q: %+v, %+v", text, r.Counts, r.refusals)
		}
		if slices.Contains(torture.Unstorable, text) && r.Refused != 1 {
			t.Errorf("%q is taken", text)
		}
	}
}

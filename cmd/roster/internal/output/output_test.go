package output

import (
	"encoding/json"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/api"
)

// row reads a row that a test spells.
func row(t *testing.T, text string) api.Row {
	t.Helper()
	r, err := api.ParseRow([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestATableIsNoWiderThanTheTerminal(t *testing.T) {
	t.Parallel()
	id := At("id")
	id.Whole = true
	table := &tableWriter{columns: []Column{id, At("name"), At("note")}, most: 50}
	_ = table.Row(row(t, `{"id":"00000000-0000-0000-0000-000000000001","name":"a rather long name","note":"short"}`))
	table.lines = append([][]string{{"ID", "NAME", "NOTE"}}, table.lines...)
	widths := table.widths()
	if widths[0] != 36 || widths[1] != narrowest || widths[2] != 5 {
		t.Errorf("the columns are %v wide: ids are for copying", widths)
	}
	table.most = 70
	if widths := table.widths(); widths[1] != 18 {
		t.Errorf("the columns are %v wide, although there is room", widths)
	}
}

func TestCellsOfCSVAreWhatImportReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, cell string }{
		{`"plain"`, "plain"},
		{`""`, `\E`},
		{`null`, ""},
		{`-5`, "-5"},
		{`"-5"`, `\-5`},
		{`"=1+1"`, `\=1+1`},
		{`"+49 30"`, `\+49 30`},
		{`"@here"`, `\@here`},
		{`"\tx"`, "\\\tx"},
		{`"\\N"`, `\\N`},
		{`1.50`, "1.50"},
		{`true`, "true"},
		{`[{"type":"enum"}]`, `[{"type":"enum"}]`},
	} {
		if got := csvCell(json.RawMessage(c.value)); got != c.cell {
			t.Errorf("%s is the cell %q instead of %q", c.value, got, c.cell)
		}
	}
}

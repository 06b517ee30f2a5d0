package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// TestAnExportIsImportedToTheSameExport goes there and back in both formats.
func TestAnExportIsImportedToTheSameExport(t *testing.T) {
	t.Parallel()
	from := newMemory(t).everything()
	tagsField := newMemory(t).everything()
	tagsField.add(membership.Field{Resource: membership.ResourceAccount, Slug: "tags", Name: "Tags", Type: membership.TypeString, Default: text("none")})
	later := newMemory(t).everything() // whose definitions have changed since
	_, err := later.UpdateField(t.Context(), membership.FieldID{UUID: key(202)}, membership.FieldUpdate{Default: new(null)})
	must(t, err)
	_, err = later.UpdateField(t.Context(), membership.FieldID{UUID: key(209)}, membership.FieldUpdate{Default: new(text("guest"))})
	must(t, err)
	_, err = later.UpdateFlow(t.Context(), membership.FlowID{UUID: key(102)}, membership.FlowUpdate{Disabled: new(true)})
	must(t, err)
	for name, from := range map[string]*place{"everything": from, "a field that is called tags": tagsField, "changed definitions": later} {
		for _, format := range []transfer.Format{transfer.NDJSON, transfer.CSV} {
			t.Run(fmt.Sprint(name, " as ", format), func(t *testing.T) {
				t.Parallel()
				export := from.exported(transfer.ExportOptions{Format: format})
				onEachEngine(t, func(t *testing.T, p *place) {
					in := file("all."+string(format), export)
					opts := transfer.ImportOptions{OnConflict: transfer.ConflictUpdate, Batch: 7}
					r := p.imports(opts, in)
					if r.Refused > 0 || len(r.Warnings) > 0 {
						t.Fatalf("refused: %+v, warnings: %q", r.refusals, r.Warnings)
					}
					sameText(t, p.exported(transfer.ExportOptions{Format: format}), export)
					sameText(t, p.exported(transfer.ExportOptions{}), from.exported(transfer.ExportOptions{}))
					again := p.imports(transfer.ImportOptions{}, in)
					equal(t, "unchanged the second time", again.Unchanged, again.Rows())
				})
			})
		}
	}
}

// sameText compares line by line.
func sameText(t *testing.T, got, want string) {
	t.Helper()
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	equal(t, "lines", len(gots), len(wants))
	for i := range min(len(gots), len(wants)) {
		if gots[i] != wants[i] {
			t.Errorf("line %d is\n%s\nand was\n%s", i+1, gots[i], wants[i])
		}
	}
}

func TestManyRowsThereAndBack(t *testing.T) {
	t.Parallel()
	from := newPlace(t, memstore.New())
	fillMemberships(t, from.st, 3000)
	export := from.exported(transfer.ExportOptions{Format: transfer.CSV})
	p := newPlace(t, openFile(t))
	r := p.imports(transfer.ImportOptions{}, file("all.csv", export))
	equal(t, "refused", r.Refused, 0)
	sameText(t, p.exported(transfer.ExportOptions{Format: transfer.CSV}), export)
}

package transfer_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/memstore"
)

// made are the ids that roster makes by the clock, such as that of a flow which comes with its first field.
var made = regexp.MustCompile(`01[0-9a-f]{6}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

func withoutMade(export string) string { return made.ReplaceAllString(export, "MADE") }

// FuzzImport: whatever a file says, it is imported to every store with the same report, and nothing of it gets lost: the export of
// what came of it is imported to the same again. A store that runs transactions twice tells no row twice.
func FuzzImport(f *testing.F) {
	from := newPlace(f, memstore.New()).everything()
	whole := map[transfer.Format]string{}
	for _, format := range []transfer.Format{transfer.NDJSON, transfer.CSV} {
		whole[format] = from.exported(transfer.ExportOptions{Format: format})
		n := 0
		for line := range strings.Lines(whole[format]) {
			if n++; n%3 == 0 { // neighbours are of one kind
				f.Add(line, byte(0), byte(0))
			}
		}
		f.Add(whole[format], byte(0), byte(1))
	}
	for _, text := range []string{
		"name,external_ref\nAcme,1\nBeta,=1+1\nAcme,1\n", "type,name,email\naccount_member,\\N,a@example.com\naccount_tag,a,\n", "sep=;\nname;E-Mail;;\na;b;;\n",
		`{"type":"account","name":"A","name":"B"}`, `{"type":"account_tag","name":"\ud800"}`, `{"data":[{"type":"account","name":"A","parent_id":"x"},[]]}`,
		`{"type":"account","name":"A","registration_id":"R"}` + "\n" + `{"type":"account","name":"B","registration_id":"R"}`, "\xef\xbb\xbfname\nx", "name\r\n\"a\nb\"\r\n",
		`{"type":"account_membership_setting","membership_limit":1}`, `{"type":"field","slug":"x","field_type":"float","default":1e400}`, "name\n" + strings.Repeat("'", 3000),
	} {
		f.Add(text, byte(0), byte(0))
		f.Add(text, byte(1), byte(2))
	}
	f.Fuzz(func(t *testing.T, text string, format, how byte) {
		opts := transfer.ImportOptions{
			ReadOptions: transfer.ReadOptions{Format: []transfer.Format{"", transfer.NDJSON, transfer.CSV, transfer.JSON}[format%4], Type: []string{"", "account", "account_tag"}[int(format/4)%3]},
			OnConflict:  []transfer.OnConflict{"", transfer.ConflictSkip, transfer.ConflictUpdate}[how%3], Batch: 1 + int(how/3)%3, Atomic: how&16 != 0,
		}
		in := file("in", text)
		memory, sqlite, twice := newMemory(t), newPlace(t, openFile(t)), newPlace(t, again{memstore.New()})
		want, wantErr := memory.tries(t.Context(), opts, in)
		for name, p := range map[string]*place{"SQLite": sqlite, "a store that tries again": twice} {
			got, err := p.tries(t.Context(), opts, in)
			if !reflect.DeepEqual(got, want) || (err == nil) != (wantErr == nil) {
				t.Errorf("%s reports %+v, %v\nmemory %+v, %v", name, got, err, want, wantErr)
			}
			sameText(t, withoutMade(p.export()), withoutMade(memory.export()))
		}
		if wantErr != nil {
			return
		}
		goesOn := newMemory(t)
		export := memory.export()
		r := goesOn.imports(transfer.ImportOptions{OnConflict: transfer.ConflictUpdate}, file("all.ndjson", export))
		if r.Refused > 0 {
			t.Errorf("what was exported is refused: %+v", r.refusals)
		}
		sameText(t, goesOn.export(), export)
	})
}

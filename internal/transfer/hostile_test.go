package transfer_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/transfer"
)

func TestATableWhoseLinesEndWithCarriageReturnsIsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"name,external_ref\rAcme,a\rBeta,b\r", "\"name\",\"external_ref\"\r\"Acme\",\"a\"\r"} {
		p := newMemory(t)
		r, err := p.tries(t.Context(), transfer.ImportOptions{}, file("in.csv", text))
		if err == nil || !strings.Contains(err.Error(), "carriage returns") || r.Rows() != 0 {
			t.Errorf("%q: %+v, %v", text, r.Counts, err)
		}
	}
	p := newMemory(t)
	equal(t, "created", p.imports(transfer.ImportOptions{}, file("in.csv", "name,external_ref\r\nAcme,\"a\rb\"\r\n")).Created, 1)
}

func TestTheZeroIDIsRefused(t *testing.T) {
	t.Parallel()
	const zero = "00000000-0000-0000-0000-000000000000"
	for _, kind := range []string{"account", "account_member", "account_tag"} {
		p := newMemory(t)
		r := p.imports(transfer.ImportOptions{}, lines(fmt.Sprintf(`{"type":%q,"id":%q,"name":"A","email":"a@example.com"}`, kind, zero)))
		if r.Refused != 1 || r.refusals[0].Field != "id" {
			t.Errorf("%s: %+v, %+v", kind, r.Counts, r.refusals)
		}
	}
}

func TestAHeaderOfManyColumnsIsReadInOneGo(t *testing.T) {
	t.Parallel()
	var header strings.Builder
	header.WriteString("name,legal_name")
	for i := range 200_000 { // compared each with each they would take an hour
		fmt.Fprintf(&header, ",Column%d", i)
	}
	for row, err := range transfer.Read(strings.NewReader(header.String()+"\n"), transfer.ReadOptions{Format: transfer.CSV}) {
		t.Errorf("got %v, %v", row, err)
	}
}

func TestTypesThatAreNoneAreNotKept(t *testing.T) { //nolint:paralleltest // it measures memory
	const rows = 20_000
	var b strings.Builder
	b.WriteString("type")
	for i := range 100 {
		fmt.Fprintf(&b, ",column%d", i)
	}
	for i := range rows {
		fmt.Fprintf(&b, "\nthing %d%s", i, strings.Repeat(",", 99)+",x")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n := 0
	for _, err := range transfer.Read(strings.NewReader(b.String()), transfer.ReadOptions{Format: transfer.CSV}) {
		must(t, err)
		if n++; n == rows {
			runtime.GC()
			runtime.ReadMemStats(&after)
		}
	}
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("it keeps %d bytes", grown)
	}
}

func TestARefusedRowIsGivenBackAsItWas(t *testing.T) {
	t.Parallel()
	for _, opts := range []transfer.ImportOptions{{}, {Atomic: true}, {DryRun: true}} {
		r := newMemory(t).imports(opts, file("in.csv", "name,external_ref\nA\xffb,1\n"))
		equal(t, "source", r.refusals[0].Source, "A\xffb,1")
	}
}

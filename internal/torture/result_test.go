package torture

import (
	"fmt"
	"strings"
	"testing"
)

// reported is a test that only remembers what was said of it.
type reported struct {
	testing.TB
	faults []string
	row    Result
	err    error
}

func (r *reported) Helper() {}

func (r *reported) Logf(string, ...any) {}

func (r *reported) Errorf(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func (r *reported) Attr(key, value string) { r.row, _, r.err = ReadResult(key, value) }

func TestReportFailsWhereNothingIsProven(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		result Result
		fault  string
	}{
		"all is well":       {Result{Part: Crash, Promise: "it holds", Rounds: 3, Acknowledged: 9}, ""},
		"a write is lost":   {Result{Part: Crash, Promise: "it holds", Rounds: 3, Acknowledged: 9, Lost: 1}, "1 of 9 acknowledged writes are lost"},
		"nothing was done":  {Result{Part: Crash, Promise: "it holds"}, `nothing was done for "it holds"`},
		"it cannot be done": {Result{Part: Crash, Promise: "it holds", Skipped: "only Linux can"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r reported
			Report(&r, c.result)
			said := strings.Join(r.faults, "\n")
			if (said == "") != (c.fault == "") || !strings.Contains(said, c.fault) {
				t.Errorf("it fails with %q, want %q", said, c.fault)
			}
			if r.row != c.result || r.err != nil {
				t.Errorf("the row is %+v, %v", r.row, r.err)
			}
		})
	}
}

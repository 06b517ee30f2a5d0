package operate

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/store/storecopy"
)

func TestProgressIsOneLineOnATerminal(t *testing.T) {
	t.Parallel()
	var shown strings.Builder
	p := &progressLine{w: &shown, terminal: true, every: time.Hour}
	p.tell(copied(storecopy.Progress{Kind: "accounts", Done: 1, Total: 3})) // the first of a kind at once
	p.tell(copied(storecopy.Progress{Kind: "accounts", Done: 2, Total: 3}))
	p.tell(copied(storecopy.Progress{Kind: "accounts", Done: 3, Total: 3}))
	p.tell(copied(storecopy.Progress{Kind: "accounts", Done: 3, Total: 3, Verifying: true}))
	p.end()
	const want = "\r\x1b[Kcopying accounts [########................] 33%  1 of 3" +
		"\r\x1b[Kcopying accounts [########################] 100%  3 of 3" +
		"\r\x1b[Kverifying accounts [########################] 100%  3 of 3\n"
	if shown.String() != want {
		t.Errorf("got %q, want %q", shown.String(), want)
	}
}

func TestWhatHappensMeanwhileStandsAboveTheProgress(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	p := &progressLine{w: &shown, terminal: true, every: time.Hour}
	p.tell(step{doing: "importing", done: 1, total: 4, note: "1 row"})
	p.say("members.csv:2: no")
	p.tell(step{doing: "importing", done: 4, total: 4, note: "4 rows"})
	p.end()
	const want = "\r\x1b[Kimporting [######..................] 25%  1 row" +
		"\r\x1b[Kmembers.csv:2: no\n" +
		"\r\x1b[Kimporting [########################] 100%  4 rows\n"
	if shown.String() != want {
		t.Errorf("shown is %q, want %q", shown.String(), want)
	}
}

package operate

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/store/storecopy"
)

// step is how far long work has come.
type step struct {
	doing       string // such as "importing members.csv"
	done, total int64  // of what, is the same for all that is said about doing; total is 0 while nobody knows it
	note        string // what else there is to say
}

// text spells a step, with a bar of so many characters where it is to have one.
func (s step) text(bar int) string {
	var b strings.Builder
	b.WriteString(s.doing)
	if s.total > 0 {
		done := min(s.done, s.total)
		if full := int(done * int64(bar) / s.total); bar > 0 {
			fmt.Fprintf(&b, " [%s%s]", strings.Repeat("#", full), strings.Repeat(".", bar-full))
		}
		fmt.Fprintf(&b, " %d%%", done*100/s.total)
	}
	if s.note != "" {
		b.WriteString("  " + s.note)
	}
	return b.String()
}

// barLength is that of the bar on a terminal.
const barLength = 24

// progressLine shows how far long work has come: on a terminal in one line that changes, elsewhere in lines.
type progressLine struct {
	w        io.Writer
	terminal bool
	every    time.Duration // how often it shows something about one doing
	now      step
	shown    step
	at       time.Time // when that was shown
}

func newProgressLine(w io.Writer) *progressLine {
	if terminal.Is(w) {
		return &progressLine{w: w, terminal: true, every: 100 * time.Millisecond}
	}
	return &progressLine{w: w, every: 10 * time.Second}
}

// tell is told of progress.
func (p *progressLine) tell(now step) {
	if now.doing != p.now.doing {
		p.show() // how what was done before has ended
		p.at = time.Time{}
		if !p.terminal {
			p.at = time.Now()
		}
	}
	if p.now = now; time.Since(p.at) >= p.every {
		p.show()
	}
}

// say writes lines about what happened meanwhile, above the one that changes.
func (p *progressLine) say(text string) {
	if p.terminal && p.shown.doing != "" {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = step{} // it is shown again
	}
	fmt.Fprintln(p.w, text)
}

// end shows the last of it.
func (p *progressLine) end() {
	p.show()
	if p.terminal && p.shown.doing != "" {
		fmt.Fprintln(p.w)
	}
}

// show shows how far it has come, unless it has shown that already.
func (p *progressLine) show() {
	if p.now == p.shown {
		return
	}
	p.shown, p.at = p.now, time.Now()
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", p.now.text(barLength))
	} else {
		fmt.Fprintln(p.w, p.now.text(0))
	}
}

// copied is a step of a copy.
func copied(p storecopy.Progress) step {
	doing := "copying "
	if p.Verifying {
		doing = "verifying "
	}
	return step{doing: doing + p.Kind, done: int64(p.Done), total: int64(p.Total), note: fmt.Sprintf("%d of %d", p.Done, p.Total)}
}

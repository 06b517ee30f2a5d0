package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/roster-go/roster/store/storecopy"
)

// progressLine shows how far a copy has come: on a terminal in one line that changes, elsewhere in lines.
type progressLine struct {
	w        io.Writer
	terminal bool
	every    time.Duration // how often it shows something of one kind
	now      storecopy.Progress
	shown    storecopy.Progress
	at       time.Time // when that was shown
}

func newProgressLine(w io.Writer) *progressLine {
	if f, ok := w.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &progressLine{w: w, terminal: true, every: 100 * time.Millisecond}
		}
	}
	return &progressLine{w: w, every: 10 * time.Second}
}

// tell is told of progress.
func (p *progressLine) tell(now storecopy.Progress) {
	if now.Kind != p.now.Kind || now.Verifying != p.now.Verifying {
		p.show() // how the kind before has ended
		p.at = time.Time{}
		if !p.terminal {
			p.at = time.Now()
		}
	}
	if p.now = now; time.Since(p.at) >= p.every {
		p.show()
	}
}

// end shows the last of it.
func (p *progressLine) end() {
	p.show()
	if p.terminal && p.shown.Kind != "" {
		fmt.Fprintln(p.w)
	}
}

// show shows how far it has come, unless it has shown that already.
func (p *progressLine) show() {
	if p.now == p.shown {
		return
	}
	p.shown, p.at = p.now, time.Now()
	doing := "copying"
	if p.now.Verifying {
		doing = "verifying"
	}
	text := fmt.Sprintf("%s %s: %d of %d", doing, p.now.Kind, p.now.Done, p.now.Total)
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
	} else {
		fmt.Fprintln(p.w, text)
	}
}

package servertest

import (
	"bytes"
	"regexp"
	"sync"
	"time"
)

// Log collects what a program writes, and tells who waits for some of it. The zero value is an empty one.
type Log struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed by the next write; nil while nobody waits for it
}

// Write adds to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return l.text.Write(p)
}

// String is all that was written so far.
func (l *Log) String() string {
	text, _ := l.Now()
	return text
}

// Now is all that was written so far, and what is closed when there is more.
func (l *Log) Now() (text string, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.text.String(), l.changed
}

// WaitFor waits until something matches, and returns the match's first group, or the match where the pattern has no group. It
// is not ok when the writer ended before, or has written nothing for a minute.
func (l *Log) WaitFor(pattern *regexp.Regexp, ended <-chan struct{}) (group string, ok bool) {
	for over := false; ; {
		text, changed := l.Now()
		if match := pattern.FindStringSubmatch(text); match != nil {
			return match[min(1, len(match)-1)], true
		}
		if over {
			return "", false
		}
		select {
		case <-changed:
		case <-ended:
			over = true // what was written last is looked at, too
		case <-time.After(time.Minute):
			return "", false
		}
	}
}

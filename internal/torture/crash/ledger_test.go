package crash_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/roster-go/roster/membership"
)

// line is what somebody who writes says of one request, whose id the change log records: that they try it, and then what
// they were told.
type line struct {
	Request string  `json:"request"`
	Kind    kind    `json:"kind"`
	Whole   int     `json:"whole,omitempty"`  // on tried: when anything comes of it, at least so many changes do
	Brings  bool    `json:"brings,omitempty"` // on tried: rows may come along that nobody names
	Claims  []claim `json:"claims,omitempty"` // on done
	Key     *key    `json:"key,omitempty"`    // on tried and done, of what signs in and is in no log
	Why     string  `json:"why,omitempty"`    // on refused and failed
}

// kind is what a line says.
type kind string

const (
	tried   kind = "tried"
	done    kind = "done"
	refused kind = "refused"
	failed  kind = "failed"  // with an error that is no refusal: it must not happen
	unknown kind = "unknown" // no answer came, or one that says so
)

// claim is one row that was acknowledged.
type claim struct {
	Type  membership.ChangeType `json:"type"`
	Row   string                `json:"row"`
	Image string                `json:"image,omitempty"` // as it was answered; empty where it was deleted
}

// key is a credential, or a token where there is a secret.
type key struct {
	Client string `json:"client"`
	Token  string `json:"token,omitempty"`
	Gone   bool   `json:"gone,omitempty"`
}

// name tells keys apart.
func (k key) name() string { return k.Client + " " + k.Token }

// entry is a change as the ledger compares it.
type entry struct {
	claim
	Sequence int64
	Request  string
	Cascade  bool
}

// attempt is a request, as far as its writer knows what became of it.
type attempt struct {
	line
	floor  int64 // every change of it has a greater number, because another request had been acknowledged before it was tried
	claims []claim
}

// ledger is what everybody who writes to one database was told, in the order in which they were. Any number of goroutines
// may use it.
type ledger struct {
	mu     sync.Mutex
	lines  []line
	counts map[kind]int                       // of them
	agrees func(answered, logged string) bool // whether a row that was answered is the one in the log
}

func newLedger(agrees func(answered, logged string) bool) *ledger {
	return &ledger{counts: map[kind]int{}, agrees: agrees}
}

func (l *ledger) add(said line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, said)
	l.counts[said.Kind]++
}

// read takes a line of a child's; one that the kill has cut is none.
func (l *ledger) read(text []byte) {
	var said line
	if json.Unmarshal(text, &said) == nil {
		l.add(said)
	}
}

// count is how many lines of some kinds there are.
func (l *ledger) count(kinds ...kind) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range kinds {
		n += l.counts[k]
	}
	return n
}

// answered is how many requests were.
func (l *ledger) answered() int { return l.count(done, refused) }

// verdict is what came of a ledger.
type verdict struct {
	acknowledged, refused, open int // requests; open are those that were killed on their way
	whole                       int // of the open ones, how many had been done
	lost                        int // of the acknowledged ones
	faults                      []string
}

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

// judge compares what was told with the log: every acknowledged request is in it with the rows that were answered and nothing
// else, behind all that had been acknowledged before it was tried; a refused one is not in it; of one that was never
// answered everything or nothing is.
func (l *ledger) judge(entries []entry) (v verdict) {
	l.mu.Lock()
	defer l.mu.Unlock()
	logged := map[string][]entry{}
	for i, e := range entries {
		if e.Sequence != int64(i)+1 {
			v.fault("change %d of the log has the number %d", i+1, e.Sequence)
		}
		logged[e.Request] = append(logged[e.Request], e)
	}
	attempts := l.attempts(logged)
	for request, all := range logged {
		if attempts[request] == nil {
			v.fault("nobody asked for request %q: %+v", request, all[0])
		}
	}
	for _, a := range attempts {
		v.attempt(a, logged[a.Request], l.agrees)
	}
	slices.Sort(v.faults)
	return v
}

// attempts puts lines together by request.
func (l *ledger) attempts(logged map[string][]entry) map[string]*attempt {
	all := map[string]*attempt{}
	last := int64(0) // of what has been acknowledged so far
	for _, said := range l.lines {
		if said.Kind == tried {
			all[said.Request] = &attempt{line: said, floor: last}
			continue
		}
		a := all[said.Request]
		a.Kind, a.Why, a.claims = said.Kind, said.Why, said.Claims
		if entries := logged[said.Request]; said.Kind == done && len(entries) > 0 {
			last = max(last, entries[len(entries)-1].Sequence)
		}
	}
	return all
}

func (v *verdict) attempt(a *attempt, found []entry, agrees func(answered, logged string) bool) {
	if len(found) > 0 && found[0].Sequence <= a.floor {
		v.fault("%s was tried after change %d had been acknowledged, and is change %d", a.Request, a.floor, found[0].Sequence)
	}
	switch a.Kind {
	case done:
		v.acknowledged++
		v.done(a, found, agrees)
	case refused:
		if v.refused++; len(found) > 0 {
			v.fault("%s was refused (%s), and there is %+v", a.Request, a.Why, found[0])
		}
	case failed:
		v.fault("%s failed: %s", a.Request, a.Why)
	case tried, unknown:
		if v.open++; len(found) > 0 {
			v.whole++
		}
		if len(found) > 0 && len(found) < a.Whole {
			v.fault("of %s, which is at least %d changes, there are %d", a.Request, a.Whole, len(found))
		}
	}
}

// done looks for each claim once.
func (v *verdict) done(a *attempt, found []entry, agrees func(answered, logged string) bool) {
	rest, missing := slices.Clone(found), 0
	for _, c := range a.claims {
		i := slices.IndexFunc(rest, func(e entry) bool { return e.Type == c.Type && e.Row == c.Row })
		if i < 0 {
			missing++
			v.fault("%s was acknowledged with %s of %s, which is not there", a.Request, c.Type, c.Row)
			continue
		}
		if !agrees(c.Image, rest[i].Image) {
			v.fault("%s was answered with\n\t%s\nand is\n\t%s", a.Request, c.Image, rest[i].Image)
		}
		rest = slices.Delete(rest, i, i+1)
	}
	if missing > 0 {
		v.lost++
	}
	for _, e := range rest {
		if !e.Cascade && !a.Brings {
			v.fault("%s was answered without %+v", a.Request, e)
		}
	}
}

// keys are the credentials and tokens of which it is known whether they are there. A credential takes its tokens along.
func (l *ledger) keys() map[string]key {
	l.mu.Lock()
	defer l.mu.Unlock()
	known := map[string]key{}
	for _, said := range l.lines {
		if said.Key == nil || said.Kind != tried && said.Kind != done {
			continue
		}
		for name, k := range known {
			if k.Client != said.Key.Client || said.Key.Token != "" && k.Token != said.Key.Token {
				continue
			}
			if delete(known, name); said.Kind == done { // until then, nobody knows
				k.Gone = said.Key.Gone
				known[name] = k
			}
		}
		if said.Kind == done {
			known[said.Key.name()] = *said.Key
		}
	}
	return known
}

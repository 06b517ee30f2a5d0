package sqlitestore

import "fmt"

// Report is what [Check] has found. Nothing in it is secret but ids.
type Report struct {
	SchemaVersion int64     // of the database; 0 when it could not be read
	ApplicationID uint32    // [ApplicationID], 0, or another program's
	Quick         bool      // it was not looked at in full
	Findings      []Finding // what is wrong
	Notes         []string  // what is not wrong, but worth knowing
	Repaired      int       // rows that [Repair] has set right
}

// Sound reports whether nothing was found to be wrong.
func (r Report) Sound() bool { return len(r.Findings) == 0 }

// Finding is one thing that is wrong.
type Finding struct {
	Kind     FindingKind
	Text     string   // a sentence without its full stop
	Count    int      // of how many rows, objects or places it is true
	Examples []string // a few of them: ids as they are shown elsewhere, or names
}

// FindingKind says what a finding is about.
type FindingKind string

// The kinds of findings. Of these [Repair] can mend wrong counters. For anything else a backup is restored.
const (
	FindingDamage     FindingKind = "damage"      // the file itself: what SQLite's integrity check finds
	FindingForeignKey FindingKind = "foreign_key" // a row refers to one that is not there
	FindingSchema     FindingKind = "schema"      // a table, an index, a trigger or a view is missing, or another one
	FindingCounter    FindingKind = "counter"     // membership_count is not how many memberships there are
	FindingLog        FindingKind = "log"         // the change log says something else than the tables
	FindingLogFile    FindingKind = "log_file"    // the write-ahead log beside the file is missing, and with it what was written last
)

// examplesKept is how many examples a finding has at most.
const examplesKept = 5

// add counts one more, and keeps it as an example as long as there are few.
func (f *Finding) add(example string) {
	f.Count++
	if len(f.Examples) < examplesKept {
		f.Examples = append(f.Examples, example)
	}
}

// found adds a finding, if there is anything in it.
func (r *Report) found(f Finding) {
	if f.Count > 0 {
		r.Findings = append(r.Findings, f)
	}
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// damage is [ErrDamaged] when the file itself is.
func (r Report) damage() error {
	for _, f := range r.Findings {
		if f.Kind == FindingDamage {
			return fmt.Errorf("%w: %s (%s)", ErrDamaged, f.Text, firstOf(f.Examples))
		}
	}
	return nil
}

func firstOf(examples []string) string {
	if len(examples) == 0 {
		return "no example"
	}
	return examples[0]
}

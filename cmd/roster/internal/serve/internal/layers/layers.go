// Package layers fills the flags of a command from layers: what the command line did not give comes from the
// environment, what that does not give either from a YAML file, and the rest stays at its default.
//
// A flag some-name is the variable PREFIX_SOME_NAME and the key some-name.
package layers

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// Layer is where a value comes from. A higher one wins.
type Layer int

// The layers.
const (
	Default Layer = iota
	File
	Environment
	CommandLine
)

// Settings are the flags of a command, each with the layer that its value comes from.
type Settings struct {
	prefix string
	env    func(string) string
	sets   []*pflag.FlagSet
	fixed  map[string]bool

	file string // the one that was read
	from map[string]place
}

// place is where a value was found.
type place struct {
	layer Layer
	line  int // of the file
}

// New returns the settings that sets of flags make; a name is in one of them only. The sets' arguments have been parsed. A
// variable that is empty counts as one that is not set.
func New(prefix string, env func(string) string, sets ...*pflag.FlagSet) *Settings {
	s := &Settings{prefix: prefix, env: env, sets: sets, fixed: map[string]bool{"help": true}, from: map[string]place{}}
	for f := range s.all {
		if f.Changed {
			s.from[f.Name] = place{layer: CommandLine}
		}
	}
	return s
}

// OnlyCommandLine takes flags out that make sense on a command line only.
func (s *Settings) OnlyCommandLine(names ...string) {
	for _, name := range names {
		s.fixed[name] = true
	}
}

// all walks over the flags, by their names.
func (s *Settings) all(yield func(*pflag.Flag) bool) {
	flags := map[string]*pflag.Flag{}
	for _, set := range s.sets {
		set.VisitAll(func(f *pflag.Flag) {
			if !s.fixed[f.Name] {
				flags[f.Name] = f
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		if !yield(flags[name]) {
			return
		}
	}
}

// lookup finds a flag, or nil.
func (s *Settings) lookup(name string) *pflag.Flag {
	for f := range s.all {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Variable is the name of the variable that a flag can be set with.
func (s *Settings) Variable(flag string) string {
	return s.prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Layer says where a flag's value comes from.
func (s *Settings) Layer(flag string) Layer { return s.from[flag].layer }

// Given says where a flag's value comes from as a person would name it: --addr, ROSTER_ADDR, or roster.yaml:3.
func (s *Settings) Given(flag string) string {
	switch at := s.from[flag]; at.layer {
	case CommandLine:
		return "--" + flag
	case Environment:
		return s.Variable(flag)
	case File:
		return fmt.Sprintf("%s in %s:%d", flag, s.file, at.line)
	default:
		return "the default of --" + flag
	}
}

// FromEnvironment sets from the environment what the command line did not give.
func (s *Settings) FromEnvironment() error {
	for f := range s.all {
		name := s.Variable(f.Name)
		value := s.env(name)
		if value == "" || s.from[f.Name].layer > Environment {
			continue
		}
		if err := f.Value.Set(value); err != nil {
			return fmt.Errorf("%s is %q, but must be what --%s takes: %w", name, value, f.Name, err)
		}
		s.from[f.Name] = place{layer: Environment}
	}
	return nil
}

// Unknown are those of the variables (NAME=value, as os.Environ has them) that begin with the prefix and mean nothing to
// the settings, each with the name that was perhaps meant.
func (s *Settings) Unknown(environ []string, known ...string) []Misspelt {
	names := slices.Clone(known)
	for f := range s.all {
		names = append(names, s.Variable(f.Name))
	}
	var all []Misspelt
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, s.prefix) && !slices.Contains(names, name) {
			all = append(all, Misspelt{name, likely(name, names)})
		}
	}
	slices.SortFunc(all, func(a, b Misspelt) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Misspelt is a name that means nothing, and the one that was perhaps meant.
type Misspelt struct {
	Name   string
	Likely string // empty when none is near
}

// likely is the name that is nearest to one that is none, when that is near at all.
func likely(name string, names []string) string {
	best, nearest := "", 1+len(name)/4
	for _, candidate := range names {
		if d := distance(name, candidate); d <= nearest && (best == "" || d < nearest) {
			best, nearest = candidate, d
		}
	}
	return best
}

// distance is in how many places two texts differ: characters that are missing, surplus or others.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			other := diagonal
			if a[i] != b[j] {
				other++
			}
			diagonal = row[j+1]
			row[j+1] = min(other, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

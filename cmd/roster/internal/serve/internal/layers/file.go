package layers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// FromFile sets from a YAML file what no higher layer has given: a mapping from the names of flags to values of their types.
// Everything else is refused, with the line.
func (s *Settings) FromFile(path string) error {
	s.file = path
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read the configuration file: %w", err)
	}
	pairs, err := s.parse(text)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if err := s.setFromFile(p); err != nil {
			return err
		}
	}
	return nil
}

// pair is a key of the file with what it has been given.
type pair struct {
	flag  *pflag.Flag
	line  int
	value string
	list  []string // of a flag that takes one
}

// parse reads the file's text: every key once, each the name of a flag, each value of the flag's type.
func (s *Settings) parse(text []byte) ([]pair, error) {
	root, err := s.mapping(text)
	if err != nil || root == nil {
		return nil, err
	}
	seen := map[string]int{}
	var pairs []pair
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		flag := s.lookup(key.Value)
		if key.Kind != yaml.ScalarNode || flag == nil {
			return nil, s.unknownKey(key)
		}
		if first := seen[flag.Name]; first > 0 {
			return nil, s.fault(key, "%s was given in line %d already", flag.Name, first)
		}
		seen[flag.Name] = key.Line
		p, err := read(flag, value)
		if err != nil {
			return nil, s.fault(value, "%s %w", flag.Name, err)
		}
		p.line = key.Line
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// mapping finds the file's one mapping; nil when the file says nothing.
func (s *Settings) mapping(text []byte) (*yaml.Node, error) {
	in := yaml.NewDecoder(bytes.NewReader(text))
	var document, more yaml.Node
	switch err := in.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil //nolint:nilnil // no mapping is no mistake
	case err != nil:
		return nil, s.syntax(err)
	}
	if err := in.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, s.syntax(err)
		}
		return nil, s.fault(&more, "a second document begins; one is all that is read")
	}
	root := document.Content[0]
	if root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return nil, nil //nolint:nilnil // comments only
	}
	if root.Kind != yaml.MappingNode {
		return nil, s.fault(root, "there must be lines like addr: 127.0.0.1:8080")
	}
	return root, nil
}

// lineOfSyntax finds the line in the parser's errors.
var lineOfSyntax = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax says where the parser stopped. Why not always its words: they repeat what it takes for the name of an anchor, and
// that may be a secret that begins with a star.
func (s *Settings) syntax(err error) error {
	where := s.file
	if m := lineOfSyntax.FindStringSubmatch(err.Error()); m != nil && m[1] != "" {
		where += ":" + m[1]
	}
	what := lineOfSyntax.ReplaceAllString(err.Error(), "")
	if strings.Contains(what, "anchor") {
		what = "a value that begins with * or & needs quotes"
	}
	return fmt.Errorf("%s: this is no YAML: %s", where, what)
}

func (s *Settings) fault(at *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %w", s.file, at.Line, fmt.Errorf(format, args...))
}

func (s *Settings) unknownKey(key *yaml.Node) error {
	var names []string
	for f := range s.all {
		names = append(names, f.Name)
	}
	if guess := likely(key.Value, names); guess != "" {
		return s.fault(key, "%q is not known: did you mean %s?", key.Value, guess)
	}
	return s.fault(key, "%q is not known; the names are those of the flags without the dashes in front", key.Value)
}

// read takes a node as the value of a flag. Why so strict: what YAML makes of `no`, 08 or 1:30 is not what was meant.
func read(flag *pflag.Flag, n *yaml.Node) (pair, error) {
	p := pair{flag: flag, value: n.Value}
	if n.Kind == yaml.SequenceNode && isList(flag) {
		for _, one := range n.Content {
			if !fits("string", one) {
				return p, wrongType(flag)
			}
			p.list = append(p.list, one.Value)
		}
		return p, nil
	}
	if !fits(flag.Value.Type(), n) {
		return p, wrongType(flag)
	}
	if isList(flag) {
		p.list = splitList(n.Value)
	}
	return p, nil
}

// fits reports whether a node is a scalar of a flag's type.
func fits(kind string, n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	switch tag := n.ShortTag(); kind {
	case "bool":
		return tag == "!!bool"
	case "int", "int64":
		return tag == "!!int"
	case "octal":
		return tag == "!!int" || tag == "!!str"
	case "duration":
		return tag == "!!str" || n.Value == "0"
	default:
		return tag == "!!str"
	}
}

// wrongType says what a flag wants, and never what it was given, which may be a secret.
func wrongType(f *pflag.Flag) error {
	switch f.Value.Type() {
	case "bool":
		return errors.New("must be true or false")
	case "int", "int64":
		return errors.New("must be a whole number")
	case "duration":
		return errors.New("must be a time like 90s or 1h30m")
	case "stringSlice":
		return errors.New("must be a list of texts")
	default:
		return errors.New("must be a text: put it into quotes")
	}
}

func isList(f *pflag.Flag) bool {
	_, ok := f.Value.(pflag.SliceValue)
	return ok
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

// setFromFile sets a flag unless a higher layer has.
func (s *Settings) setFromFile(p pair) error {
	if s.from[p.flag.Name].layer > File {
		return nil
	}
	var err error
	if list, ok := p.flag.Value.(pflag.SliceValue); ok {
		err = list.Replace(p.list)
	} else {
		err = p.flag.Value.Set(p.value)
	}
	if err != nil {
		return fmt.Errorf("%s:%d: %s must be what --%s takes: %w", s.file, p.line, p.flag.Name, p.flag.Name, err)
	}
	s.from[p.flag.Name] = place{layer: File, line: p.line}
	return nil
}

package layers

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// Print writes the settings as YAML that FromFile reads, each with a comment that says where it comes from. Of a setting
// that aside takes out, the line is a comment, with what aside makes of the value: of secrets, so that nobody takes a mask
// for one, and of what is not used.
func (s *Settings) Print(w io.Writer, aside func(name, value string) (shown string, out bool)) error {
	for f := range s.all {
		line, err := s.line(f, aside)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) line(f *pflag.Flag, aside func(name, value string) (string, bool)) (string, error) {
	shown, out := aside(f.Name, f.Value.String())
	value := node(f)
	if out {
		value = text(shown)
	}
	spelled, err := yaml.Marshal(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{text(f.Name), value}})
	if err != nil {
		return "", err
	}
	line := fmt.Sprintf("%s # %s\n", spelled[:len(spelled)-1], s.origin(f.Name))
	if out {
		line = "# " + line
	}
	return line, nil
}

// node spells a flag's value with the type that the file wants.
func node(f *pflag.Flag) *yaml.Node {
	if list, ok := f.Value.(pflag.SliceValue); ok {
		n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for _, one := range list.GetSlice() {
			n.Content = append(n.Content, text(one))
		}
		return n
	}
	switch value := f.Value.String(); f.Value.Type() {
	case "bool":
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: value}
	case "int", "int64":
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: value}
	default:
		return text(value)
	}
}

// text spells a text on one line, whatever is in it.
func text(s string) *yaml.Node {
	n := &yaml.Node{}
	n.SetString(s)
	if n.Style == yaml.LiteralStyle {
		n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}
	}
	return n
}

func (s *Settings) origin(name string) string {
	switch at := s.from[name]; at.layer {
	case CommandLine:
		return "flag"
	case Environment:
		return "environment, " + s.Variable(name)
	case File:
		return "file, " + strconv.Quote(s.file) + " line " + strconv.Itoa(at.line)
	default:
		return "default"
	}
}

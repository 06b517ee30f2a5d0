package layers_test

import (
	"reflect"
	"strings"
	"testing"
)

// FuzzFile: a configuration file is refused with a line, or says the same when it is printed and read again.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		"", "# nothing\n", "addr: 127.0.0.1:8080\nswitched-on: true\ncount: 12\nsize: 1\nwait: 5m\nhosts: [a, b]\n", "hosts:\n- a\n- \"b,c\"\n", "addr: |\n  a\n  b\n", "count: 0x10\n", "count: 1e3\n",
		"switched-on: yes\n", "wait: 5\n", "a: &a [*a]\n", "addr: &x y\nclient-secret: *x\n", "? addr\n: b\n", "addr: a\naddr: b\n", "---\naddr: a\n---\naddr: b\n", "addr: !!binary aGVsbG8=\n", "<<: {addr: a}\n",
		"{addr: a, count: 3}", "- addr\n", "addr: \"\\0\"\n", "\xff", "\ufeffaddr: a\n", "addr: 007\n", "addr: null\n", "hosts: a,b\n", "hosts: \"\\\"\"\n", "config: x\n", strings.Repeat("{a: ", 50),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, s, err := fill(t, nil, environment(), write(t, text))
		if err != nil {
			if said := err.Error(); !strings.Contains(said, "roster.yaml") {
				t.Errorf("%q: %s", text, said)
			}
			return
		}
		var printed strings.Builder
		if err := s.Print(&printed, func(string, string) (string, bool) { return "", false }); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, _, err := fill(t, nil, environment(), write(t, printed.String()))
		if err != nil || !reflect.DeepEqual(again, o) {
			t.Errorf("%q is read as %+v, printed as %s and read as %+v, %v", text, o, &printed, again, err)
		}
	})
}

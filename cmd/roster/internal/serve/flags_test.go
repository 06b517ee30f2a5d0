package serve

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// documentedFlags finds the flags in the guide's tables.
var documentedFlags = regexp.MustCompile("(?m)^\\| `--([a-z-]+)`")

func TestTheGuideNamesEveryFlagAndItsDefault(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range documentedFlags.FindAllSubmatch(text, -1) {
		documented = append(documented, string(m[1]))
	}
	var there []string
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	for _, g := range new(config).groups() {
		g.add(fs)
	}
	fs.VisitAll(func(f *pflag.Flag) {
		there = append(there, f.Name)
		row := regexp.MustCompile("(?m)^\\| `--" + f.Name + "` \\| ([^|]*) \\|").FindSubmatch(text)
		want := f.DefValue
		if slices.Contains([]string{"", "[]", "false"}, want) {
			want = "-"
		}
		if row != nil && strings.Trim(string(row[1]), "`") != want {
			t.Errorf("--%s: the guide says its default is %s, and it is %s", f.Name, row[1], want)
		}
	})
	slices.Sort(documented)
	if !slices.Equal(documented, there) {
		t.Errorf("the guide has   %v\nthe program has %v", documented, there)
	}
}

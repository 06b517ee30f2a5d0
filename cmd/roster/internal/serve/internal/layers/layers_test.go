package layers_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/layers"
)

// options are flags of every type.
type options struct {
	addr   string
	secret string
	on     bool
	count  int
	size   int64
	wait   time.Duration
	hosts  []string
}

func (o *options) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	fs.StringVar(&o.addr, "addr", "here:1", "")
	fs.StringVar(&o.secret, "client-secret", "", "")
	fs.BoolVar(&o.on, "switched-on", false, "")
	fs.IntVar(&o.count, "count", 3, "")
	fs.Int64Var(&o.size, "size", 1<<20, "")
	fs.DurationVar(&o.wait, "wait", time.Second, "")
	fs.StringSliceVar(&o.hosts, "hosts", nil, "")
	fs.String("config", "", "")
	return fs
}

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		if i := slices.Index(pairs, name); i >= 0 {
			return pairs[i+1]
		}
		return ""
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "roster.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fill reads arguments, environment and a file into options.
func fill(t *testing.T, args []string, env func(string) string, file string) (options, *layers.Settings, error) {
	t.Helper()
	var o options
	fs := o.flags()
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	s := layers.New("ROSTER_", env, fs)
	s.OnlyCommandLine("config")
	err := s.FromEnvironment()
	if err == nil && file != "" {
		err = s.FromFile(file)
	}
	return o, s, err
}

func TestAHigherLayerWins(t *testing.T) {
	t.Parallel()
	file := write(t, "addr: file:1\n")
	env := environment("ROSTER_ADDR", "env:1")
	for _, c := range []struct {
		name  string
		args  []string
		env   func(string) string
		file  string
		addr  string
		layer layers.Layer
		given string
	}{
		{"all", []string{"--addr", "flag:1"}, env, file, "flag:1", layers.CommandLine, "--addr"},
		{"no flag", nil, env, file, "env:1", layers.Environment, "ROSTER_ADDR"},
		{"file only", nil, environment(), file, "file:1", layers.File, "addr in " + file + ":1"},
		{"an empty variable", nil, environment("ROSTER_ADDR", ""), file, "file:1", layers.File, "addr in " + file + ":1"},
		{"none", nil, environment(), "", "here:1", layers.Default, "the default of --addr"},
		{"a flag that repeats the default", []string{"--addr", "here:1"}, env, file, "here:1", layers.CommandLine, "--addr"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			o, s, err := fill(t, c.args, c.env, c.file)
			if err != nil || o.addr != c.addr || s.Layer("addr") != c.layer || s.Given("addr") != c.given {
				t.Errorf("%q from %v, %q: %v", o.addr, s.Layer("addr"), s.Given("addr"), err)
			}
		})
	}
}

func TestEveryTypeIsReadFromEveryLayer(t *testing.T) {
	t.Parallel()
	want := options{"there:2", "*&: #", true, 7, 9, 90 * time.Second, []string{"a", "b"}}
	for name, read := range map[string]func() (options, *layers.Settings, error){
		"command line": func() (options, *layers.Settings, error) {
			return fill(t, []string{"--addr", "there:2", "--client-secret", "*&: #", "--switched-on", "--count", "7", "--size", "9", "--wait", "90s", "--hosts", "a,b"}, environment(), "")
		},
		"environment": func() (options, *layers.Settings, error) {
			return fill(t, nil, environment("ROSTER_ADDR", "there:2", "ROSTER_CLIENT_SECRET", "*&: #", "ROSTER_SWITCHED_ON", "true",
				"ROSTER_COUNT", "7", "ROSTER_SIZE", "9", "ROSTER_WAIT", "90s", "ROSTER_HOSTS", "a,b"), "")
		},
		"file": func() (options, *layers.Settings, error) {
			return fill(t, nil, environment(), write(t, "# ours\naddr: there:2\nclient-secret: '*&: #'\nswitched-on: true\ncount: 7\nsize: 9\nwait: 90s\nhosts: [a, b]\n"))
		},
		"file, list in one text": func() (options, *layers.Settings, error) {
			return fill(t, nil, environment(), write(t, "---\nhosts: a,b\nwait: 1m30s\nsize: 9\ncount: 7\nswitched-on: true\nclient-secret: \"*&: #\"\naddr: 'there:2'\n"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, _, err := read()
			if err != nil || o.addr != want.addr || o.secret != want.secret || o.on != want.on || o.count != want.count ||
				o.size != want.size || o.wait != want.wait || !slices.Equal(o.hosts, want.hosts) {
				t.Errorf("%+v: %v", o, err)
			}
		})
	}
}

func TestAFileThatCannotBeMeantIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, line, says string }{
		{"unknown key", "count: 1\nadr: there\n", ":2:", `"adr" is not known: did you mean addr?`},
		{"key unlike any", "completely-different: 1\n", ":1:", "the names are those of the flags"},
		{"a key twice", "addr: a\ncount: 1\naddr: b\n", ":3:", "addr was given in line 1 already"},
		{"a number as text", "addr: 8080\n", ":1:", "addr must be a text: put it into quotes"},
		{"a secret of digits", "\nclient-secret: 482915482915\n", ":2:", "client-secret must be a text"},
		{"a text as number", "count: many\n", ":1:", "count must be a whole number"},
		{"a number too large", "count: 99999999999999999999\n", ":1:", "count must be"},
		{"a fraction", "size: 1.5\n", ":1:", "size must be a whole number"},
		{"a text as switch", "switched-on: \"true\"\n", ":1:", "switched-on must be true or false"},
		{"a number as time", "wait: 90\n", ":1:", "wait must be a time like 90s"},
		{"a time that is none", "wait: 90d\n", ":1:", "wait must be what --wait takes"},
		{"nothing as text", "addr:\n", ":1:", "addr must be a text"},
		{"a list for one", "addr: [a]\n", ":1:", "addr must be a text"},
		{"a list of numbers", "hosts: [1, 2]\n", ":1:", "hosts must be a list of texts"},
		{"a mapping", "addr:\n  host: a\n", ":2:", "addr must be a text"},
		{"a list of all", "- addr\n", ":1:", "there must be lines like"},
		{"a second document", "addr: a\n---\ncount: 1\n", ":2:", "a second document"},
		{"no YAML", "addr: a\n\tcount: 1\n", ":2", "this is no YAML"},
		{"a flag of the command line", "config: other.yaml\n", ":1:", `"config" is not known`},
		{"a secret like an anchor", "client-secret: *482915482915\n", "", "needs quotes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := write(t, c.text)
			o, _, err := fill(t, nil, environment(), file)
			if err == nil || !strings.HasPrefix(err.Error(), file+c.line) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v", err)
			} else if strings.Contains(err.Error(), "482915482915") {
				t.Errorf("it shows a secret: %v", err)
			}
			if o.addr != "here:1" || o.count != 3 {
				t.Errorf("something of the file was used: %+v", o)
			}
		})
	}
}

func TestAFileMaySayNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "# nothing\n", "---\n", "{}\n"} {
		if o, _, err := fill(t, nil, environment(), write(t, text)); err != nil || o.addr != "here:1" {
			t.Errorf("%q: %+v %v", text, o, err)
		}
	}
	if _, _, err := fill(t, nil, environment(), filepath.Join(t.TempDir(), "missing.yaml")); err == nil || !strings.Contains(err.Error(), "missing.yaml") {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestAVariableOfTheWrongTypeIsNamed(t *testing.T) {
	t.Parallel()
	_, _, err := fill(t, nil, environment("ROSTER_COUNT", "many"), "")
	if err == nil || !strings.Contains(err.Error(), `ROSTER_COUNT is "many", but must be what --count takes`) {
		t.Errorf("%v", err)
	}
}

func TestUnknownVariablesAreFoundWithTheOneThatWasMeant(t *testing.T) {
	t.Parallel()
	_, s, _ := fill(t, nil, environment(), "")
	got := s.Unknown([]string{"HOME=/", "ROSTER_ADDR=a", "ROSTER_ADRR=b", "ROSTER_TOKEN=c", "ROSTER_SOMETHING=d", "ROSTER_CLIENTSECRET=e"}, "ROSTER_TOKEN")
	want := []layers.Misspelt{{"ROSTER_ADRR", "ROSTER_ADDR"}, {"ROSTER_CLIENTSECRET", "ROSTER_CLIENT_SECRET"}, {"ROSTER_SOMETHING", ""}}
	if !slices.Equal(got, want) {
		t.Errorf("%v instead of %v", got, want)
	}
}

func TestWhatIsPrintedIsAConfigurationFile(t *testing.T) {
	t.Parallel()
	masked := func(name, value string) (string, bool) { return "xxxxx", name == "client-secret" && value != "" }
	args := []string{"--addr", "a: #\n\"b\"", "--hosts", "x,0600,true"}
	_, s, err := fill(t, args, environment("ROSTER_CLIENT_SECRET", "hush", "ROSTER_WAIT", "5m0s"), write(t, "switched-on: true\ncount: 12\n"))
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	if err := s.Print(&printed, masked); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"count: 12 # file, ", "switched-on: true # file, ", "size: 1048576 # default\n",
		"wait: 5m0s # environment, ROSTER_WAIT\n", "# client-secret: xxxxx # environment, ROSTER_CLIENT_SECRET\n"} {
		if !strings.Contains(printed.String(), line) {
			t.Errorf("%q is missing:\n%s", line, &printed)
		}
	}
	if strings.Contains(printed.String(), "hush") || strings.Contains(printed.String(), "config:") {
		t.Errorf("too much:\n%s", &printed)
	}
	o, again, err := fill(t, nil, environment(), write(t, printed.String()))
	if err != nil || o.addr != "a: #\n\"b\"" || !o.on || o.count != 12 || o.size != 1<<20 || o.wait != 5*time.Minute || !slices.Equal(o.hosts, []string{"x", "0600", "true"}) || o.secret != "" {
		t.Errorf("read again: %+v %v\n%s", o, err, &printed)
	}
	if again.Layer("size") != layers.File {
		t.Error("a default that was printed does not come from the file")
	}
}

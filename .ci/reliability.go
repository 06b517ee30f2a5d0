//go:build ignore

// Reliability reads `go test -json` from standard input and prints the table of docs/reliability.md: what the tests
// reported of every promise. With -write it puts the table into that file, too. It exits with 1 when a test failed, when
// a write was lost, or when a part of the page has no row at all.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/roster-go/roster/internal/torture"
)

const (
	begin = "<!-- torture: begin -->\n"
	end   = "<!-- torture: end -->\n"
)

func main() {
	write := flag.String("write", "", "file to put the table into, between its markers")
	fuzz := flag.String("fuzz", "", "file with what .ci/fuzz printed, for a row of its own")
	verbose := flag.Bool("v", false, "say which tests have ended")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *verbose, *write, *fuzz); err != nil {
		fmt.Fprintln(os.Stderr, "reliability:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer, verbose bool, write, fuzz string) error {
	results, failed, err := read(in, out, verbose)
	if err != nil {
		return err
	}
	if fuzz != "" {
		r, err := fuzzed(fuzz)
		if err != nil {
			return err
		}
		results = append(results, r)
	}
	table := spell(results)
	fmt.Fprint(out, table)
	var faults []error
	for _, part := range torture.Parts {
		if !slices.ContainsFunc(results, func(r torture.Result) bool { return r.Part == part }) {
			faults = append(faults, fmt.Errorf("nothing was reported of %q", part))
		}
	}
	if failed > 0 {
		faults = append(faults, fmt.Errorf("%d tests failed", failed))
	}
	if write != "" && len(faults) == 0 {
		faults = append(faults, replace(write, table))
	}
	return errors.Join(faults...)
}

// read collects the results, and prints what tests that failed printed.
func read(in io.Reader, out io.Writer, verbose bool) (results []torture.Result, failed int, err error) {
	type event struct{ Action, Package, Test, Output, Key, Value string }
	printed, reported := map[string]*bytes.Buffer{}, map[string]bool{}
	events := json.NewDecoder(in)
	for {
		var e event
		if err := events.Decode(&e); errors.Is(err, io.EOF) {
			return results, failed, nil
		} else if err != nil {
			return nil, 0, err
		}
		name := e.Package + " " + e.Test
		switch e.Action {
		case "attr":
			if r, ok, err := torture.ReadResult(e.Key, e.Value); err != nil {
				return nil, 0, err
			} else if ok {
				results, reported[name] = append(results, r), true
			}
		case "output", "build-output":
			if printed[name] == nil {
				printed[name] = &bytes.Buffer{}
			}
			printed[name].WriteString(e.Output)
		case "pass", "skip":
			switch {
			case e.Action == "skip" && e.Test != "" && !reported[name]: // maybe a promise of which the table then has no row
				fmt.Fprintf(os.Stderr, "skip %s\n", name)
			case verbose && e.Test != "" && !strings.Contains(e.Test, "/"):
				fmt.Fprintf(os.Stderr, "%s %s\n", e.Action, name)
			}
			delete(printed, name)
		case "fail", "build-fail":
			failed++
			fmt.Fprintf(out, "FAILED %s\n", name)
			if b := printed[name]; verbose && b != nil {
				_, _ = io.Copy(out, b)
			}
		}
	}
}

var (
	executions = regexp.MustCompile(`(?m): (\d+) executions$`)
	idleTarget = regexp.MustCompile(`(?m)^(.*): 0 executions$`)
)

// fuzzed is the row of the fuzz targets.
func fuzzed(path string) (torture.Result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return torture.Result{}, err
	}
	r := torture.Result{Part: torture.Input, Promise: "Nothing that is sent or stored makes a parser panic or two stores disagree", Method: "fuzz targets, `make fuzz`"}
	for _, match := range executions.FindAllSubmatch(text, -1) {
		n, _ := strconv.Atoi(string(match[1]))
		r.Rounds += n
	}
	r.Measured = fmt.Sprintf("%d targets, rounds are executions", bytes.Count(text, []byte("\n")))
	// Why not an error: a slow machine may need all of the time for the corpora, which are executed, too, and are not counted.
	for _, idle := range idleTarget.FindAllSubmatch(text, -1) {
		r.Measured += fmt.Sprintf("; **%s had time for its corpus only**", idle[1])
	}
	return r, nil
}

// spell writes the table as Markdown.
func spell(results []torture.Result) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s.\n\n", time.Now().UTC().Format(time.DateOnly), machine())
	b.WriteString("| | promise | how it is tested | rounds | acknowledged writes | lost | measured |\n| --- | --- | --- | ---: | ---: | ---: | --- |\n")
	var before torture.Part
	for r := range rows(results) {
		part := string(r[0].Part)
		if r[0].Part == before {
			part = ""
		}
		before = r[0].Part
		var rounds, all, gone int
		var measured []string
		for _, one := range r {
			rounds, all, gone = rounds+one.Rounds, all+one.Acknowledged, gone+one.Lost
			measured = append(measured, told(one))
		}
		acknowledged, lost := "-", "-"
		if all > 0 {
			acknowledged, lost = grouped(all), grouped(gone)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", part, r[0].Promise, r[0].Method, grouped(rounds), acknowledged, lost, strings.Join(measured, "; "))
	}
	return b.String()
}

// rows are the results in the order of the page, those of one promise together.
func rows(results []torture.Result) iter.Seq[[]torture.Result] {
	key := func(r torture.Result) string {
		return fmt.Sprintf("%02d %s\n%s", slices.Index(torture.Parts, r.Part), r.Promise, r.Method)
	}
	slices.SortFunc(results, func(a, b torture.Result) int {
		return cmp.Or(cmp.Compare(key(a), key(b)), cmp.Compare(a.Where, b.Where))
	})
	return func(yield func([]torture.Result) bool) {
		for i := 0; i < len(results); {
			n := i + 1
			for n < len(results) && key(results[n]) == key(results[i]) {
				n++
			}
			if !yield(results[i:n]) {
				return
			}
			i = n
		}
	}
}

// told is what a result says beside its figures.
func told(r torture.Result) string {
	what := r.Measured
	if r.Skipped != "" {
		what = "**not tested here**: " + r.Skipped
	}
	if r.Where != "" && what != "" {
		return r.Where + ": " + what
	}
	return r.Where + what
}

// grouped spells a number with commas.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// machine is what the tests ran on.
func machine() string {
	parts := []string{fmt.Sprintf("%s/%s, %d CPUs", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())}
	if kernel, err := exec.Command("uname", "-sr").Output(); err == nil {
		parts = append(parts, strings.TrimSpace(string(kernel)))
	}
	parts = append(parts, runtime.Version())
	if commit, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); err == nil {
		parts = append(parts, "on top of commit "+strings.TrimSpace(string(commit)))
	}
	return strings.Join(parts, ", ")
}

// replace puts the table into a file, between the markers.
func replace(path, table string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s has no %s%s", path, begin, end)
	}
	return os.WriteFile(path, []byte(before+begin+table+end+after), 0o644)
}

//go:build ignore

// Testreport reads `go test -json` from standard input, prints a line per package and everything about a test that
// failed, and ends with "N passed, N failed", subtests included. It exits with 1 when something failed.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
)

type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

func main() {
	totals := flag.String("totals", "", "file to write the last line to")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, *totals); err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
		os.Exit(1)
	}
}

var errFailed = errors.New("tests failed")

func run(in io.Reader, out io.Writer, totals string) error {
	type key struct{ pkg, test string }
	output := map[key]*strings.Builder{}
	failedIn := map[string]int{}
	var packages, passed, failed, skipped int

	events := json.NewDecoder(in)
	for {
		var e event
		if err := events.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		k := key{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "output":
			if output[k] == nil {
				output[k] = &strings.Builder{}
			}
			if !progress(e.Output) {
				output[k].WriteString(e.Output)
			}
		case "pass", "fail", "skip":
			switch {
			case e.Test != "" && e.Action == "pass":
				passed++
			case e.Test != "" && e.Action == "skip":
				skipped++
				fmt.Fprintf(out, "skip  %s %s: %s\n", e.Package, e.Test, strings.Join(strings.Fields(text(output[k])), " "))
			case e.Test != "":
				failed++
				failedIn[e.Package]++
				fmt.Fprint(out, text(output[k]))
			case e.Action == "fail":
				packages++
				// A package that did not compile, panicked or timed out has no failed test of its own.
				if failedIn[e.Package] == 0 {
					failed++
				}
				fmt.Fprint(out, text(output[k]))
				fmt.Fprintf(out, "FAIL  %s %.1fs\n", e.Package, e.Elapsed)
			case e.Action == "pass":
				packages++
				fmt.Fprintf(out, "ok    %s %.1fs\n", e.Package, e.Elapsed)
			}
			delete(output, k)
		}
	}

	line := fmt.Sprintf("%d passed, %d failed", passed, failed)
	fmt.Fprintln(out, line)
	if skipped > 0 {
		fmt.Fprintln(out, skipped, "skipped")
	}
	if totals != "" {
		if err := os.WriteFile(totals, []byte(line+"\n"), 0o644); err != nil {
			return err
		}
	}
	if failed > 0 {
		return errFailed
	}
	if packages == 0 {
		return errors.New("no package was tested")
	}
	return nil
}

// progress reports whether a line only says where the run is.
func progress(line string) bool {
	for _, prefix := range []string{"=== RUN ", "=== PAUSE ", "=== CONT ", "=== NAME "} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

func text(b *strings.Builder) string {
	if b == nil {
		return ""
	}
	return b.String()
}

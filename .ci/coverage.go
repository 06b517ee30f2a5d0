//go:build ignore

// Coverage prints the statement coverage of every package in a cover profile and fails when one of the named folders
// is under the floor.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
)

type block struct {
	file, span string
}

func main() {
	floor := flag.Float64("floor", 90, "percent of statements that the named folders must reach")
	flag.Parse()
	if err := run(*floor, flag.Arg(0), flag.Args()[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "coverage:", err)
		os.Exit(1)
	}
}

func run(floor float64, profile string, rooms []string) error {
	module, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		return err
	}
	root := strings.TrimSpace(string(module))
	statements, covered, err := read(profile)
	if err != nil {
		return err
	}

	all := map[string]int{}
	hit := map[string]int{}
	for b, n := range statements {
		pkg := path.Dir(b.file)
		all[pkg] += n
		if covered[b] {
			hit[pkg] += n
		}
	}
	var low []string
	for _, pkg := range slices.Sorted(maps.Keys(all)) {
		room := strings.TrimPrefix(strings.TrimPrefix(pkg, root), "/")
		if room == "" {
			room = "."
		}
		percent := 100 * float64(hit[pkg]) / float64(all[pkg])
		note := ""
		if slices.Contains(rooms, room) {
			note = fmt.Sprintf("floor %.0f%%", floor)
			if percent < floor {
				low = append(low, room)
				note += ", MISSED"
			}
		}
		fmt.Printf("%6.1f%%  %-20s %s\n", percent, room, note)
	}
	if len(low) > 0 {
		return fmt.Errorf("under %.0f%%: %s", floor, strings.Join(low, ", "))
	}
	return nil
}

// read adds up a profile, in which a block appears once per test binary that saw it.
func read(profile string) (statements map[block]int, covered map[block]bool, err error) {
	f, err := os.Open(profile)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	statements, covered = map[block]int{}, map[block]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		// github.com/roster-go/roster/store/store.go:12.34,15.2 3 1
		file, rest, ok := strings.Cut(lines.Text(), ":")
		fields := strings.Fields(rest)
		if !ok || len(fields) != 3 {
			continue
		}
		n, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, nil, err
		}
		b := block{file, fields[0]}
		statements[b] = n
		covered[b] = covered[b] || fields[2] != "0"
	}
	return statements, covered, lines.Err()
}

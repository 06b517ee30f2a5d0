package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// report does the works whose names are chosen and prints the table, a work's rows as soon as they are there.
func report(w io.Writer, b *bench, chosen func(name string) bool) error {
	works := slices.DeleteFunc(b.works(), func(w work) bool { return !chosen(w.name) })
	if len(works) == 0 {
		return errors.New("-work: no work has such a name")
	}
	works, err := possible(works)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| work | contender | figure | p50 | p99 | CPU/op | roster beside it | target | met |")
	fmt.Fprintln(w, "| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
	for _, work := range works {
		began := time.Now()
		rows, err := b.perform(work)
		if err != nil {
			return err
		}
		log.Printf("%s: %.1f s", work.name, time.Since(began).Seconds())
		for _, r := range rows {
			fmt.Fprintln(w, "|", strings.Join([]string{work.name, r.contender, r.figure, r.p50, r.p99, r.cpu, r.beside, r.promise, r.met}, " | "), "|")
		}
	}
	fmt.Fprintf(w, "\n%d rounds, turns of %v; every figure is the median of its rounds.\n\n%s\n%s\n", b.rounds, b.turn, machine(), b.versions())
	return nil
}

// machine says what this ran on.
func machine() string {
	said := []string{runtime.GOOS + "/" + runtime.GOARCH, fmt.Sprint(runtime.NumCPU(), " processors"), runtime.Version()}
	for _, each := range []struct{ file, field string }{
		{"/proc/cpuinfo", "model name"},
		{"/proc/sys/kernel/osrelease", ""},
	} {
		if value := kernelSays(each.file, each.field); value != "" {
			said = append(said, value)
		}
	}
	return strings.Join(said, ", ")
}

// kernelSays is the first value of a field in a file of Linux's, or the whole file; nothing elsewhere.
func kernelSays(file, field string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	if field == "" {
		return strings.TrimSpace(string(text))
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == field {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// versions says what was compared.
func (b *bench) versions() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var said []string
	if server := b.postgres.said(); server != "" {
		said = append(said, server)
	}
	for _, path := range []string{"modernc.org/sqlite", "modernc.org/libc", "github.com/pocketbase/pocketbase",
		"github.com/openfga/openfga", "github.com/casbin/casbin/v2", "github.com/jackc/pgx/v5"} {
		for _, module := range info.Deps {
			if module.Path == path {
				said = append(said, path+" "+module.Version)
			}
		}
	}
	return strings.Join(said, ", ")
}

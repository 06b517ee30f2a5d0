package main

import (
	"runtime/debug"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/servertest"
)

func TestVersionTellsTheCommit(t *testing.T) {
	t.Parallel()
	released := describe(&debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}})
	if !strings.HasPrefix(released, "roster v1.2.3 (go") {
		t.Errorf("an installed release: %q", released)
	}
	built := describe(&debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789ab"}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"},
	}})
	if !strings.HasPrefix(built, "roster (devel) (commit 0123456789ab, 2026-01-02T03:04:05Z, modified, go") {
		t.Errorf("built in a changed working tree: %q", built)
	}
	other := describe(&debug.BuildInfo{GoVersion: "go1.99.0", Settings: []debug.BuildSetting{{Key: "GOOS", Value: "plan9"}, {Key: "GOARCH", Value: "mips"}}})
	if other != "roster (devel) (go1.99.0, plan9/mips)" {
		t.Errorf("built for another platform: %q", other)
	}
}

func TestVersionLooksIntoOtherPrograms(t *testing.T) {
	t.Parallel()
	path := servertest.Program(t)
	if code, stdout, stderr := runHere(t, environment(), "version", path); code != exit.OK || !strings.HasPrefix(stdout, "roster ") || !oneLine(stdout) {
		t.Errorf("exit %d, %q, %q", code, stdout, stderr)
	}
	if code, _, stderr := runHere(t, environment(), "version", "version.go"); code != exit.Failed || !strings.Contains(stderr, "version.go") {
		t.Errorf("of a text: exit %d, %q", code, stderr)
	}
}

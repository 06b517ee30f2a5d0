package main

import (
	"runtime/debug"
	"strings"
	"testing"
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
}

package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
)

func TestTheBillOfMaterialsNamesEveryModuleThatIsLinked(t *testing.T) {
	t.Parallel()
	path := servertest.Program(t)
	text, err := exec.CommandContext(t.Context(), path, "version", "--sbom").Output()
	if err != nil {
		t.Fatal(err)
	}
	again, err := exec.CommandContext(t.Context(), path, "version", "--sbom").Output()
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("it says something else the second time: %v", err)
	}
	var got bom
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.BOMFormat != "CycloneDX" || got.Metadata.Component.Name != "github.com/roster-go/roster" {
		t.Errorf("it is about %s %q", got.BOMFormat, got.Metadata.Component.Name)
	}

	listed, err := exec.CommandContext(t.Context(), "go", "version", "-m", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	linked := 1 // std, which go version does not list
	for line := range strings.SplitSeq(string(listed), "\n") {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "dep" {
			continue
		}
		linked++
		if !slices.ContainsFunc(got.Components, func(c bomComponent) bool { return c.Name == words[1] && c.Version == words[2] }) {
			t.Errorf("%s %s is missing", words[1], words[2])
		}
	}
	if len(got.Components) != linked || len(got.Dependencies[0].DependsOn) != linked {
		t.Errorf("it has %d components, linked are %d", len(got.Components), linked)
	}
}

func TestAReplacedModuleIsTheOneThatIsLinked(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	err := writeSBOM(&text, &debug.BuildInfo{GoVersion: "go1.26.0", Main: debug.Module{Path: "example.com/main", Version: "v1.0.0"},
		Deps: []*debug.Module{{Path: "example.com/a", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/b", Version: "v2.0.0+incompatible", Sum: "h1:x"}}}})
	if err != nil || strings.Contains(text.String(), "example.com/a") ||
		!strings.Contains(text.String(), `"pkg:golang/example.com/b@v2.0.0%2Bincompatible"`) || !strings.Contains(text.String(), "h1:x") {
		t.Errorf("%v\n%s", err, text.String())
	}
}

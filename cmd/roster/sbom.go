package main

import (
	"encoding/json"
	"io"
	"net/url"
	"runtime/debug"
	"strings"
)

// bom is a software bill of materials in CycloneDX's JSON, as far as the module graph knows one.
// See https://cyclonedx.org/docs/1.6/json/.
type bom struct {
	BOMFormat    string          `json:"bomFormat"`
	SpecVersion  string          `json:"specVersion"`
	Version      int             `json:"version"`
	Metadata     bomMetadata     `json:"metadata"`
	Components   []bomComponent  `json:"components"`
	Dependencies []bomDependency `json:"dependencies"`
}

type bomMetadata struct {
	Component bomComponent `json:"component"`
}

type bomComponent struct {
	Type       string        `json:"type"`
	Ref        string        `json:"bom-ref"`
	Name       string        `json:"name"`
	Version    string        `json:"version"`
	PURL       string        `json:"purl"`
	Properties []bomProperty `json:"properties,omitempty"`
}

type bomProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type bomDependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// writeSBOM writes what a program was built from: the modules that are linked into it, in the versions that they have,
// with go.sum's checksums. It says the same for the same program, so it has neither a time nor a serial number.
func writeSBOM(w io.Writer, info *debug.BuildInfo) error {
	main := component("application", &info.Main)
	main.Properties = []bomProperty{{"go:toolchain", info.GoVersion}}
	b := bom{BOMFormat: "CycloneDX", SpecVersion: "1.6", Version: 1, Metadata: bomMetadata{main},
		Components: []bomComponent{}, Dependencies: []bomDependency{{Ref: main.Ref, DependsOn: []string{}}}}
	modules := append([]*debug.Module{{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")}}, info.Deps...)
	for _, m := range modules {
		for m.Replace != nil {
			m = m.Replace
		}
		c := component("library", m)
		b.Components = append(b.Components, c)
		b.Dependencies[0].DependsOn = append(b.Dependencies[0].DependsOn, c.Ref)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(b)
}

// component is a module as a part of a program.
func component(kind string, m *debug.Module) bomComponent {
	purl := "pkg:golang/" + (&url.URL{Path: m.Path}).EscapedPath() + "@" + url.QueryEscape(m.Version)
	c := bomComponent{Type: kind, Ref: purl, Name: m.Path, Version: m.Version, PURL: purl}
	if m.Sum != "" {
		c.Properties = []bomProperty{{"go:sum", m.Sum}}
	}
	return c
}

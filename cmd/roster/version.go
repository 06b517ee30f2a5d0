package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// version is one line about this build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return describe(info)
}

// describe says what the go command wrote into the program: the module's version where it was installed or built
// from a tag, the commit where it was built in a repository.
func describe(info *debug.BuildInfo) string {
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	system, machine := runtime.GOOS, runtime.GOARCH
	var details []string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			details = append(details, "commit "+s.Value)
		case s.Key == "vcs.time":
			details = append(details, s.Value)
		case s.Key == "vcs.modified" && s.Value == "true":
			details = append(details, "modified")
		case s.Key == "GOOS":
			system = s.Value
		case s.Key == "GOARCH":
			machine = s.Value
		}
	}
	details = append(details, cmp.Or(info.GoVersion, runtime.Version()), system+"/"+machine)
	return fmt.Sprintf("roster %s (%s)", v, strings.Join(details, ", "))
}

package main

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// versionCommand is `roster version`.
func versionCommand(p *command.Program) *cobra.Command {
	var sbom bool
	c := &cobra.Command{
		Use:     "version [PROGRAM]",
		Short:   "Print the version, or what the program was built from",
		Long:    "roster version prints its own version, or that of another build of it, also of one for another platform.",
		Example: "  roster version\n  roster version --sbom > roster.cdx.json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			info, err := buildInfo(args)
			if err != nil {
				return err
			}
			if sbom {
				return exit.OutputError(writeSBOM(p.Stdout, info))
			}
			_, err = fmt.Fprintln(p.Stdout, describe(info))
			return exit.OutputError(err)
		},
	}
	c.Flags().BoolVar(&sbom, "sbom", false, "print the bill of materials, as CycloneDX in JSON")
	return c
}

// buildInfo is what the go command wrote into this program, or into one that is named.
func buildInfo(program []string) (*debug.BuildInfo, error) {
	if len(program) == 0 {
		info, ok := debug.ReadBuildInfo()
		if !ok {
			return nil, errors.New("this program was built without the list of its modules: build it with go build")
		}
		return info, nil
	}
	info, err := buildinfo.ReadFile(program[0])
	if err != nil {
		return nil, fmt.Errorf("cannot read what %s was built from: %w", program[0], err)
	}
	return info, nil
}

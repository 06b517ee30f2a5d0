package serve

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/layers"
)

// Command is `roster serve`.
func Command(p *command.Program, version string) *cobra.Command {
	cfg := config{version: version}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve memberships over HTTP, with a console for people",
		Long: fmt.Sprintf(`roster serve serves account memberships over HTTP.

Environment:
  %-28s credentials that may read and write, and are not stored. The database decides about those that it knows.
  %-28s Without them, credentials are made on the first start on a database and printed once.
  %-28s what --db is when it is not given: the place for a URL with a password, and PGPASSWORD is another
  %-28s what --changes-max-age is when it is not given
  %-28s what --changes-max-count is when it is not given
  %-28s and so on: every flag has a variable. What the environment does not say either, the file of --config may.

Routes: /v2/... and /v1/..., described by /openapi.yaml; POST /oauth/access_token; /healthz, 200 while the process is up;
/readyz, 200 while the store answers and nobody asked it to stop.`,
			command.EnvClientID, command.EnvClientSecret, command.EnvDB, command.EnvChangesMaxAge, command.EnvChangesMaxCount, command.EnvPrefix+"ADDR, "+command.EnvConfig),
		Example: `  roster serve
  roster serve --addr 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem
  roster serve --addr unix:/run/roster/roster.sock --socket-mode 0660
  roster serve --config /etc/roster.yaml --print-config`,
		Args: command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := cfg.complete(c.Flags(), p.Env)
			if err != nil {
				return err
			}
			if cfg.printConfig {
				return exit.OutputError(cfg.print(s, p.Stdout))
			}
			cfg.lookForMistakes(s, os.Environ())
			if err := cfg.readClient(); err != nil {
				return err
			}
			return serve(c.Context(), cfg, p.Stdout, p.Stderr)
		},
	}
	for _, g := range cfg.groups() {
		g.add(c.Flags())
	}
	c.SetUsageFunc(usage)
	return c
}

// usage shows the flags in their groups.
func usage(c *cobra.Command) error {
	var text strings.Builder
	fmt.Fprintf(&text, "Usage:\n  %s\n\nExamples:\n%s\n", c.UseLine(), c.Example)
	for _, g := range new(config).groups() {
		fs := pflag.NewFlagSet(g.title, pflag.ContinueOnError)
		g.add(fs)
		fmt.Fprintf(&text, "\n%s:\n%s", g.title, fs.FlagUsages())
	}
	_, err := io.WriteString(c.OutOrStdout(), text.String())
	return err
}

// print writes the configuration without its secrets.
func (c *config) print(s *layers.Settings, w io.Writer) error {
	return s.Print(w, func(name, value string) (string, bool) {
		switch {
		case name == "client-secret":
			return "xxxxx", value != ""
		case name == "db":
			return database.Shown(value), c.inMemory || database.Shown(value) != value
		default:
			return value, false
		}
	})
}

// othersVariables are those of the environment that are for other commands.
var othersVariables = []string{command.EnvConfig, command.EnvServer, command.EnvToken}

// lookForMistakes finds variables that begin like ours and mean nothing.
func (c *config) lookForMistakes(s *layers.Settings, environ []string) {
	for _, m := range s.Unknown(environ, othersVariables...) {
		text := "the variable " + m.Name + " means nothing to roster serve"
		if m.Likely != "" {
			text += ": did you mean " + m.Likely + "?"
		}
		c.misspelt = append(c.misspelt, text)
	}
}

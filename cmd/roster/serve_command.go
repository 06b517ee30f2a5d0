package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/roster-go/roster/cmd/roster/internal/layers"
)

// serveCommand is `roster serve`.
func (p *program) serveCommand() *cobra.Command {
	var cfg config
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve them over HTTP",
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
			envClientID, envClientSecret, envDB, envChangesMaxAge, envChangesMaxCount, envPrefix+"ADDR, "+envConfig),
		Example: `  roster serve
  roster serve --addr 0.0.0.0:8443 --tls-cert cert.pem --tls-key key.pem
  roster serve --addr unix:/run/roster/roster.sock --socket-mode 0660
  roster serve --config /etc/roster.yaml --print-config`,
		Args: arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := cfg.complete(c.Flags(), p.env)
			if err != nil {
				return err
			}
			if cfg.printConfig {
				return outputError(cfg.print(s, p.stdout))
			}
			cfg.lookForMistakes(s, os.Environ())
			if err := cfg.readClient(); err != nil {
				return err
			}
			return serve(c.Context(), cfg, p.stdout, p.stderr)
		},
	}
	for _, g := range cfg.groups() {
		g.add(c.Flags())
	}
	c.SetUsageFunc(serveUsage)
	return c
}

// serveUsage shows the flags in their groups.
func serveUsage(c *cobra.Command) error {
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
			return shown(value), c.inMemory || shown(value) != value
		default:
			return value, false
		}
	})
}

// othersVariables are those of the environment that are for other commands.
var othersVariables = []string{envConfig, envServer, envToken}

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

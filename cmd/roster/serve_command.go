package main

import (
	"fmt"

	"github.com/spf13/cobra"
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

Routes: /v2/... and /v1/..., described by /openapi.yaml; POST /oauth/access_token; /healthz, 200 while the process is up;
/readyz, 200 while the store answers and nobody asked it to stop.`,
			envClientID, envClientSecret, envDB, envChangesMaxAge, envChangesMaxCount),
		Args: arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := cfg.complete(c.Flags(), p.env); err != nil {
				return err
			}
			return serve(c.Context(), cfg, p.stdout, p.stderr)
		},
	}
	cfg.flags(c.Flags())
	return c
}

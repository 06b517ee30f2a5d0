package operate

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/database"
	"github.com/roster-go/roster/cmd/roster/internal/output"
	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/sqlitestore"
)

// Stats is `roster stats`.
func Stats(p *command.Program) *cobra.Command {
	var db database.Flag
	var a output.ReportFlag
	c := &cobra.Command{
		Use:     "stats",
		Short:   "Count what is in a database file, also while a server runs on it",
		Example: "  roster stats\n  roster stats --db /var/lib/roster/roster.db --output json",
		Args:    command.Arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(a.Check(), db.OnFile("stats", "the lists of a PostgreSQL database tell their totals")); err != nil {
				return err
			}
			s, err := sqlitestore.Stats(c.Context(), db.Name)
			if err != nil {
				return fmt.Errorf("cannot count: %w", err)
			}
			return a.Write(p.Stdout, statistics(s), func(t io.Writer) { tableOfStatistics(t, s) })
		},
	}
	db.AddTo(p, c)
	a.AddTo(c)
	return c
}

// statisticsJSON is what was counted, for programs.
type statisticsJSON struct {
	Accounts        int          `json:"accounts"`
	Roots           int          `json:"root_accounts"`
	Members         int          `json:"account_members"`
	Memberships     int          `json:"account_memberships"`
	Tags            int          `json:"account_tags"`
	Fields          int          `json:"fields"`
	Logins          int          `json:"logins"`
	Credentials     int          `json:"credentials"`
	Tokens          int          `json:"tokens"`
	Changes         int          `json:"changes"`
	FirstChange     int64        `json:"first_change"`
	LastChange      int64        `json:"last_change"`
	MembershipLimit int          `json:"membership_limit"`
	LargestAccounts []holderJSON `json:"largest_accounts"`
	LargestMembers  []holderJSON `json:"largest_account_members"`
	FileBytes       int64        `json:"file_bytes"`
	WALBytes        int64        `json:"wal_bytes"`
	PageBytes       int          `json:"page_bytes"`
	FreePages       int          `json:"free_pages"`
	SchemaVersion   int64        `json:"schema_version"`
}

type holderJSON struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Memberships int    `json:"account_memberships"`
}

func statistics(s sqlitestore.Statistics) statisticsJSON {
	return statisticsJSON{s.Accounts, s.Roots, s.Members, s.Memberships, s.Tags, s.Fields, s.Logins, s.Credentials, s.Tokens,
		s.Changes, s.FirstChange, s.LastChange, s.MembershipLimit, holders(s.LargestAccounts), holders(s.LargestMembers),
		s.FileSize, s.WALSize, s.PageSize, s.FreePages, s.SchemaVersion}
}

func holders(all []sqlitestore.Holder) []holderJSON {
	told := make([]holderJSON, len(all))
	for i, h := range all {
		told[i] = holderJSON{h.ID.String(), h.Name, h.Memberships}
	}
	return told
}

func tableOfStatistics(t io.Writer, s sqlitestore.Statistics) {
	line := func(name, value string) { fmt.Fprintf(t, "%s\t%s\n", name, value) }
	line("accounts", fmt.Sprintf("%s, %s of them without a parent", terminal.Grouped(s.Accounts), terminal.Grouped(s.Roots)))
	line("members", terminal.Grouped(s.Members))
	line("memberships", fmt.Sprintf("%s; a member may have %s", terminal.Grouped(s.Memberships), terminal.Grouped(s.MembershipLimit)))
	line("tags", terminal.Grouped(s.Tags))
	line("custom fields", terminal.Grouped(s.Fields))
	line("logins", terminal.Grouped(s.Logins))
	line("credentials", fmt.Sprintf("%s, with %s tokens", terminal.Grouped(s.Credentials), terminal.Grouped(s.Tokens)))
	changes := "none"
	if s.Changes > 0 {
		changes = fmt.Sprintf("%s, from %d to %d", terminal.Grouped(s.Changes), s.FirstChange, s.LastChange)
	}
	line("changes", changes)
	line("file", fmt.Sprintf("%s, of which %s are free; write-ahead log %s", terminal.Bytes(s.FileSize),
		terminal.Bytes(int64(s.FreePages)*int64(s.PageSize)), terminal.Bytes(s.WALSize)))
	line("schema version", fmt.Sprint(s.SchemaVersion))
	for _, h := range s.LargestAccounts {
		line("large account", fmt.Sprintf("%s  %s  %s", h.ID, terminal.Printable(h.Name), terminal.Counted(h.Memberships, "membership")))
	}
	for _, h := range s.LargestMembers {
		line("busy member", fmt.Sprintf("%s  %s  %s", h.ID, terminal.Printable(h.Name), terminal.Counted(h.Memberships, "membership")))
	}
}

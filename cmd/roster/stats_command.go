package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/roster-go/roster/sqlitestore"
)

// statsCommand is `roster stats`.
func (p *program) statsCommand() *cobra.Command {
	var db database
	var a reportFormat
	c := &cobra.Command{
		Use:     "stats",
		Short:   "Count what is in a database file, also while a server runs on it",
		Example: "  roster stats\n  roster stats --db /var/lib/roster/roster.db --output json",
		Args:    arguments(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(a.check(), db.onFile("stats", "the lists of a PostgreSQL database tell their totals")); err != nil {
				return err
			}
			s, err := sqlitestore.Stats(c.Context(), db.name)
			if err != nil {
				return fmt.Errorf("cannot count: %w", err)
			}
			return a.give(p.stdout, statistics(s), func(t io.Writer) { tableOfStatistics(t, s) })
		},
	}
	db.flag(p, c)
	a.flag(c)
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
	line("accounts", fmt.Sprintf("%s, %s of them without a parent", grouped(s.Accounts), grouped(s.Roots)))
	line("members", grouped(s.Members))
	line("memberships", fmt.Sprintf("%s; a member may have %s", grouped(s.Memberships), grouped(s.MembershipLimit)))
	line("tags", grouped(s.Tags))
	line("custom fields", grouped(s.Fields))
	line("logins", grouped(s.Logins))
	line("credentials", fmt.Sprintf("%s, with %s tokens", grouped(s.Credentials), grouped(s.Tokens)))
	changes := "none"
	if s.Changes > 0 {
		changes = fmt.Sprintf("%s, from %d to %d", grouped(s.Changes), s.FirstChange, s.LastChange)
	}
	line("changes", changes)
	line("file", fmt.Sprintf("%s, of which %s are free; write-ahead log %s", bytesText(s.FileSize),
		bytesText(int64(s.FreePages)*int64(s.PageSize)), bytesText(s.WALSize)))
	line("schema version", fmt.Sprint(s.SchemaVersion))
	for _, h := range s.LargestAccounts {
		line("large account", fmt.Sprintf("%s  %s  %s memberships", h.ID, printable(h.Name), grouped(h.Memberships)))
	}
	for _, h := range s.LargestMembers {
		line("busy member", fmt.Sprintf("%s  %s  %s memberships", h.ID, printable(h.Name), grouped(h.Memberships)))
	}
}

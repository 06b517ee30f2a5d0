package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"github.com/google/uuid"
)

// Statistics are how much is in a database, and how it lies in its file.
type Statistics struct {
	Accounts    int
	Roots       int // accounts without a parent
	Members     int
	Memberships int
	Tags        int
	Fields      int // definitions of custom fields
	Logins      int
	Credentials int
	Tokens      int // those that have expired and were not removed yet are among them

	Changes     int   // that are in the change log
	FirstChange int64 // 0 when there is none
	LastChange  int64

	// Those with the most memberships, at most ten of each, the largest first.

	LargestAccounts []Holder
	LargestMembers  []Holder

	MembershipLimit int // how many memberships a member may have

	FileSize      int64 // in bytes
	WALSize       int64 // of the write-ahead log beside it, in bytes; 0 when there is none
	PageSize      int
	FreePages     int // that are in the file and have nothing in them
	SchemaVersion int64
	ApplicationID uint32
}

// Holder is an account or a member with its number of memberships.
type Holder struct {
	ID          uuid.UUID
	Name        string
	Memberships int
}

// Stats counts what is in the database file at path, at one moment, while any number of programs use it. It changes nothing, and
// its errors are those of [Check]; a database of an older version is refused, because it is counted by its tables.
func Stats(ctx context.Context, path string) (s Statistics, err error) {
	l, err := look(ctx, path, toRead)
	if err != nil {
		return s, named(path, err)
	}
	defer func() { err = errors.Join(err, named(path, l.close())) }()
	if s.SchemaVersion, err = l.requireRoster(ctx); err == nil {
		err = l.requireLatest(s.SchemaVersion)
	}
	if err == nil {
		err = l.refuseCut(ctx)
	}
	if err == nil {
		err = l.count(ctx, &s)
	}
	if err == nil {
		err = l.sizes(&s)
	}
	return s, named(path, err)
}

const selectCounts = `SELECT
	(SELECT count(*) FROM roster_accounts), (SELECT count(*) FROM roster_accounts WHERE parent_id IS NULL),
	(SELECT count(*) FROM roster_members), (SELECT count(*) FROM roster_memberships), (SELECT count(*) FROM roster_tags),
	(SELECT count(*) FROM roster_fields), (SELECT count(*) FROM roster_logins), (SELECT count(*) FROM roster_credentials),
	(SELECT count(*) FROM roster_tokens), (SELECT count(*) FROM roster_changes), ` + selectFirstChange + `, ` + selectLastChange + `,
	(SELECT page_size FROM pragma_page_size), (SELECT freelist_count FROM pragma_freelist_count)`

const (
	selectLargestAccounts = `SELECT id, name, membership_count FROM roster_accounts ORDER BY membership_count DESC, id LIMIT 10`
	selectLargestMembers  = `SELECT id, name, membership_count FROM roster_members ORDER BY membership_count DESC, id LIMIT 10`
)

func (l *looking) count(ctx context.Context, s *Statistics) error {
	dest := []sql.Scanner{scanInt(&s.Accounts), scanInt(&s.Roots), scanInt(&s.Members), scanInt(&s.Memberships), scanInt(&s.Tags),
		scanInt(&s.Fields), scanInt(&s.Logins), scanInt(&s.Credentials), scanInt(&s.Tokens), scanInt(&s.Changes),
		scanNumber(&s.FirstChange), scanNumber(&s.LastChange), scanInt(&s.PageSize), scanInt(&s.FreePages)}
	err := l.rows(ctx, selectCounts, dest, func() {})
	if err == nil {
		s.LargestAccounts, err = l.largest(ctx, selectLargestAccounts)
	}
	if err == nil {
		s.LargestMembers, err = l.largest(ctx, selectLargestMembers)
	}
	if err != nil {
		return explainDamage(ctx, err)
	}
	settings, err := l.Settings(ctx)
	s.MembershipLimit = settings.MembershipLimit
	return explainDamage(ctx, err)
}

func (l *looking) largest(ctx context.Context, query string) ([]Holder, error) {
	scan := func(h *Holder) []sql.Scanner {
		return []sql.Scanner{scanID(&h.ID), scanText(&h.Name), scanInt(&h.Memberships)}
	}
	return collect(ctx, l.reader, query, scan)
}

func (l *looking) sizes(s *Statistics) (err error) {
	s.ApplicationID = uint32(l.contents.applicationID) //nolint:gosec // it is 32 bits, with a sign
	if s.FileSize, err = sizeOf(l.path); err == nil {
		s.WALSize, err = sizeOf(l.path + logSuffix)
	}
	return err
}

// sizeOf is the size of a file; 0 when there is none.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

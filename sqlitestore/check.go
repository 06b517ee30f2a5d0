package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster/migrations"
)

// CheckOptions configure [Check]. The zero value looks at everything.
type CheckOptions struct {
	// Quick leaves out what takes most of the time: whether indexes agree with their tables, and whether the change log
	// agrees with the rows.
	Quick bool
}

// Check looks for what may be wrong in the database file at path, while any number of programs use it. It changes nothing: neither
// the file nor what lies beside it, and migrates nothing. It looks at one state of the database, however long that takes, and
// needs no more memory for a large one; SQLite sorts in temporary files.
//
// What it looks for: damage to the file; references to rows that are not there; tables, indexes, triggers and views that are not as
// the migrations make them; counters of memberships that are wrong; a change log that says something else of a row than its
// table does. Of rows without changes, because those were removed or are older than the log, it says nothing.
//
// A file that cannot be looked at is an error: fs.ErrNotExist, [ErrDamaged] when it is no SQLite database or none that can
// be read, [ErrNotRoster] when it is somebody else's, migrations.ErrNewer when a newer program has migrated it.
func Check(ctx context.Context, path string, opts CheckOptions) (report Report, err error) {
	l, err := look(ctx, path, toRead)
	if err != nil {
		return Report{}, named(path, err)
	}
	defer func() { err = errors.Join(err, named(path, l.close())) }()
	report, err = l.check(ctx, checksOf(opts))
	return report, named(path, err)
}

// checks are what a check looks at.
type checks struct {
	quick  bool
	tables bool // what is in them, too
	log    bool // and whether it agrees with them
}

// verification is the check of a file that was just copied: is it as it was meant to be written.
var verification = checks{tables: true}

func checksOf(opts CheckOptions) checks {
	return checks{quick: opts.Quick, tables: true, log: !opts.Quick}
}

// checker is a check that goes on.
type checker struct {
	*looking
	*Report
	what checks
}

func (l *looking) check(ctx context.Context, what checks) (Report, error) {
	report := Report{Quick: what.quick, ApplicationID: uint32(l.contents.applicationID)} //nolint:gosec // it is 32 bits, with a sign
	var err error
	if report.SchemaVersion, err = l.requireRoster(ctx); err != nil {
		return report, err
	}
	c := checker{l, &report, what}
	c.identity()
	err = c.file(ctx)
	if err == nil && report.SchemaVersion == migrations.Latest() {
		err = c.schema(ctx)
	}
	if err == nil && what.tables {
		err = c.tables(ctx)
	}
	if damage := explainDamage(ctx, err); errors.Is(damage, ErrDamaged) {
		// Why no error: what was found until then is worth knowing.
		report.found(Finding{FindingDamage, "the file cannot be read to its end", 1, []string{damage.Error()}})
		err = nil
	}
	return report, err
}

// identity notes what the file says that it is.
func (c checker) identity() {
	if latest := migrations.Latest(); c.SchemaVersion < latest {
		c.note("the schema has version %d and this program works on version %d: the next program that opens the database for writing "+
			"migrates it; back it up before. What only version %d has was not looked at", c.SchemaVersion, latest, latest)
	}
	switch {
	case c.looking.contents.mayMark():
		c.note("the file does not say yet that it is roster's (application id 0): the next program that opens it for writing marks it")
	case c.ApplicationID != ApplicationID:
		c.note("roster shares the file with another program (application id 0x%08x, %d tables that are not roster's)",
			c.ApplicationID, c.looking.contents.others)
	}
}

const (
	integrityCheck = `PRAGMA integrity_check`
	quickCheck     = `PRAGMA quick_check`
	sizeOfPages    = `SELECT page_size FROM pragma_page_size`
)

// file looks at the file itself.
func (c checker) file(ctx context.Context) error {
	if c.lostLog {
		c.found(Finding{FindingLogFile, "the write-ahead log is missing, though its index is there: whoever removed it may have removed what was written last", 1, nil})
	}
	cut, err := c.cut(ctx)
	if err != nil {
		return err
	}
	if cut != "" {
		c.found(Finding{FindingDamage, "the file is not as long as it was", 1, []string{cut}})
	}
	query := integrityCheck
	if c.what.quick {
		query = quickCheck
	}
	var told string
	damage := Finding{Kind: FindingDamage, Text: "SQLite's integrity check finds the file damaged"}
	err = c.rows(ctx, query, []sql.Scanner{scanText(&told)}, func() {
		for line := range strings.SplitSeq(told, "\n") {
			if line != "ok" && !strings.HasPrefix(line, "*** ") { // which is a heading
				damage.add(line)
			}
		}
	})
	c.found(damage)
	return err
}

// cut says how a file was cut off, if it was. SQLite does not mind when that is within its last page. Nor do we when the
// write-ahead log has that page: then it was the copying of the log that was cut off, and will be done again.
func (l *looking) cut(ctx context.Context) (string, error) {
	var page int64
	if _, err := l.row(ctx, sizeOfPages, []sql.Scanner{scanNumber(&page)}); err != nil {
		return "", err
	}
	size, err := sizeOf(l.path)
	if err != nil || size%page == 0 {
		return "", err
	}
	held, err := logHolds(l.path+logSuffix, size/page+1, page)
	if err != nil || held {
		return "", err
	}
	if now, err := sizeOf(l.path); err != nil || now != size {
		return "", err // somebody has just copied the log
	}
	return fmt.Sprintf("the file was cut off: it has %d bytes, which is no whole number of its pages of %d bytes", size, page), nil
}

// refuseCut is [ErrDamaged] for a file that was cut off. Why before it is read: rows would be missing, and nothing would say so.
func (l *looking) refuseCut(ctx context.Context) error {
	cut, err := l.cut(ctx)
	if err == nil && cut != "" {
		err = fmt.Errorf("%w: %s", ErrDamaged, cut)
	}
	return err
}

// tables looks at what is in the tables, in so far as the schema lets it.
func (c checker) tables(ctx context.Context) error {
	for _, f := range c.Findings {
		if f.Kind == FindingSchema {
			c.note("because of what is wrong with the schema, the rows were not looked at")
			return nil
		}
	}
	if err := c.foreignKeys(ctx); err != nil {
		return err
	}
	if err := c.counters(ctx); err != nil {
		return err
	}
	if !c.what.log || c.SchemaVersion < migrations.Latest() {
		return nil
	}
	return c.changes(ctx)
}

const foreignKeyCheck = `PRAGMA foreign_key_check`

// identified are the tables whose rows refer to others and have ids.
var identified = map[string]string{
	"roster_accounts":    `SELECT id FROM roster_accounts WHERE rowid = ?`,
	"roster_memberships": `SELECT id FROM roster_memberships WHERE rowid = ?`,
	"roster_logins":      `SELECT id FROM roster_logins WHERE rowid = ?`,
}

// dangling are rows of a table that refer to rows which are not there.
type dangling struct {
	table  string
	rowIDs []int64 // of the first
	Finding
}

// foreignKeys looks for references that lead nowhere, in all tables: also another program's may refer to roster's.
func (c checker) foreignKeys(ctx context.Context) error {
	var (
		table, parent string
		rowID         int64
		broken        []*dangling
	)
	dest := []sql.Scanner{scanText(&table), scanNumber(&rowID), scanText(&parent), ignoredColumn{}}
	err := c.rows(ctx, foreignKeyCheck, dest, func() {
		text := "rows of " + table + " refer to rows of " + parent + " that are not there"
		n := slices.IndexFunc(broken, func(d *dangling) bool { return d.Text == text })
		if n < 0 {
			n = len(broken)
			broken = append(broken, &dangling{table: table, Finding: Finding{Kind: FindingForeignKey, Text: text}})
		}
		if broken[n].Count++; broken[n].Count <= examplesKept {
			broken[n].rowIDs = append(broken[n].rowIDs, rowID)
		}
	})
	if isMissing(err) { // Why no error: it is how another program has declared its tables
		c.note("the foreign keys of other programs' tables are declared in a way in which none can be checked: %v", err)
		return nil
	}
	for _, d := range broken {
		if err == nil {
			err = c.identify(ctx, d)
		}
		c.found(d.Finding)
	}
	return err
}

// identify makes examples of the numbers of rows.
func (c checker) identify(ctx context.Context, d *dangling) error {
	for _, rowID := range d.rowIDs {
		example := "rowid " + strconv.FormatInt(rowID, 10)
		if query, ok := identified[d.table]; ok {
			var id uuid.UUID
			if _, err := c.row(ctx, query, []sql.Scanner{scanID(&id)}, rowID); err != nil {
				return err
			}
			example = id.String()
		}
		d.Examples = append(d.Examples, example)
	}
	return nil
}

// counted is a table with a counter of memberships.
type counted struct {
	noun   string
	table  string
	column string // of the memberships
}

var countedTables = []counted{{"accounts", "roster_accounts", "account_id"}, {"members", "roster_members", "member_id"}}

// actual is how many memberships a row has, as an expression in its table's statements.
func (t counted) actual() string {
	return `(SELECT count(*) FROM roster_memberships ms WHERE ms.` + t.column + ` = ` + t.table + `.id)`
}

func (t counted) selectWrong() string {
	return `SELECT id, membership_count, ` + t.actual() + ` AS actual FROM ` + t.table + ` WHERE membership_count <> actual`
}

func (t counted) mend() string {
	return `UPDATE ` + t.table + ` SET membership_count = ` + t.actual() + ` WHERE membership_count <> ` + t.actual()
}

func (c checker) counters(ctx context.Context) error {
	for _, t := range countedTables {
		var (
			id          uuid.UUID
			kept, count int64
		)
		wrong := Finding{Kind: FindingCounter, Text: t.noun + " have a counter that is not the number of their memberships"}
		err := c.rows(ctx, t.selectWrong(), []sql.Scanner{scanID(&id), scanNumber(&kept), scanNumber(&count)}, func() {
			wrong.add(id.String() + " says " + strconv.FormatInt(kept, 10) + " and has " + strconv.FormatInt(count, 10))
		})
		c.found(wrong)
		if err != nil {
			return err
		}
	}
	return nil
}

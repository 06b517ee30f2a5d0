package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
)

// logged are the rows of a table, of which the log tells each.
type logged struct {
	noun    string
	types   []membership.ChangeType
	key     string // which row the change c is about
	table   string // with the alias that the columns have
	on      string // finds the row by last.key
	columns string // of the row; the first is NULL where there is none
}

// imageID is the id that the row of a name has in its image.
func imageID(name string) string {
	return `(CASE WHEN json_valid(coalesce(c.after, c.before)) THEN coalesce(c.after, c.before) ->> '$.` + name + `.id' END)`
}

// byImage finds a row by the id in its image.
func byImage(id string) string { return id + ` = unhex(last.key, '-')` }

var (
	loggedAccounts = logged{"accounts",
		[]membership.ChangeType{membership.AccountCreated, membership.AccountUpdated, membership.AccountDeleted},
		`c.account_id`, `roster_accounts a`, `a.id = last.key`, accountColumns}
	loggedMembers = logged{"members",
		[]membership.ChangeType{membership.MemberCreated, membership.MemberUpdated, membership.MemberDeleted},
		`c.member_id`, `roster_members m`, `m.id = last.key`, memberColumns}
	loggedMemberships = logged{"memberships",
		[]membership.ChangeType{membership.MembershipCreated, membership.MembershipUpdated, membership.MembershipDeleted},
		`c.membership_id`, `roster_memberships ms`, `ms.id = last.key`, membershipColumns}
	loggedTags = logged{"tags",
		[]membership.ChangeType{membership.TagCreated, membership.TagUpdated, membership.TagDeleted},
		imageID(`account_tag`), `roster_tags t`, byImage(`t.id`), tagColumns}
	loggedProfiles = logged{"password profiles",
		[]membership.ChangeType{membership.PasswordProfileCreated, membership.PasswordProfileUpdated, membership.PasswordProfileDeleted},
		imageID(`password_profile`), `roster_password_profiles pp`, byImage(`pp.id`), profileColumns}
	loggedLogins = logged{"logins",
		[]membership.ChangeType{membership.LoginCreated, membership.LoginUpdated, membership.LoginDeleted},
		imageID(`login`), `roster_logins l`, byImage(`l.id`), loginColumns}
	loggedFlows = logged{"flows",
		[]membership.ChangeType{membership.FlowCreated, membership.FlowUpdated, membership.FlowDeleted},
		imageID(`flow`), `roster_flows w`, byImage(`w.id`), flowColumns}
	loggedFields = logged{"fields",
		[]membership.ChangeType{membership.FieldCreated, membership.FieldUpdated, membership.FieldDeleted},
		imageID(`field`), `roster_fields f`, byImage(`f.id`), `f.id`}
	loggedSettings = logged{"settings", []membership.ChangeType{membership.SettingsUpdated},
		`'of the whole'`, `roster_settings s`, `s.id = 1`, `s.id`}
	loggedAccountTags = logged{"tags of accounts",
		[]membership.ChangeType{membership.AccountTagged, membership.AccountUntagged},
		`'account ' || hex(c.account_id) || ' tag ' || ` + imageID(`account_tag`), `roster_account_tags x`,
		`x.account_id = unhex(substr(last.key, 9, 32)) AND x.tag_id = unhex(substr(last.key, 46), '-')`, `x.tag_id`}
)

// query is the last change of each row that has one, with the row. The numbers come first and by themselves: what SQLite
// sorts is small.
func (l logged) query() string {
	return `WITH last (key, sequence) AS MATERIALIZED (SELECT ` + l.key + ` AS key, max(c.sequence) FROM roster_changes c
			WHERE c.type IN (` + spelled(l.types...) + `) GROUP BY key)
		SELECT ` + changeColumns + `, last.key, ` + l.columns + `
		FROM last CROSS JOIN roster_changes c ON c.sequence = last.sequence LEFT JOIN ` + l.table + ` ON ` + l.on + `
		WHERE last.key IS NOT NULL`
}

// spelled are types of changes as constants of a statement.
func spelled(types ...membership.ChangeType) string {
	var all []string
	for _, t := range types {
		all = append(all, `'`+string(t)+`'`)
	}
	return strings.Join(all, `, `)
}

// keyColumn is what a row is called by: an id, or a text.
type keyColumn string

func (k *keyColumn) Scan(src any) error {
	switch v := src.(type) {
	case []byte:
		id, err := uuid.FromBytes(v)
		*k = keyColumn(id.String())
		if err != nil {
			*k = keyColumn(hex.EncodeToString(v))
		}
	case string:
		*k = keyColumn(v)
	default:
		return unexpected(src)
	}
	return nil
}

// presence is whether there is a row, which its first column tells, and what scans that.
type presence struct {
	sql.Scanner
	present bool
}

func (p *presence) Scan(src any) error {
	p.present = src != nil
	return p.Scanner.Scan(src)
}

// lastChanges compares the last change of each row with the row.
func (c checker) lastChanges(ctx context.Context) error {
	schemas, err := c.schemas(ctx)
	if err != nil {
		return err
	}
	settings, err := c.Settings(ctx)
	if err != nil {
		return err
	}
	redefined, err := c.lastDefinition(ctx)
	if err != nil {
		return err
	}
	values := definitions{schemas, redefined}
	for _, compare := range []func() error{
		func() error { return compareRows(ctx, c, loggedAccounts, accounts, values) },
		func() error { return compareRows(ctx, c, loggedMembers, members, values) },
		func() error { return compareRows(ctx, c, loggedMemberships, memberships, values) },
		func() error { return compare(ctx, c, loggedTags, scanTag, same) },
		func() error { return compare(ctx, c, loggedProfiles, scanProfile, same) },
		func() error { return compare(ctx, c, loggedLogins, scanLogin, sameLogin) },
		func() error { return compare(ctx, c, loggedFlows, scanFlow, same) },
		func() error { return compare(ctx, c, loggedFields, scanFieldID, values.sameField) },
		func() error {
			return compare(ctx, c, loggedSettings, scanNothing, func(_ struct{}, i membership.Image) bool { return i == settings })
		},
		// The tag that an account has may be called otherwise by now.
		func() error {
			return compare(ctx, c, loggedAccountTags, scanNothing, func(struct{}, membership.Image) bool { return true })
		},
	} {
		if err := compare(); err != nil {
			return err
		}
	}
	return nil
}

var selectLastDefinition = `SELECT coalesce(max(sequence), 0) FROM roster_changes WHERE type IN (` +
	spelled(membership.FlowCreated, membership.FlowUpdated, membership.FlowDeleted,
		membership.FieldCreated, membership.FieldUpdated, membership.FieldDeleted) + `)`

// lastDefinition is the number of the last change of a definition of custom fields.
func (c checker) lastDefinition(ctx context.Context) (last int64, err error) {
	err = c.rows(ctx, selectLastDefinition, []sql.Scanner{scanNumber(&last)}, func() {})
	return last, err
}

func same[T comparable](row T, image membership.Image) bool { return any(row) == any(image) }

// sameLogin leaves the hash out, which is in no image.
func sameLogin(l membership.Login, image membership.Image) bool {
	l.PasswordHash = ""
	return image == l
}

func scanFieldID(id *membership.FieldID) []sql.Scanner { return []sql.Scanner{scanID(&id.UUID)} }

func scanNothing(*struct{}) []sql.Scanner { return []sql.Scanner{ignoredColumn{}} }

// definitions are those of custom fields, and the number of the last change of one.
type definitions struct {
	*stored.Schemas
	last int64
}

func (d definitions) sameField(id membership.FieldID, image membership.Image) bool {
	f, _ := d.Field(id)
	return reflect.DeepEqual(image, f)
}

// compareRows is compare for rows with custom fields. Where a definition was changed since, a row may answer with other ones
// than it did: those are left out.
func compareRows[T interface {
	membership.Row
	membership.Image
	comparable
}](ctx context.Context, c checker, l logged, n noun[T], d definitions) error {
	var (
		change changeRow
		text   string
	)
	scan := func(row *T) []sql.Scanner { return append(n.scan(row), scanText(&text)) }
	return compareChanges(ctx, c, l, &change, scan, func(row T, image membership.Image) bool {
		want, ok := image.(T)
		fields, err := d.Of(n.resource).Answer(text)
		if !ok || err != nil {
			return false
		}
		*n.fields(&row) = fields
		if change.Sequence < d.last {
			*n.fields(&row), *n.fields(&want) = membership.Fields{}, membership.Fields{}
		}
		return row == want
	})
}

// compare finds the rows that are not as the last change of each says. Whether one is, same says.
func compare[T any](ctx context.Context, c checker, l logged, scan func(*T) []sql.Scanner, same func(T, membership.Image) bool) error {
	return compareChanges(ctx, c, l, &changeRow{}, scan, same)
}

// compareChanges is compare with each change at a place where same can look at it.
func compareChanges[T any](ctx context.Context, c checker, l logged, change *changeRow,
	scan func(*T) []sql.Scanner, same func(T, membership.Image) bool,
) error {
	var (
		key  keyColumn
		row  T
		diff = newDifferences(l.noun)
		dest = append(append(scanChange(change), &key), scan(&row)...)
		at   = len(scanChange(change)) + 1
		is   = &presence{Scanner: dest[at]}
	)
	dest[at] = is
	err := c.rows(ctx, l.query(), dest, func() {
		if finding := diff.of(change, is.present, func(i membership.Image) bool { return same(row, i) }); finding != nil {
			finding.add(fmt.Sprintf("%s (change %s)", key, strconv.FormatInt(change.Sequence, 10)))
		}
	})
	for _, f := range diff.all() {
		c.found(*f)
	}
	return err
}

// differences are what is wrong with the rows of a noun.
type differences struct{ gone, back, other, unread Finding }

func newDifferences(noun string) *differences {
	is := func(text string) Finding { return Finding{Kind: FindingLog, Text: noun + " " + text} }
	return &differences{
		gone:   is("are missing, though the change log does not say that they were deleted"),
		back:   is("are there, though the change log says that they were deleted"),
		other:  is("are not as the change log says they are"),
		unread: is("have a last image in the change log that is not one of theirs"),
	}
}

func (d *differences) all() []*Finding { return []*Finding{&d.gone, &d.back, &d.other, &d.unread} }

// of is the finding that a row belongs to whose last change it is; nil when all is well.
func (d *differences) of(change *changeRow, present bool, same func(membership.Image) bool) *Finding {
	deleted := change.after == ""
	switch {
	case deleted && present:
		return &d.back
	case deleted:
		return nil
	case !present:
		return &d.gone
	}
	image, err := stored.ReadImage(change.Change, change.after)
	switch {
	case err != nil:
		return &d.unread
	case !same(image):
		return &d.other
	}
	return nil
}

package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/roster-go/roster/migrations"
)

// Repair sets the counters of memberships right in the database file at path, in one transaction, while any number of programs
// use it. Nothing else can be repaired: the report has what was wrong besides, for which a backup has to be restored. In a file that is
// damaged, or whose schema is not as it should be, nothing is written: the report says why, and the error is [ErrDamaged] for
// the former. The other errors are those of [Check], and store.ErrBusy when somebody else writes for too long.
func Repair(ctx context.Context, path string) (Report, error) {
	report, err := Check(ctx, path, CheckOptions{})
	if err == nil {
		err = named(path, report.damage())
	}
	if err != nil || has(report, FindingSchema) {
		return report, err
	}
	if report.Repaired, err = mendCounters(ctx, path); err != nil {
		return report, named(path, err)
	}
	report.Findings = slices.DeleteFunc(report.Findings, func(f Finding) bool { return f.Kind == FindingCounter })
	if !report.Sound() {
		report.note("only counters can be repaired: for what is left, restore a backup")
	}
	return report, nil
}

func has(r Report, kind FindingKind) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Kind == kind })
}

// mendCounters returns how many rows had a wrong counter.
func mendCounters(ctx context.Context, path string) (mended int, err error) {
	absolute, err := checkFile(path)
	if err != nil {
		return 0, err
	}
	connector, err := newConnector(absolute, dsn(absolute, Options{}, writerPragmas))
	if err != nil {
		return 0, err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, explainDamage(ctx, err)
	}
	defer func() { _ = tx.Rollback() }()                 // after a commit it does nothing
	if _, err := migrations.Check(ctx, tx); err != nil { // Why again: somebody may have migrated it since
		return 0, explainDamage(ctx, err)
	}
	for _, t := range countedTables {
		result, err := tx.ExecContext(ctx, t.mend())
		if err != nil {
			return 0, explainDamage(ctx, err)
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		mended += int(n)
	}
	return mended, explainDamage(ctx, tx.Commit())
}

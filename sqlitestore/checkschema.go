package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/migrations"
)

// What the schema has of its own: not the indexes that SQLite makes for a table's constraints, whose SQL is NULL.
const selectObjects = `SELECT type || ' ' || name, sql FROM sqlite_schema
	WHERE (name GLOB 'roster_*' OR tbl_name GLOB 'roster_*') AND sql IS NOT NULL ORDER BY name`

// schema compares the objects of the schema with those that the migrations make.
func (c checker) schema(ctx context.Context) error {
	want, err := migratedObjects(ctx)
	if err != nil {
		return err
	}
	all, err := c.schemas(ctx)
	if err != nil && !isMissing(err) {
		return err
	}
	if err == nil {
		for _, r := range membership.FlowResources() {
			for _, f := range all.Of(r).Fields {
				if f.Indexed {
					want["index "+indexName(f.ID)] = plain(createIndexStatement(f))
				}
			}
		}
	}
	have := map[string]string{}
	var name, text string
	err = c.rows(ctx, selectObjects, []sql.Scanner{scanText(&name), scanText(&text)}, func() { have[name] = plain(text) })
	if err == nil {
		c.compareObjects(want, have)
	}
	return err
}

func (c checker) compareObjects(want, have map[string]string) {
	missing := Finding{Kind: FindingSchema, Text: "what the migrations have made is missing"}
	other := Finding{Kind: FindingSchema, Text: "what the migrations have made was changed since"}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		switch text, ok := have[name]; {
		case !ok:
			missing.add(name)
		case text != want[name]:
			other.add(name)
		}
		delete(have, name)
	}
	c.found(missing)
	c.found(other)
	if len(have) > 0 {
		c.note("on roster's tables there is what roster has not made: %s", strings.Join(slices.Sorted(maps.Keys(have)), ", "))
	}
}

// isMissing reports whether a statement names what is not there.
func isMissing(err error) bool {
	const sqliteError = 1
	return primary(resultCode(err)) == sqliteError
}

// migratedObjects are the objects that the migrations make, by type and name.
func migratedObjects(ctx context.Context) (_ map[string]string, err error) {
	db, err := sql.Open(driverName, ":memory:")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // Why: each would have a database of its own
	if err := migrations.Up(ctx, db); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, selectObjects)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	objects := map[string]string{}
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			return nil, fmt.Errorf("read the schema: %w", err)
		}
		objects[name] = plain(text)
	}
	return objects, rows.Err()
}

// commentsAndSpace are what a statement says the same without. No text within one has two dashes or two spaces.
var commentsAndSpace = regexp.MustCompile(`--[^\n]*|\s+`)

// plain is a statement without what may differ: comments, and how its lines are broken.
func plain(statement string) string {
	return strings.Join(strings.Fields(commentsAndSpace.ReplaceAllString(statement, " ")), " ")
}

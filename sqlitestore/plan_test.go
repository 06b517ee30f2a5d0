package sqlitestore

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// noSchema is that of a resource without custom fields.
var noSchema = stored.NoSchemas.Of(membership.ResourceAccount)

// The statements that must not slow down as the tables grow.
func TestPlansUseTheIndexes(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	id := uuid.UUID{15: 1}
	ofAccount := within{account: id[:], where: []string{`ms.account_id = ?1`}, total: `(SELECT membership_count FROM roster_accounts WHERE id = ?1)`}
	ofMember := within{member: id[:], where: []string{`ms.member_id = ?2`}, total: `(SELECT membership_count FROM roster_members WHERE id = ?2)`}
	text := membership.TextValue("x")
	after := membership.Position{Key: membership.Value{}, ID: id}
	afterID, byID := membership.Position{Key: membership.IDValue(id), ID: id}, membership.Order{By: membership.AttrID}
	ofLogins := within{member: id[:], where: []string{isMembersLogin}}
	tagged := membership.Contains(membership.AttrAccountTags, membership.IDValue(id))
	fixed := func(query string) composed { return composed{query: query} }

	for name, c := range map[string]struct {
		statement composed
		uses      []string
		sorts     bool // the rows that the filter found, which are few
	}{
		"memberships of an account": {
			membershipList.compose(noSchema, membership.Query{}, ofAccount),
			[]string{"SEARCH ms USING INDEX roster_memberships_account (account_id=?)", "SEARCH roster_accounts USING INDEX"}, false,
		},
		"memberships of a member": {
			membershipList.compose(noSchema, membership.Query{}, ofMember),
			[]string{"SEARCH ms USING INDEX roster_memberships_member (member_id=?)", "SEARCH roster_members USING INDEX"}, false,
		},
		"memberships of an account after a position": {
			membershipList.compose(noSchema, membership.Query{After: membership.Position{Key: membership.TimeValue(time.UnixMilli(1)), ID: id}}, ofAccount),
			[]string{"SEARCH ms USING INDEX roster_memberships_account (account_id=? AND (created_at,id)<(?,?))"}, false,
		},
		"a member among the memberships of an account": {
			membershipList.compose(noSchema, membership.Query{Filter: membership.All(membership.Eq(membership.AttrMemberID, membership.IDValue(id)))}, ofAccount),
			[]string{"SEARCH ms USING", "(account_id=? AND member_id=?)"}, false,
		},
		"a member's exact text among the memberships of an account": {
			membershipList.compose(noSchema, membership.Query{Filter: membership.All(membership.Like(membership.AttrMemberID, id.String()))}, ofAccount),
			[]string{"SEARCH ms USING", "(account_id=? AND member_id=?)"}, false,
		},
		"all accounts":         {accountList.compose(noSchema, membership.Query{}, within{}), []string{"SCAN a USING INDEX roster_accounts_created_at"}, false},
		"all accounts by name": {accountList.compose(noSchema, membership.Query{Order: membership.Order{By: membership.AttrName}}, within{}), []string{"SCAN a USING INDEX roster_accounts_name"}, false},
		"all members":          {memberList.compose(noSchema, membership.Query{}, within{}), []string{"SCAN m USING INDEX roster_members_created_at"}, false},
		"all members by name":  {memberList.compose(noSchema, membership.Query{Order: membership.Order{By: membership.AttrName, Desc: true}}, within{}), []string{"SCAN m USING INDEX roster_members_name"}, false},
		"members after an e-mail address": {
			memberList.compose(noSchema, membership.Query{Order: membership.Order{By: membership.AttrEmail}, After: after}, within{}),
			[]string{"SEARCH m USING INDEX roster_members_email"}, false,
		},
		"accounts by registration id": {
			accountList.compose(noSchema, membership.Query{Filter: membership.All(membership.Eq(membership.AttrRegistrationID, text))}, within{}),
			[]string{"SEARCH a USING INDEX roster_accounts_registration_id (registration_id=?)"}, true,
		},
		"accounts by external reference": {
			accountList.compose(noSchema, membership.Query{Filter: membership.All(membership.Eq(membership.AttrExternalRef, text))}, within{}),
			[]string{"SEARCH a USING INDEX roster_accounts_external_ref (external_ref=?)"}, true,
		},
		"members by e-mail address": {
			memberList.compose(noSchema, membership.Query{Filter: membership.All(membership.Eq(membership.AttrEmail, text))}, within{}),
			[]string{"SEARCH m USING INDEX roster_members_email (email=?)"}, true,
		},
		"how many members have a name that begins so": {
			memberList.compose(noSchema, membership.Query{Limit: -1, Filter: membership.All(membership.Like(membership.AttrName, "Ro*"))}, within{}),
			[]string{"SEARCH m USING", "roster_members_name (name>? AND name<?)"}, true,
		},
		"children of an account": {
			accountList.compose(noSchema, membership.Query{Filter: membership.All(membership.Eq(membership.AttrParentID, membership.IDValue(id)))}, within{}),
			[]string{"SEARCH a USING INDEX roster_accounts_parent (parent_id=?)"}, false,
		},
		"accounts that have a tag": {
			accountList.compose(noSchema, membership.Query{Filter: membership.All(tagged)}, within{}),
			[]string{"USING COVERING INDEX roster_account_tags_tag (tag_id=?)", "SEARCH a USING INDEX sqlite_autoindex_roster_accounts_1 (id=?)"}, true,
		},
		"accounts that have a tag and a name": {
			accountList.compose(noSchema, membership.Query{Filter: membership.All(tagged, membership.Eq(membership.AttrName, text))}, within{}),
			[]string{"SEARCH a USING INDEX roster_accounts_name (name=?)", "roster_account_tags_tag (tag_id=? AND account_id=?)"}, true,
		},
		"accounts that have a tag or a name": {
			accountList.compose(noSchema, membership.Query{Filter: membership.Filter{{tagged, membership.Eq(membership.AttrName, text)}}}, within{}),
			[]string{"SEARCH roster_account_tags USING COVERING INDEX roster_account_tags_tag (tag_id=?)", "SEARCH a USING INDEX roster_accounts_name (name=?)"}, true,
		},
		"logins of a member": {
			loginList.compose(noSchema, membership.Query{}, ofLogins),
			[]string{"SEARCH l USING INDEX roster_logins_member (member_id=?)"}, true,
		},
		"logins of many members": {
			fixed(selectLoginsOfMembers), []string{"SEARCH l USING INDEX roster_logins_member (member_id=?)"}, true,
		},
		"all memberships by id after a position": {
			membershipList.compose(noSchema, membership.Query{Order: byID, After: afterID}, within{}),
			[]string{"SEARCH ms USING INDEX sqlite_autoindex_roster_memberships_1 (id>?"}, false,
		},
		"all members by id after a position": {
			memberList.compose(noSchema, membership.Query{Order: byID, After: afterID}, within{}),
			[]string{"SEARCH m USING INDEX sqlite_autoindex_roster_members_1 (id>?"}, false,
		},
		"what rows have kept": {
			fixed(fieldTables[membership.ResourceMembership].selectKept),
			[]string{"SEARCH roster_memberships USING INDEX sqlite_autoindex_roster_memberships_1 (id=?)"}, false,
		},
		"all tags":              {tagList.compose(noSchema, membership.Query{}, within{}), []string{"SCAN t USING INDEX roster_tags_created_at"}, false},
		"who becomes a root":    {fixed(selectChildren), []string{"roster_accounts_parent (parent_id=?)"}, false},
		"relations of accounts": {fixed(selectAccountRelations), []string{"SEARCH a USING INDEX sqlite_autoindex_roster_accounts_1 (id=?)", "SEARCH x USING PRIMARY KEY (account_id=?)", "SEARCH t USING INDEX"}, true},
		"is a member":           {fixed(selectIsMember), []string{"SEARCH roster_memberships USING COVERING INDEX", "(account_id=? AND member_id=?)"}, false},
		"accounts by their ids": {fixed(selectAccountsByID), []string{"SEARCH a USING INDEX sqlite_autoindex_roster_accounts_1 (id=?)"}, false},
		"expired tokens":        {fixed(deleteTokens), []string{"SEARCH roster_tokens USING", "roster_tokens_expires_at (expires_at<?)"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := plan(t, st.writer(), c.statement)
			for _, use := range c.uses {
				if !slices.ContainsFunc(steps, func(step string) bool { return strings.Contains(step, use) }) {
					t.Errorf("does not use %q:\n%s", use, strings.Join(steps, "\n"))
				}
			}
			if slices.Contains(steps, "USE TEMP B-TREE FOR ORDER BY") && !c.sorts {
				t.Errorf("sorts the whole list:\n%s", strings.Join(steps, "\n"))
			}
		})
	}
}

// Lists that are filtered by custom fields: at worst they look at each row of the account.
func TestPlansOfCustomFields(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	id := uuid.UUID{15: 1}
	initial := map[membership.FieldType]membership.Value{
		"string": membership.StringValue("it's"), "boolean": membership.BooleanValue(true), "date": membership.DateValue(time.Now()),
	}
	// Two fields of each type for each resource: "float" has an index, "float_" none.
	err := st.Update(t.Context(), func(tx store.Tx) error {
		for n, r := range membership.FlowResources() {
			f := membership.Field{Resource: r, ID: membership.FieldID{UUID: uuid.UUID{0: byte(n + 1)}}}
			if err := tx.InsertFlow(t.Context(), membership.Flow{ID: membership.FlowID{UUID: f.ID.UUID}, Resource: r}); err != nil {
				return err
			}
			for i, typ := range []membership.FieldType{"string", "integer", "boolean", "float", "date"} {
				f.ID.UUID[15], f.Slug, f.Type, f.Indexed = byte(i), string(typ), typ, true
				f.Initial = membership.Value{}
				if i%2 == 0 { // rows from before answer with it, and are found by the index, too
					f.Initial = initial[typ]
				}
				plain := f
				plain.ID.UUID[14], plain.Slug, plain.Indexed = 1, f.Slug+"_", false
				if err := errors.Join(tx.InsertField(t.Context(), f), tx.InsertField(t.Context(), plain)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := st.schemas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ofAccount := within{account: id[:], where: []string{`ms.account_id = ?1`}, total: `1`}
	date, _ := membership.ParseDate("2024-02-29")
	for typ, v := range map[membership.Attribute]membership.Value{
		"string": membership.StringValue("x"), "integer": membership.IntegerValue(1), "boolean": membership.BooleanValue(true),
		"float": membership.NumberValue("1.5"), "date": date,
	} {
		equal := func(attr membership.Attribute) membership.Query {
			return membership.Query{Filter: membership.All(membership.Eq(attr, v))}
		}
		for name, c := range map[string]struct {
			statement composed
			page      string // how the page is found, and how its rows are counted
			count     string
			sorts     bool
		}{
			"memberships of an account, by an index": {
				membershipList.compose(all.Of(membership.ResourceMembership), equal(typ), ofAccount),
				"SEARCH ms USING INDEX roster_field_03", "SEARCH ms USING COVERING INDEX roster_field_03", false,
			},
			"memberships of an account, without": {
				membershipList.compose(all.Of(membership.ResourceMembership), equal(typ+"_"), ofAccount),
				"SEARCH ms USING INDEX roster_memberships_account (account_id=?)", "SEARCH ms USING INDEX roster_memberships_account (account_id=?)", false,
			},
			"memberships of an account that have none, by an index": {
				membershipList.compose(all.Of(membership.ResourceMembership),
					membership.Query{Filter: membership.All(membership.IsNull(typ))}, ofAccount),
				"SEARCH ms USING INDEX roster_field_03", "SEARCH ms USING COVERING INDEX roster_field_03", false,
			},
			"memberships of an account, sorted by an index": {
				membershipList.compose(all.Of(membership.ResourceMembership), membership.Query{Order: membership.Order{By: typ}}, ofAccount),
				"SEARCH ms USING INDEX roster_field_03", "", true, // of one value, by id
			},
			"accounts, by an index": {
				accountList.compose(all.Of(membership.ResourceAccount), equal(typ), within{}),
				"SEARCH a USING INDEX roster_field_01", "SEARCH a USING COVERING INDEX roster_field_01", false,
			},
			"members, by an index": {
				memberList.compose(all.Of(membership.ResourceMember), equal(typ), within{}),
				"SEARCH m USING INDEX roster_field_02", "SEARCH m USING COVERING INDEX roster_field_02", false,
			},
			"one of several members, by an index": {
				memberList.compose(all.Of(membership.ResourceMember), membership.Query{Filter: membership.All(membership.In(typ, v, v))}, within{}),
				"SEARCH m USING INDEX roster_field_02", "roster_field_02", true,
			},
		} {
			t.Run(name+" of "+string(typ), func(t *testing.T) {
				t.Parallel()
				steps := plan(t, st.writer(), c.statement)
				used := func(what string) bool {
					return slices.ContainsFunc(steps, func(step string) bool { return strings.Contains(step, what) })
				}
				sorts := used("USE TEMP B-TREE FOR ORDER BY")
				if !used(c.page) || !used(c.count) || used("SCAN ms") || used("SCAN a") || used("SCAN m") || sorts && !c.sorts {
					t.Errorf("wants %q and %q, sorting %v:\n%s", c.page, c.count, c.sorts, strings.Join(steps, "\n"))
				}
			})
		}
	}
}

// plan is how SQLite goes about a statement, in steps.
func plan(t *testing.T, db *sql.Conn, c composed) []string {
	t.Helper()
	// As many parameters as any fixed statement has.
	args := append(c.args, make([]any, 5)...)
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+c.query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// writer is the connection that writes.
func (s *Store) writer() *sql.Conn { return s.db.(*ownFile).lent.conn }

// openStore opens a store of its own for a test.
func openStore(t *testing.T) *Store {
	t.Helper()
	st, err := Open(filepath.Join(t.TempDir(), "roster.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// The view is joined by its keys with the indexes of its tables.
func TestTheViewIsFoundByItsKeys(t *testing.T) {
	t.Parallel()
	st := openStore(t)
	steps := strings.Join(plan(t, st.writer(), composed{
		query: `SELECT account_member_name FROM roster_memberships_view WHERE account_key = ?1 AND account_member_key = ?2`,
		args:  []any{[]byte("a"), []byte("b")},
	}), "\n")
	if strings.Contains(steps, "SCAN") || !strings.Contains(steps, "SEARCH ms USING") {
		t.Errorf("got %s", steps)
	}
}

package pgstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster/internal/pgtest"
	"github.com/roster-go/roster/internal/stored"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// noSchema is that of a resource without custom fields.
var noSchema = stored.NoSchemas.Of(membership.ResourceAccount)

// statement is the statement of a list.
func statement[T membership.Row](l listing[T], s *stored.Schema, q membership.Query, in within) composed {
	return l.compose(s, l.ordering(s, q, false), q, in)
}

func by(attr membership.Attribute, desc bool) membership.Query {
	return membership.Query{Order: membership.Order{By: attr, Desc: desc}}
}

func where(terms ...membership.Term) membership.Query {
	return membership.Query{Filter: membership.All(terms...)}
}

// The statements that must not slow down as the tables grow, each with the index that it is found by.
func TestPlansUseTheIndexes(t *testing.T) {
	t.Parallel()
	pool := planPool(t)
	id := uuid.UUID{15: 1}
	text := membership.TextValue("x")
	ofAccount := within{account: &id, where: []string{`ms.account_id = $1`}, total: `(SELECT membership_count FROM roster_accounts WHERE id = $1)`}
	ofMember := within{member: &id, where: []string{`ms.member_id = $2`}, total: `(SELECT membership_count FROM roster_members WHERE id = $2)`}
	ofLogins := within{member: &id, where: []string{isMembersLogin}}
	behind := func(q membership.Query, v membership.Value) membership.Query {
		q.After = membership.Position{Key: v, ID: id}
		return q
	}
	ofAccounts := func(q membership.Query) composed { return statement(accountList, noSchema, q, within{}) }
	ofMembers := func(q membership.Query) composed { return statement(memberList, noSchema, q, within{}) }
	fixed := func(query string, args ...any) composed { return composed{query: query, args: args} }
	list := []uuid.UUID{id}

	for name, c := range map[string]struct {
		statement composed
		uses      string
		sorts     bool // the rows that the filter found, which are few
	}{
		"memberships of an account": {statement(membershipList, noSchema, membership.Query{}, ofAccount),
			"Index Scan Backward using roster_memberships_account on roster_memberships ms", false},
		"memberships of an account after a position": {statement(membershipList, noSchema, behind(membership.Query{}, membership.TimeValue(time.UnixMilli(1))), ofAccount),
			"Index Cond: ((account_id = '00000000-0000-0000-0000-000000000001'::uuid) AND (ROW(created_at, id) < ROW(", false},
		"memberships of a member": {statement(membershipList, noSchema, membership.Query{}, ofMember),
			"Index Scan Backward using roster_memberships_member on roster_memberships ms", false},
		"a member among the memberships of an account": {statement(membershipList, noSchema, where(membership.Eq(membership.AttrMemberID, membership.IDValue(id))), ofAccount),
			"using roster_memberships_", false},
		"accounts":                {ofAccounts(membership.Query{}), "Index Scan Backward using roster_accounts_created_at", false},
		"accounts by name":        {ofAccounts(by(membership.AttrName, false)), "Index Scan using roster_accounts_name", false},
		"accounts by name, down":  {ofAccounts(by(membership.AttrName, true)), "Index Scan Backward using roster_accounts_name", false},
		"accounts behind a name":  {ofAccounts(behind(by(membership.AttrName, false), text)), `Index Cond: (ROW("left"(name, 500), id) > ROW(`, false},
		"accounts by id":          {ofAccounts(by(membership.AttrID, false)), "Index Scan using roster_accounts_pkey", false},
		"an account's children":   {ofAccounts(where(membership.Eq(membership.AttrParentID, membership.IDValue(id)))), "using roster_accounts_parent", false},
		"accounts of a name":      {ofAccounts(where(membership.Eq(membership.AttrName, text))), `Index Cond: ("left"(name, 500) = 'x'::text)`, true},
		"accounts that begin":     {ofAccounts(where(membership.Like(membership.AttrName, "x*"))), `Index Cond: (("left"(name, 500) >= 'x'::text) AND ("left"(name, 500) < 'y'::text))`, true},
		"an external reference":   {ofAccounts(where(membership.Eq(membership.AttrExternalRef, text))), "roster_accounts_external_ref", true},
		"a registration id":       {ofAccounts(where(membership.Eq(membership.AttrRegistrationID, text))), "roster_accounts_registration_id", true},
		"registration ids":        {ofAccounts(where(membership.Like(membership.AttrRegistrationID, "x*"))), "roster_accounts_registration_id", true},
		"members by address":      {ofMembers(by(membership.AttrEmail, false)), "Index Scan using roster_members_email", false},
		"members behind none":     {ofMembers(behind(by(membership.AttrEmail, false), membership.Value{})), `Index Cond: (ROW("left"(email, 500), id) > ROW(`, false},
		"whose address it is":     {ofMembers(where(membership.Eq(membership.AttrEmail, text))), `Index Cond: ("left"(email, 500) = 'x'::text)`, true},
		"a member's logins":       {statement(loginList, noSchema, membership.Query{}, ofLogins), "roster_logins_member", true},
		"all tags":                {statement(tagList, noSchema, membership.Query{}, within{}), "Index Scan Backward using roster_tags_created_at", false},
		"relations of accounts":   {fixed(selectAccountRelations, list), "roster_accounts_pkey", true},
		"tags of accounts":        {fixed(selectAccountRelations, list), "roster_account_tags_pkey", true},
		"is a member":             {fixed(selectIsMember, id, id), "roster_memberships_account_id_member_id_key", false},
		"accounts by their ids":   {fixed(selectAccountsByID, list), "roster_accounts_pkey", false},
		"a taken name of a tag":   {fixed(selectTagConflict, id, "x"), "roster_tags_name_key", false},
		"a taken username":        {fixed(selectLoginConflict, id, id, id, "x"), "roster_logins_username_key", false},
		"a taken registration id": {fixed(selectAccountConflict, id, "x", id), "roster_accounts_registration_id", false},
		"expired tokens":          {fixed(deleteTokens, time.Now()), "roster_tokens_expires_at", false},
		"who becomes a root":      {fixed(deleteAccount, id, time.Now()), "roster_accounts_parent", false},
		"rows of a tag":           {ofAccounts(where(membership.Contains(membership.AttrAccountTags, membership.IDValue(id)))), "roster_account_tags_tag", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := explain(t, pool, c.statement)
			if !strings.Contains(plan, c.uses) {
				t.Errorf("does not use %q:\n%s", c.uses, plan)
			}
			if strings.Count(plan, "Sort Key") > 1 && !c.sorts { // the one is the page's
				t.Errorf("sorts the whole list:\n%s", plan)
			}
		})
	}
}

// The index of a field serves filters by it.
func TestPlansOfCustomFields(t *testing.T) {
	t.Parallel()
	pool := planPool(t)
	st, err := New(t.Context(), pool, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	date, _ := membership.ParseDate("2024-02-29")
	examples := map[membership.FieldType]membership.Value{
		"string": membership.StringValue(`it's \ "x"`), "integer": membership.IntegerValue(-1 << 63), "boolean": membership.BooleanValue(true),
		"float": membership.NumberValue("-1.5"), "date": date,
	}
	err = st.Update(t.Context(), func(tx store.Tx) error {
		for n, r := range membership.FlowResources() {
			f := membership.Field{Resource: r, ID: membership.FieldID{UUID: uuid.UUID{0: byte(n + 1)}}, Indexed: true}
			if err := tx.InsertFlow(t.Context(), membership.Flow{ID: membership.FlowID{UUID: f.ID.UUID}, Resource: r}); err != nil {
				return err
			}
			for typ, v := range examples { // rows from before answer with an initial value, and are found by the index, too
				with, without := f, f
				with.ID.UUID, with.Slug, with.Type, with.Initial = uuid.New(), string(typ)+"-i", typ, v
				without.ID.UUID, without.Slug, without.Type = uuid.New(), string(typ), typ
				if err := errors.Join(tx.InsertField(t.Context(), with), tx.InsertField(t.Context(), without)); err != nil {
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
	id := uuid.UUID{15: 1}
	ofAccount := within{account: &id, where: []string{`ms.account_id = $1`}, total: `1`}
	for typ, v := range examples {
		for _, slug := range []membership.Attribute{membership.Attribute(typ), membership.Attribute(typ) + "-i"} {
			queries := map[string]membership.Query{
				"equal":    where(membership.Eq(slug, v)),
				"one of":   where(membership.In(slug, v, v)),
				"none":     where(membership.IsNull(slug)),
				"sorted":   by(slug, false),
				"downward": by(slug, true),
			}
			if typ != membership.TypeBoolean {
				queries["greater"] = where(membership.Gt(slug, v))
			}
			if typ == membership.TypeString {
				queries["begins"] = where(membership.Like(slug, "x*"))
			}
			for name, q := range queries {
				for of, c := range map[string]composed{
					"memberships of an account": statement(membershipList, all.Of(membership.ResourceMembership), q, ofAccount),
					"accounts":                  statement(accountList, all.Of(membership.ResourceAccount), q, within{}),
					"members":                   statement(memberList, all.Of(membership.ResourceMember), q, within{}),
				} {
					t.Run(of+" "+name+" "+string(slug), func(t *testing.T) {
						t.Parallel()
						plan := explain(t, pool, c)
						// Without the others, nothing but the right one can serve, or sort.
						if !strings.Contains(plan, "roster_field_") {
							t.Errorf("%s\nuses no index of a field:\n%s", c.query, plan)
						}
						if len(q.Filter) > 0 && !strings.Contains(plan, "-> '"+stored.KeysName+"'") && !strings.Contains(plan, "->> '"+string(slug)+"'") {
							t.Errorf("%s\nis not found by the value:\n%s", c.query, plan)
						}
					})
				}
			}
		}
	}
}

// planPool is a pool on a migrated database whose tables are empty, but which plans as if they were large.
func planPool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), pgtest.URL(t)+"&enable_seqscan=off&enable_bitmapscan=off&enable_sort=off&enable_hashjoin=off&enable_mergejoin=off")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := Migrate(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	return pool
}

// explain is how PostgreSQL goes about a statement.
func explain(t *testing.T, pool *pgxpool.Pool, c composed) string {
	t.Helper()
	rows, err := pool.Query(t.Context(), `EXPLAIN (COSTS OFF) `+c.query, c.args...)
	if err != nil {
		t.Fatal(err)
	}
	var line string
	var plan strings.Builder
	err = scan(rows, []column{&line}, func() { plan.WriteString(line + "\n") })
	if err != nil {
		t.Fatalf("%s: %v", c.query, err)
	}
	return plan.String()
}

package pgstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/pgstore"
	"github.com/roster-go/roster/store"
)

// waitFor waits until a connection waits for a lock.
func waitFor(t testing.TB, pool *pgxpool.Pool, pid uint32) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for waits := false; !waits; {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
		if err := pool.QueryRow(t.Context(), `SELECT cardinality(pg_blocking_pids($1)) > 0`, int32(pid)).Scan(&waits); err != nil {
			t.Fatal(err)
		}
	}
}

// A transaction that is READ COMMITTED writes while another one is about to commit what is in its way. It waits, answers as
// if it had come after it, and goes on.
func TestWritesInTheWayOfOthersWithinReadCommitted(t *testing.T) {
	t.Parallel()
	id := func(n byte) uuid.UUID { return uuid.UUID{0: n, 15: 1} }
	parent, free := anAccount("parent"), anAccount("free")
	parent.ID.UUID, free.ID.UUID = id(1), id(2)
	child := anAccount("child")
	child.ParentID = parent.ID
	registered, renumbered := anAccount("registered"), free
	registered.RegistrationID, renumbered.RegistrationID = "4711", "4711"
	member := membership.Member{ID: membership.MemberID{UUID: id(3)}, Name: "Ron", CreatedAt: aTime, UpdatedAt: aTime}
	profile := membership.PasswordProfile{ID: membership.PasswordProfileID{UUID: id(4)}, Name: "p", UsernameFormat: "any", CreatedAt: aTime, UpdatedAt: aTime}
	tag := membership.Tag{ID: membership.TagID{UUID: id(5)}, Name: "tag", CreatedAt: aTime, UpdatedAt: aTime}
	press := membership.Tag{ID: membership.TagID{UUID: uuid.New()}, Name: "press", CreatedAt: aTime, UpdatedAt: aTime}
	login := func() membership.Login {
		return membership.Login{ID: membership.LoginID{UUID: uuid.New()}, MemberID: member.ID, ProfileID: profile.ID, Username: "ron",
			PasswordHash: "x", CreatedAt: aTime, UpdatedAt: aTime}
	}
	flow := membership.NewFlow(membership.ResourceAccount)
	flow.ID.UUID = id(6)
	slug := field("slug", membership.TypeString)

	for name, c := range map[string]struct {
		other string // what the other transaction does
		write func(ctx context.Context, tx store.Tx) error
		want  error
	}{
		"a parent that goes": {`DELETE FROM roster_accounts WHERE id = '` + parent.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, child) }, membership.ErrAccountNotFound},
		"a tagged account that goes": {`DELETE FROM roster_accounts WHERE id = '` + parent.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.TagAccount(ctx, parent.ID, tag.ID) }, membership.ErrAccountNotFound},
		"a tag that goes": {`DELETE FROM roster_tags WHERE id = '` + tag.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.TagAccount(ctx, parent.ID, tag.ID) }, membership.ErrTagNotFound},
		"a login's member that goes": {`DELETE FROM roster_members WHERE id = '` + member.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.InsertLogin(ctx, login()) }, membership.ErrMemberNotFound},
		"a login's profile that goes": {`DELETE FROM roster_password_profiles WHERE id = '` + profile.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.InsertLogin(ctx, login()) }, membership.ErrPasswordProfileNotFound},
		"a field's flow that goes": {`DELETE FROM roster_flows WHERE id = '` + flow.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.InsertField(ctx, slug) }, membership.ErrFlowNotFound},
		"an id that is taken": {`INSERT INTO roster_members (id, name, created_at, updated_at) VALUES ('` + id(7).String() + `', 'x', now(), now())`,
			func(ctx context.Context, tx store.Tx) error {
				m := member
				m.ID.UUID = id(7)
				return tx.InsertMember(ctx, m)
			}, membership.ErrDuplicateID},
		"a registration id that is taken": {`UPDATE roster_accounts SET registration_id = '4711' WHERE id = '` + parent.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.InsertAccount(ctx, registered) }, membership.ErrRegistrationIDTaken},
		"a registration id that is taken from an update": {`UPDATE roster_accounts SET registration_id = '4711' WHERE id = '` + parent.ID.String() + `'`,
			func(ctx context.Context, tx store.Tx) error { return tx.UpdateAccount(ctx, renumbered) }, membership.ErrRegistrationIDTaken},
		"a tag's name that is taken": {`INSERT INTO roster_tags VALUES (gen_random_uuid(), 'press', '', now(), now())`,
			func(ctx context.Context, tx store.Tx) error { return tx.InsertTag(ctx, press) }, membership.ErrTagNameTaken},
		"a tag's name that is taken from an update": {`INSERT INTO roster_tags VALUES (gen_random_uuid(), 'press', '', now(), now())`,
			func(ctx context.Context, tx store.Tx) error {
				renamed := press
				renamed.ID = tag.ID
				return tx.UpdateTag(ctx, renamed)
			}, membership.ErrTagNameTaken},
		"a username that is taken": {`INSERT INTO roster_logins VALUES (gen_random_uuid(), '` + member.ID.String() + `', '` + profile.ID.String() + `', 'ron', 'x', now(), now())`,
			func(ctx context.Context, tx store.Tx) error { return tx.InsertLogin(ctx, login()) }, membership.ErrUsernameTaken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := openPool(t)
			update(t, borrow(t, pool), func(tx store.Tx) error {
				ctx := t.Context()
				return errors.Join(tx.InsertAccount(ctx, parent), tx.InsertAccount(ctx, free), tx.InsertMember(ctx, member),
					tx.InsertPasswordProfile(ctx, profile), tx.InsertTag(ctx, tag), tx.InsertFlow(ctx, flow))
			})
			other, own := begin(t, pool, pgx.ReadCommitted), begin(t, pool, pgx.ReadCommitted)
			if _, err := other.Exec(t.Context(), c.other); err != nil {
				t.Fatal(err)
			}
			st := pgstore.InTx(own)
			got := make(chan error, 1)
			go func() {
				got <- st.Update(t.Context(), func(tx store.Tx) error {
					err := c.write(t.Context(), tx)
					if !errors.Is(err, c.want) {
						t.Errorf("got %v, want %v", err, c.want)
					}
					return tx.InsertAccount(t.Context(), anAccount("another one"))
				})
			}()
			waitFor(t, pool, own.Conn().PgConn().PID())
			if err := errors.Join(other.Commit(t.Context()), <-got, own.Commit(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
}

// Of many that want the same at the same time one gets it, and the others are told who was first.
func TestOneOfManyGetsIt(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	stores := []*pgstore.Store{borrow(t, pool), borrow(t, pool)}
	const many = 8
	var accounts []membership.Account
	var tags []membership.Tag
	update(t, stores[0], func(tx store.Tx) error {
		accounts, tags = nil, nil
		for n := range many {
			accounts = append(accounts, anAccount("Acme"))
			tags = append(tags, membership.Tag{ID: membership.TagID{UUID: uuid.New()}, Name: string(rune('a' + n)), CreatedAt: aTime, UpdatedAt: aTime})
			if err := errors.Join(tx.InsertAccount(t.Context(), accounts[n]), tx.InsertTag(t.Context(), tags[n])); err != nil {
				return err
			}
		}
		return nil
	})
	for name, c := range map[string]struct {
		write func(tx store.Tx, n int) error
		lost  error
	}{
		"the registration id of an account": {func(tx store.Tx, n int) error {
			a := accounts[n]
			a.RegistrationID = "4711"
			return tx.UpdateAccount(t.Context(), a)
		}, membership.ErrRegistrationIDTaken},
		"the registration id of a new account": {func(tx store.Tx, _ int) error {
			a := anAccount("new")
			a.RegistrationID = "4712"
			return tx.InsertAccount(t.Context(), a)
		}, membership.ErrRegistrationIDTaken},
		"the name of a tag": {func(tx store.Tx, n int) error {
			tag := tags[n]
			tag.Name = "press"
			return tx.UpdateTag(t.Context(), tag)
		}, membership.ErrTagNameTaken},
		"the name of a new tag": {func(tx store.Tx, _ int) error {
			return tx.InsertTag(t.Context(), membership.Tag{ID: membership.TagID{UUID: uuid.New()}, Name: "new", CreatedAt: aTime, UpdatedAt: aTime})
		}, membership.ErrTagNameTaken},
		"the flow": {func(tx store.Tx, _ int) error {
			flow := membership.NewFlow(membership.ResourceAccount)
			flow.ID.UUID = uuid.New()
			return tx.InsertFlow(t.Context(), flow)
		}, membership.ErrFlowExists},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			results := make(chan error, many)
			for n := range many {
				go func() {
					results <- stores[n%len(stores)].Update(t.Context(), func(tx store.Tx) error { return c.write(tx, n) })
				}()
			}
			won := 0
			for range many {
				switch err := <-results; {
				case err == nil:
					won++
				case !errors.Is(err, c.lost):
					t.Errorf("got %v, want %v", err, c.lost)
				}
			}
			if won != 1 {
				t.Errorf("%d have it", won)
			}
		})
	}
}

// The same within the store's own transactions, one of which has begun before the other was committed.
func TestWhatIsTakenMeanwhile(t *testing.T) {
	t.Parallel()
	pool := openPool(t)
	st := borrow(t, pool)
	free, tag := anAccount("free"), membership.Tag{ID: membership.TagID{UUID: uuid.New()}, Name: "tag", CreatedAt: aTime, UpdatedAt: aTime}
	member := membership.Member{ID: membership.MemberID{UUID: uuid.New()}, Name: "Ron", CreatedAt: aTime, UpdatedAt: aTime}
	profile := membership.PasswordProfile{ID: membership.PasswordProfileID{UUID: uuid.New()}, CreatedAt: aTime, UpdatedAt: aTime}
	login := membership.Login{ID: membership.LoginID{UUID: uuid.New()}, MemberID: member.ID, ProfileID: profile.ID, Username: "ron",
		CreatedAt: aTime, UpdatedAt: aTime}
	slug := field("slug", membership.TypeString)
	define(t, st, slug)
	update(t, st, func(tx store.Tx) error {
		ctx := t.Context()
		return errors.Join(tx.InsertAccount(ctx, free), tx.InsertTag(ctx, tag), tx.InsertMember(ctx, member),
			tx.InsertPasswordProfile(ctx, profile), tx.InsertLogin(ctx, login))
	})
	free.RegistrationID, tag.Name, login.Username, slug.Slug = "4711", "press", "ann", "other"
	for name, c := range map[string]struct {
		other string
		write func(tx store.Tx) error
		want  error
	}{
		"registration id": {`INSERT INTO roster_accounts (id, name, registration_id, created_at, updated_at) VALUES (gen_random_uuid(), 'x', '4711', now(), now())`,
			func(tx store.Tx) error { return tx.UpdateAccount(t.Context(), free) }, membership.ErrRegistrationIDTaken},
		"name of a tag": {`INSERT INTO roster_tags VALUES (gen_random_uuid(), 'press', '', now(), now())`,
			func(tx store.Tx) error { return tx.UpdateTag(t.Context(), tag) }, membership.ErrTagNameTaken},
		"username": {`INSERT INTO roster_logins VALUES (gen_random_uuid(), '` + member.ID.String() + `', '` + profile.ID.String() + `', 'ann', 'x', now(), now())`,
			func(tx store.Tx) error { return tx.UpdateLogin(t.Context(), login) }, membership.ErrUsernameTaken},
		"slug": {`INSERT INTO roster_fields VALUES (gen_random_uuid(), 'account', 'other', 'x', 'string', '', false, NULL, NULL, false, 0, false, false, '{}', now(), now())`,
			func(tx store.Tx) error { return tx.UpdateField(t.Context(), slug) }, membership.ErrSlugTaken},
	} {
		other := begin(t, pool, pgx.Serializable)
		if _, err := other.Exec(t.Context(), c.other); err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		pids := make(chan uint32, 10)
		go func() {
			got <- st.Update(t.Context(), func(tx store.Tx) error {
				conn, _ := pgstore.SQL(tx)
				err := conn.Query(t.Context(), func(rows pgx.Rows) error {
					pids <- rows.Conn().PgConn().PID()
					return nil
				}, `SELECT 1`)
				return errors.Join(err, c.write(tx))
			})
		}()
		waitFor(t, pool, <-pids)
		if err := other.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-got; !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

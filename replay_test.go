package roster_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/replay"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/migrations"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// fromLog makes from a log alone what it is about.
func fromLog(t *testing.T, changes []membership.Change) store.Store {
	t.Helper()
	st, err := replay.Log(t.Context(), changes)
	must(t, err)
	return st
}

// tables is everything that a store has, but for hashes, for what signs in to the API, and for the log.
func tables(t *testing.T, r store.Reader) []any {
	t.Helper()
	all, err := replay.Tables(t.Context(), r)
	must(t, err)
	return all
}

func sameTables(t *testing.T, what string, got, want []any) {
	t.Helper()
	if err := replay.Differ(got, want); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// enableEverything shows the values of fields that are disabled too.
func enableEverything(t *testing.T, st store.Store) {
	t.Helper()
	must(t, st.Update(t.Context(), func(tx store.Tx) error {
		for _, resource := range membership.FlowResources() {
			schema, err := tx.Schema(t.Context(), resource)
			if err != nil || schema.Flow.ID.IsZero() {
				continue
			}
			schema.Flow.Disabled = false
			must(t, tx.UpdateFlow(t.Context(), schema.Flow))
			for _, f := range schema.Fields {
				f.Disabled = false
				must(t, tx.UpdateField(t.Context(), f))
			}
		}
		return nil
	}))
}

// history is a random one.
type history struct {
	t     *testing.T
	rng   *rand.Rand
	svc   *roster.Service
	clock *clock
	db    *sql.DB // of the store, where it is SQLite's
	most  int     // use cases in a transaction

	steps  int
	undone map[string]bool // the requests of which nothing has happened
}

var errUndone = errors.New("changed my mind")

func (h *history) chance(percent int) bool { return h.rng.IntN(100) < percent }

func pick[T any](h *history, from []T) T { return from[h.rng.IntN(len(from))] }

// attempt makes an error of a panic that a history meant.
func attempt(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != any(errUndone) {
				panic(p)
			}
			err = errUndone
		}
	}()
	return fn()
}

// run goes on until there have been so many use cases.
func (h *history) run(steps int) {
	for h.steps < steps {
		switch n := h.rng.IntN(100); {
		case h.db != nil && n < 40:
			h.undo(h.inTx())
		case h.db != nil && n < 50 || h.db == nil && n < 70:
			h.request(h.context(), h.svc)
		default:
			h.undo(h.block(h.svc, 0))
		}
	}
}

// undo notes that of some requests nothing has happened, where an error says so.
func (h *history) undo(requests []string, err error) {
	if err == nil {
		return
	}
	for _, id := range requests {
		h.undone[id] = true
	}
}

// context is one that may end while it is used.
func (h *history) context() context.Context {
	if h.chance(4) {
		return &endsAfter{h.t.Context(), h.rng.IntN(12)}
	}
	return h.t.Context()
}

// request does one use case.
func (h *history) request(ctx context.Context, svc *roster.Service) (id string) {
	h.steps++
	id = strconv.Itoa(h.steps)
	h.clock.Advance(time.Duration(h.rng.IntN(1000)-100) * time.Millisecond)
	if err := pick(h, useCases)(ctx, h, svc.As(pick(h, []string{"leslie", "ron", ""})).ForRequest(id)); err != nil {
		h.undone[id] = true
	}
	return id
}

// block does some use cases in one Update, which may fail in any way. It returns what was asked for in it.
func (h *history) block(svc *roster.Service, depth int) (requests []string, err error) {
	ctx, cancel := context.WithCancel(h.t.Context())
	defer cancel()
	err = attempt(func() error {
		return svc.Update(ctx, func(in *roster.Service) error {
			for range 1 + h.rng.IntN(h.most>>(2*depth)) {
				switch {
				case depth < 2 && h.rng.IntN(4*h.most) == 0: // Why so rarely: it makes the whole fail, as often as not
					inner, _ := h.block(in, depth+1)
					requests = append(requests, inner...)
				case h.rng.IntN(4*h.most) == 0:
					requests = append(requests, h.request(&endsAfter{ctx, h.rng.IntN(12)}, in))
				case h.rng.IntN(8*h.most) == 0:
					cancel()
				default:
					requests = append(requests, h.request(ctx, in))
				}
			}
			switch h.rng.IntN(12) {
			case 0:
				return errUndone
			case 1:
				panic(errUndone)
			}
			return nil
		})
	})
	h.undo(requests, err)
	return requests, err
}

// inTx does some use cases in a transaction of the embedding program's own.
func (h *history) inTx() (requests []string, err error) {
	tx, err := h.db.BeginTx(h.t.Context(), nil)
	must(h.t, err)
	st := sqlitestore.InTx(tx)
	svc := h.svc.In(st)
	for range 1 + h.rng.IntN(h.most) {
		if h.rng.IntN(2*h.most) == 0 {
			inner, _ := h.block(svc, 1)
			requests = append(requests, inner...)
			continue
		}
		requests = append(requests, h.request(h.context(), svc))
	}
	must(h.t, st.Close())
	if h.chance(15) {
		must(h.t, tx.Rollback())
		return requests, errUndone
	}
	must(h.t, tx.Commit())
	return requests, nil
}

// The ids of a history are few, so that its requests meet.
func numbered(kind byte, n int) uuid.UUID {
	return uuid.UUID{0: kind, 6: 0x70, 8: 0x80, 15: byte(n)}
}

func (h *history) accountID() membership.AccountID {
	return membership.AccountID{UUID: numbered('a', h.rng.IntN(10))}
}
func (h *history) memberID() membership.MemberID {
	return membership.MemberID{UUID: numbered('m', h.rng.IntN(10))}
}
func (h *history) tagID() membership.TagID {
	return membership.TagID{UUID: numbered('t', h.rng.IntN(5))}
}
func (h *history) profileID() membership.PasswordProfileID {
	return membership.PasswordProfileID{UUID: numbered('p', h.rng.IntN(3))}
}
func (h *history) loginID() membership.LoginID {
	return membership.LoginID{UUID: numbered('l', h.rng.IntN(8))}
}
func (h *history) fieldID() membership.FieldID {
	return membership.FieldID{UUID: numbered('f', h.rng.IntN(9))}
}

// pair is an account and a member, with the id of their membership.
func (h *history) pair() membership.Membership {
	a, m := h.accountID(), h.memberID()
	id := numbered('j', int(m.UUID[15]))
	id[14] = a.UUID[15]
	return membership.Membership{ID: membership.MembershipID{UUID: id}, AccountID: a, MemberID: m}
}

func (h *history) name() string {
	return pick(h, []string{"Acme", "Hooli", "Ünïcode", "a", "b", "c", "d", "e", "f", "g", "h", " "})
}

func (h *history) resource() membership.Resource { return pick(h, membership.FlowResources()) }

var (
	someSlugs  = []string{"a", "b", "c", "d"}
	someValues = map[membership.FieldType][]membership.Value{
		membership.TypeString:  {text("x"), text("y"), text(""), text("ron@pawnee.gov")},
		membership.TypeInteger: {integer(1), integer(99), integer(math.MinInt64)},
		membership.TypeBoolean: {membership.BooleanValue(true), membership.BooleanValue(false)},
		membership.TypeFloat:   {integer(1), membership.FloatValue(1.5), membership.NumberValue("1.50")},
		membership.TypeDate:    {text("2021-02-23"), text("2021-02-23 09:40:33")},
	}
	someTypes = []membership.FieldType{
		membership.TypeString, membership.TypeString, membership.TypeInteger, membership.TypeBoolean,
		membership.TypeFloat, membership.TypeDate,
	}
)

// value is most often one of the type.
func (h *history) value(typ membership.FieldType) membership.Value {
	switch {
	case h.chance(15):
		return null
	case h.chance(5):
		typ = pick(h, someTypes)
	}
	return pick(h, someValues[typ])
}

// fields are most often some that are right.
func (h *history) fields(svc *roster.Service, r membership.Resource) (all membership.Fields) {
	if h.chance(2) {
		return fields(pick(h, someSlugs), h.value(membership.TypeString))
	}
	schema, err := svc.Schema(h.t.Context(), r)
	if err != nil {
		return all // because the transaction cannot be used any more
	}
	for _, f := range schema.Enabled() {
		if h.chance(50) {
			all = all.With(f.Slug, h.value(f.Type))
		}
	}
	return all
}

func (h *history) field() membership.Field {
	f := fieldOf(h.resource(), pick(h, someSlugs), pick(h, someTypes))
	f.ID = h.fieldID()
	if h.chance(60) {
		f.Default = h.value(f.Type)
	}
	if h.chance(10) {
		f.Enum = someValues[f.Type]
	}
	f.Required, f.Disabled, f.OmitNull, f.Indexed = h.chance(5), h.chance(15), h.chance(30), h.chance(3)
	f.Order = h.rng.IntN(3)
	return f
}

func optional[T any](h *history, v T) *T {
	if h.chance(40) {
		return nil
	}
	return &v
}

// useCase is one with random arguments, of which many are refused.
type useCase func(ctx context.Context, h *history, svc *roster.Service) error

func createAccount(ctx context.Context, h *history, svc *roster.Service) error {
	a := membership.Account{ID: h.accountID(), Name: h.name(), Fields: h.fields(svc, membership.ResourceAccount)}
	if h.chance(60) {
		a.ParentID = h.accountID()
	}
	if h.chance(30) {
		a.RegistrationID = h.name()
	}
	_, err := svc.CreateAccount(ctx, a)
	return err
}

func updateAccount(ctx context.Context, h *history, svc *roster.Service) error {
	_, err := svc.UpdateAccount(ctx, h.accountID(), membership.AccountUpdate{
		Name: optional(h, h.name()), LegalName: optional(h, h.name()), Fields: h.fields(svc, membership.ResourceAccount),
	})
	return err
}

func deleteAccount(ctx context.Context, h *history, svc *roster.Service) error {
	// Also of those that were made for members.
	page, err := svc.Accounts(ctx, membership.Query{Limit: 1, Offset: h.rng.IntN(30)})
	if err != nil || len(page.Items) == 0 {
		return cmp.Or(err, membership.ErrAccountNotFound)
	}
	return svc.DeleteAccount(ctx, page.Items[0].ID)
}

func createMember(ctx context.Context, h *history, svc *roster.Service) error {
	m := membership.Member{ID: h.memberID(), Name: h.name(), Fields: h.fields(svc, membership.ResourceMember)}
	_, err := svc.CreateMember(ctx, m)
	return err
}

func updateMember(ctx context.Context, h *history, svc *roster.Service) error {
	_, err := svc.UpdateMember(ctx, h.memberID(), membership.MemberUpdate{
		Name: optional(h, h.name()), GivenName: optional(h, h.name()), Fields: h.fields(svc, membership.ResourceMember),
	})
	return err
}

func deleteMember(ctx context.Context, h *history, svc *roster.Service) error {
	return svc.DeleteMember(ctx, h.memberID())
}

func createMembership(ctx context.Context, h *history, svc *roster.Service) error {
	m := h.pair()
	m.Fields = h.fields(svc, membership.ResourceMembership)
	_, err := svc.CreateMembership(ctx, m)
	return err
}

// joined is a membership that there is, if possible.
func (h *history) joined(ctx context.Context, svc *roster.Service) membership.Membership {
	page, err := svc.Memberships(ctx, membership.Scope{All: true}, membership.Query{Limit: 1, Offset: h.rng.IntN(20)})
	if err != nil || len(page.Items) == 0 {
		return h.pair()
	}
	return page.Items[0]
}

func updateMembership(ctx context.Context, h *history, svc *roster.Service) error {
	m := h.joined(ctx, svc)
	u := membership.MembershipUpdate{Fields: h.fields(svc, membership.ResourceMembership)}
	_, err := svc.UpdateMembership(ctx, m.AccountID, m.ID, u)
	return err
}

func removeMembership(ctx context.Context, h *history, svc *roster.Service) error {
	m := h.joined(ctx, svc)
	return svc.Remove(ctx, m.AccountID, m.ID)
}

func tagAccount(ctx context.Context, h *history, svc *roster.Service) error {
	_, err := svc.TagAccount(ctx, h.accountID(), h.tagID(), h.tagID())
	return err
}

func createLogin(ctx context.Context, h *history, svc *roster.Service) error {
	l := membership.Login{ID: h.loginID(), MemberID: h.memberID(), ProfileID: h.profileID(), Username: h.name()}
	_, err := svc.CreateLogin(ctx, l, password)
	return err
}

// login is one that there is, if possible.
func (h *history) login(ctx context.Context, svc *roster.Service) membership.Login {
	member := h.memberID()
	page, err := svc.Logins(ctx, member, membership.Query{})
	if err != nil || len(page.Items) == 0 {
		return membership.Login{ID: h.loginID(), MemberID: member}
	}
	return pick(h, page.Items)
}

func updateLogin(ctx context.Context, h *history, svc *roster.Service) error {
	l := h.login(ctx, svc)
	_, err := svc.UpdateLogin(ctx, l.MemberID, l.ID, membership.LoginUpdate{
		Username: optional(h, h.name()), Password: optional(h, password+h.name()),
	})
	return err
}

func createProfile(ctx context.Context, h *history, svc *roster.Service) error {
	_, err := svc.CreatePasswordProfile(ctx, membership.PasswordProfile{ID: h.profileID(), Name: h.name()})
	return err
}

func defineField(ctx context.Context, h *history, svc *roster.Service) error {
	_, err := svc.DefineField(ctx, h.field())
	return err
}

// flow is that of some resource, or one that nothing has.
func (h *history) flow(ctx context.Context, svc *roster.Service) membership.FlowID {
	schema, err := svc.Schema(ctx, h.resource())
	if err != nil || schema.Flow.ID.IsZero() {
		return noFlow
	}
	return schema.Flow.ID
}

// importRows imports a few random rows, most often in several transactions. Something has come of it when one of them is
// told to be in.
func importRows(ctx context.Context, h *history, svc *roster.Service) error {
	rows := make([]membership.Row, 1+h.rng.IntN(6))
	for i := range rows {
		rows[i] = h.row(svc)
	}
	results, err := told(svc.Import(ctx, slices.Values(rows), roster.ImportOptions{Batch: 1 + h.rng.IntN(4)}))
	if slices.ContainsFunc(results, func(r roster.Imported) bool { return r.Err == nil }) {
		return nil
	}
	return cmp.Or(err, membership.ErrNotFound)
}

func addMany(ctx context.Context, h *history, svc *roster.Service) error {
	results, err := svc.AddMany(ctx, h.accountID(), []membership.MemberID{h.memberID(), h.memberID(), h.memberID()})
	if slices.ContainsFunc(results, func(r roster.Added) bool { return r.Err == nil }) {
		return nil
	}
	return cmp.Or(err, membership.ErrNotFound)
}

// useCases are all that write; those that happen more often are listed more often.
var useCases = []useCase{
	createAccount, createAccount, updateAccount, updateAccount, updateAccount, deleteAccount,
	createMember, createMember, updateMember, updateMember, updateMember, deleteMember,
	createMembership, createMembership, createMembership, updateMembership, updateMembership, updateMembership,
	removeMembership,
	importRows, addMany,
	tagAccount, tagAccount, createProfile, createLogin, createLogin, updateLogin, updateLogin, defineField,
	func(ctx context.Context, h *history, svc *roster.Service) error {
		_, _, err := svc.Ensure(ctx, h.accountID(), h.memberID())
		return err
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		_, err := svc.CreateTag(ctx, membership.Tag{ID: h.tagID(), Name: h.name()})
		return err
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		u := membership.TagUpdate{Name: optional(h, h.name()), Description: optional(h, h.name())}
		_, err := svc.UpdateTag(ctx, h.tagID(), u)
		return err
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		if h.chance(20) {
			return svc.DeleteTag(ctx, h.tagID())
		}
		_, err := svc.UntagAccount(ctx, h.accountID(), h.tagID(), h.tagID())
		return err
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		if h.chance(15) {
			return svc.DeletePasswordProfile(ctx, h.profileID())
		}
		_, err := svc.UpdatePasswordProfile(ctx, h.profileID(), membership.PasswordProfileUpdate{Name: optional(h, h.name())})
		return err
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		_, err := svc.UpdateLogin(ctx, h.memberID(), h.loginID(), membership.LoginUpdate{
			Username: optional(h, h.name()), Password: optional(h, password+h.name()),
		})
		return err
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		return svc.DeleteLogin(ctx, h.memberID(), h.loginID())
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		if h.chance(70) {
			_, err := svc.UpdateSettings(ctx, membership.SettingsUpdate{MembershipLimit: new(h.rng.IntN(30))})
			return err
		}
		_, err := svc.UpdateSettings(ctx, membership.SettingsUpdate{AutoCreateAccounts: new(h.chance(30))})
		return err
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		switch n := h.rng.IntN(4); n {
		case 0:
			_, _, err := svc.CreateCredential(ctx, membership.ScopeRead)
			return err
		case 1:
			_, err := svc.DeleteField(ctx, h.fieldID())
			return err
		case 2:
			return svc.EnsureFields(ctx, h.field())
		default:
			u := membership.FlowUpdate{Name: new(h.name()), Disabled: new(h.chance(10))}
			_, err := svc.UpdateFlow(ctx, h.flow(ctx, svc), u)
			return err
		}
	},
	func(ctx context.Context, h *history, svc *roster.Service) error {
		if h.chance(10) {
			return svc.DeleteFlow(ctx, h.flow(ctx, svc))
		}
		typ := pick(h, someTypes)
		u := membership.FieldUpdate{
			Slug: optional(h, pick(h, someSlugs)), Default: optional(h, h.value(typ)), Disabled: new(h.chance(15)),
			Required: new(h.chance(5)), OmitNull: optional(h, h.chance(30)), Order: optional(h, h.rng.IntN(3)),
		}
		_, err := svc.UpdateField(ctx, h.fieldID(), u)
		return err
	},
}

// TestTheLogIsTheTables lets random use cases succeed, be refused and fail in every way, and makes everything once more
// from the log alone.
func TestTheLogIsTheTables(t *testing.T) {
	t.Parallel()
	steps := map[string]int{"memstore": 60_000, "sqlitestore": 40_000 / raceCost}
	if testing.Short() {
		steps = map[string]int{"memstore": 6_000, "sqlitestore": 4_000}
	}
	t.Run("memstore", func(t *testing.T) {
		t.Parallel()
		testHistory(t, memstore.New(), nil, steps["memstore"], 30, func() {})
	})
	t.Run("sqlitestore", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "app.db")
		db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+
			"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"+
			"&_pragma=foreign_keys(1)")
		must(t, err)
		t.Cleanup(func() { _ = db.Close() })
		must(t, migrations.Up(t.Context(), db))
		st, err := sqlitestore.New(db, sqlitestore.Options{Synchronous: sqlitestore.Normal})
		must(t, err)
		t.Cleanup(func() { _ = st.Close() })
		testHistory(t, st, db, steps["sqlitestore"], 200, func() {
			report, err := sqlitestore.Check(t.Context(), path, sqlitestore.CheckOptions{})
			must(t, err)
			if !report.Sound() {
				t.Errorf("a check finds %v", report.Findings)
			}
		})
	})
}

// testHistory makes a history and replays it. Before it goes on to write around the log, it lets the store be checked.
func testHistory(t *testing.T, st store.Store, db *sql.DB, steps, most int, check func()) {
	t.Helper()
	w := newWorldOver(t, st, roster.Options{HashPassword: hash})
	h := &history{
		t: t, rng: rand.New(rand.NewPCG(uint64(most), 5)), svc: w.Service, clock: w.clock, db: db, most: most,
		undone: map[string]bool{},
	}
	h.run(steps)
	check()

	changes := w.changes(0)
	causes := []membership.Cause{membership.CauseRequest, membership.CauseCascade, membership.CauseImport}
	seen := map[membership.ChangeType]int{}
	for i, c := range changes {
		seen[c.Type]++
		if c.Sequence != int64(i)+1 {
			t.Fatalf("change %d has the number %d", i+1, c.Sequence)
		}
		if h.undone[c.RequestID] {
			t.Fatalf("nothing came of request %s: %s", c.RequestID, show(c))
		}
		if c.RequestID == "" || c.Time.IsZero() || !slices.Contains(causes, c.Cause) {
			t.Fatalf("it does not say where it comes from: %s", show(c))
		}
	}
	t.Logf("%d steps, of which %d came to nothing; %d changes: %v", h.steps, len(h.undone), len(changes), seen)
	for _, typ := range membership.ChangeTypes() {
		if seen[typ] == 0 && steps > 10_000 {
			t.Errorf("%s has not happened", typ)
		}
	}
	replayed := fromLog(t, changes)
	defer func() { must(t, replayed.Close()) }()
	sameTables(t, "replayed", tables(t, replayed), tables(t, st))
	enableEverything(t, st)
	enableEverything(t, replayed)
	sameTables(t, "replayed, with what is disabled", tables(t, replayed), tables(t, st))
}

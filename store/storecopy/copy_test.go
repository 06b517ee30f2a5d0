package storecopy_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
	"github.com/roster-go/roster/store/storecopy"
)

// copied copies all of a store, in many small steps.
func copied(t testing.TB, from, to store.Store) storecopy.Summary {
	t.Helper()
	return got[storecopy.Summary](t)(storecopy.Copy(t.Context(), from, to, storecopy.Options{Batch: 4}))
}

// eachPair runs a test for each engine as the source, with each as the target.
func eachPair(t *testing.T, test func(t *testing.T, from, to store.Store)) {
	t.Helper()
	for from, open := range engines {
		for to, openToo := range engines {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				test(t, open(t), openToo(t))
			})
		}
	}
}

// everything is what a store answers, as programs ask.
func everything(t testing.TB, st store.Store) map[string]any {
	t.Helper()
	ctx, svc := t.Context(), roster.New(st, roster.Options{})
	all := map[string]any{}
	var accounts []membership.AccountID
	for a, err := range svc.AllAccounts(ctx, membership.Query{}) {
		must(t, err)
		all["account "+a.ID.String()] = a
		accounts = append(accounts, a.ID)
	}
	all["relations"] = got[map[membership.AccountID]membership.Relations](t)(st.AccountRelations(ctx, accounts))
	for m, err := range svc.AllMembers(ctx, membership.Query{}) {
		must(t, err)
		all["member "+m.ID.String()] = m
		all["logins of "+m.ID.String()] = got[membership.Page[membership.Login]](t)(st.ListLogins(ctx, m.ID, membership.Query{}))
	}
	for m, err := range svc.AllMemberships(ctx, membership.Scope{All: true}, membership.Query{}) {
		must(t, err)
		all["membership "+m.ID.String()] = m
	}
	for _, r := range membership.FlowResources() {
		all["definitions of "+string(r)] = got[membership.Schema](t)(st.Schema(ctx, r))
	}
	all["tags"] = got[membership.Page[membership.Tag]](t)(st.ListTags(ctx, membership.Query{}))
	all["profiles"] = got[membership.Page[membership.PasswordProfile]](t)(st.ListPasswordProfiles(ctx, membership.Query{}))
	all["settings"] = got[membership.Settings](t)(st.Settings(ctx))
	all["credentials"] = got[[]membership.Credential](t)(st.Credentials(ctx))
	all["consumers"] = got[[]membership.Consumer](t)(st.Consumers(ctx))
	all["log"] = got[membership.ChangePage](t)(st.Changes(ctx, membership.ChangeQuery{Limit: 1 << 20}))
	return all
}

// wantSame compares what two stores answer.
func wantSame(t testing.TB, what string, from, to store.Store) {
	t.Helper()
	a, b := everything(t, from), everything(t, to)
	for name := range a {
		if !reflect.DeepEqual(a[name], b[name]) {
			t.Errorf("%s: %s:\n got %+v\nwant %+v", what, name, b[name], a[name])
		}
	}
	if len(a) != len(b) {
		t.Errorf("%s: %d instead of %d", what, len(b), len(a))
	}
}

// enableEverything makes rows answer with all that they have kept.
func enableEverything(t testing.TB, st store.Store) {
	t.Helper()
	ctx := t.Context()
	must(t, st.Update(ctx, func(tx store.Tx) error {
		for _, r := range membership.FlowResources() {
			schema := got[membership.Schema](t)(tx.Schema(ctx, r))
			schema.Flow.Disabled = false
			must(t, tx.UpdateFlow(ctx, schema.Flow))
			for _, f := range schema.Fields {
				f.Disabled = false
				must(t, tx.UpdateField(ctx, f))
			}
		}
		return nil
	}))
}

func TestCopyKeepsEverything(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, from, to store.Store) {
		newWorld(t, from, 90)
		summary := copied(t, from, to)
		wantSame(t, "what they answer", from, to)
		rows := 0
		for _, n := range summary.Counts {
			if rows += n.Rows; n.Rows == 0 || n.Added != n.Rows {
				t.Errorf("of %d %s %d were added", n.Rows, n.Kind, n.Added)
			}
		}
		if len(summary.Counts) != 13 || summary.Verified != rows {
			t.Errorf("%d rows are verified: %+v", summary.Verified, summary.Counts)
		}
		enableEverything(t, from)
		enableEverything(t, to)
		wantSame(t, "what they answer with what was disabled", from, to)
	})
}

func TestCopyOfNothingIsNothing(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, from, to store.Store) {
		summary := copied(t, from, to)
		if want := []storecopy.Count{{Kind: "settings", Rows: 1}}; !slices.Equal(summary.Counts, want) || summary.Verified != 1 {
			t.Errorf("got %+v", summary)
		}
		copied(t, from, to) // it is as empty as it was
	})
}

func TestTheLogGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	eachPair(t, func(t *testing.T, from, to store.Store) {
		newWorld(t, from, 5)
		copied(t, from, to)
		ctx, svc := t.Context(), roster.New(to, roster.Options{})
		last := lastChange(t, to)
		got[membership.Tag](t)(svc.CreateTag(ctx, membership.Tag{Name: "new"}))
		if next := lastChange(t, to); next != last+1 {
			t.Errorf("behind %d comes %d", last, next)
		}
		if first, _, err := svc.ChangeBounds(ctx); err != nil || first != 12 {
			t.Errorf("the log begins at %d, %v", first, err)
		}
		position := got[int64](t)(to.ConsumerPosition(ctx, "mails"))
		var seen []int64
		for c, err := range svc.Changes(ctx, position, roster.ChangeOptions{Stop: true}) {
			must(t, err)
			seen = append(seen, c.Sequence)
		}
		if want := []int64{last - 2, last - 1, last, last + 1}; !slices.Equal(seen, want) {
			t.Errorf("behind %d the consumer sees %v, want %v", position, seen, want)
		}
	})
}

func TestTokensStayBehind(t *testing.T) {
	t.Parallel()
	from, to := memstore.New(), memstore.New()
	svc := roster.New(from, roster.Options{})
	c, secret, err := svc.CreateCredential(t.Context(), membership.ScopeAll)
	must(t, err)
	_, token, err := svc.IssueToken(t.Context(), c.ClientID, membership.ScopeAll, 1<<40)
	must(t, err)
	copied(t, from, to)
	svc = roster.New(to, roster.Options{})
	got[membership.Credential](t)(svc.CheckCredential(t.Context(), c.ClientID, secret))
	if _, err := svc.CheckToken(t.Context(), token); !errors.Is(err, membership.ErrTokenNotFound) {
		t.Errorf("the token: %v", err)
	}
}

func TestATargetThatHasAnythingIsRefused(t *testing.T) {
	t.Parallel()
	from := memstore.New()
	newWorld(t, from, 3)
	for says, write := range map[string]func(ctx context.Context, tx store.Tx) error{
		"accounts": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertAccount(ctx, membership.Account{ID: accountID(1), Name: "a"})
		},
		"members": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertMember(ctx, membership.Member{ID: memberID(1), Name: "m"})
		},
		"tags": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertTag(ctx, membership.Tag{ID: tagID(1), Name: "t"})
		},
		"password profiles": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertPasswordProfile(ctx, membership.PasswordProfile{ID: profileID(1)})
		},
		"custom fields": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertFlow(ctx, membership.Flow{ID: membership.FlowID{UUID: tagID(1).UUID}, Resource: membership.ResourceMember})
		},
		"credentials": func(ctx context.Context, tx store.Tx) error {
			return tx.InsertCredential(ctx, membership.Credential{ClientID: "c"})
		},
		"consumers": func(ctx context.Context, tx store.Tx) error { return tx.SetConsumerPosition(ctx, "c", 7) },
		"settings":  func(ctx context.Context, tx store.Tx) error { return tx.UpdateSettings(ctx, membership.Settings{}) },
		"changes": func(ctx context.Context, tx store.Tx) error {
			_, err := tx.AppendChanges(ctx, make([]membership.Change, 1))
			return err
		},
	} {
		to := memstore.New()
		must(t, to.Update(t.Context(), func(tx store.Tx) error { return write(t.Context(), tx) }))
		before := everything(t, to)
		_, err := storecopy.Copy(t.Context(), from, to, storecopy.Options{})
		if !errors.Is(err, storecopy.ErrNotEmpty) || !strings.Contains(err.Error(), "it has "+says) {
			t.Errorf("%s: got %v", says, err)
		}
		if !reflect.DeepEqual(everything(t, to), before) {
			t.Errorf("%s: something was written", says)
		}
	}
}

func TestAStoreIsNotCopiedToItself(t *testing.T) {
	t.Parallel()
	st := memstore.New()
	if _, err := storecopy.Copy(t.Context(), st, st, storecopy.Options{}); err == nil {
		t.Error("it was")
	}
}

func TestProgressComesToItsEnd(t *testing.T) {
	t.Parallel()
	from, to := memstore.New(), memstore.New()
	newWorld(t, from, 30)
	ends := map[string]string{}
	last := storecopy.Progress{}
	_, err := storecopy.Copy(t.Context(), from, to, storecopy.Options{Batch: 4, Progress: func(p storecopy.Progress) {
		if p.Kind == last.Kind && p.Verifying == last.Verifying && p.Done < last.Done || p.Done > p.Total {
			t.Errorf("after %+v comes %+v", last, p)
		}
		last = p
		ends[fmt.Sprint(p.Kind, p.Verifying)] = fmt.Sprint(p.Done, " of ", p.Total)
	}})
	must(t, err)
	for what, want := range map[string]string{"accountsfalse": "31 of 31", "accountstrue": "31 of 31", "membershipsfalse": "30 of 30", "tagsfalse": "3 of 3"} {
		if ends[what] != want {
			t.Errorf("%s: %s, want %s", what, ends[what], want)
		}
	}
}

func TestCopyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	from, to := memstore.New(), memstore.New()
	newWorld(t, from, 30)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := storecopy.Copy(ctx, from, to, storecopy.Options{Batch: 4, Progress: func(p storecopy.Progress) {
		if p.Kind == "members" {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

var errChangedMind = errors.New("changed its mind")

// furnish makes the world for changeEverything: 3 accounts of which the last is below account 1, 2 members of which the
// first has a value of field 0, membership 0 of account and member 0, and of everything else number 0 or two.
func furnish(t testing.TB, st store.Store) {
	t.Helper()
	populate(t, st, 2, 2)
	join(t, st, 0, 0, 0)
	child := account(2)
	child.ParentID = accountID(1)
	define(t, st, field(0, membership.ResourceMember), field(1, membership.ResourceMember))
	valued := member(0)
	valued.Fields = text("f0", "value").With("f1", membership.StringValue("other"))
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		return errors.Join(
			tx.InsertAccount(ctx, child),
			tx.UpdateMember(ctx, valued), tx.InsertFlow(ctx, flow(membership.ResourceAccount)),
			tx.InsertCredential(ctx, credential(0)), tx.InsertToken(ctx, token(0, credential(0).ClientID)),
			tx.InsertTag(ctx, tag(0)), tx.InsertTag(ctx, tag(1)),
			tx.TagAccount(ctx, accountID(0), tagID(0)), tx.TagAccount(ctx, accountID(1), tagID(1)),
			tx.InsertPasswordProfile(ctx, profile(0)), tx.InsertLogin(ctx, login(0, 0, 0)),
		)
	})
}

// changeEverything writes to every noun of a furnished world.
func changeEverything(ctx context.Context, t testing.TB, tx store.Tx) {
	t.Helper()
	renamed, moved := account(0), member(0)
	renamed.Name, renamed.RegistrationID, moved.Name = "renamed", "R", "renamed"
	changed := joining(0, accountID(0), memberID(0))
	changed.UpdatedAt = at(500)
	renamedTag, renamedProfile, renamedLogin := tag(0), profile(0), login(0, 0, 0)
	renamedTag.Name, renamedProfile.Name, renamedLogin.Username = "renamed", "renamed", "renamed"
	renamedField, disabledFlow := field(1, membership.ResourceMember), flow(membership.ResourceMember)
	renamedField.Slug, renamedField.Indexed, disabledFlow.Description = "renamed", true, "changed"
	_, deleteField := tx.DeleteField(ctx, fieldID(0))
	for what, err := range map[string]error{
		"DeleteField": deleteField,
		"InsertField": tx.InsertField(ctx, field(5, membership.ResourceMember)),
		"UpdateField": tx.UpdateField(ctx, renamedField),
		"UpdateFlow":  tx.UpdateFlow(ctx, disabledFlow),
		"DeleteFlow":  tx.DeleteFlow(ctx, flow(membership.ResourceAccount).ID),
		"InsertFlow":  tx.InsertFlow(ctx, flow(membership.ResourceMembership)),

		"InsertAccount":    tx.InsertAccount(ctx, account(5)),
		"UpdateAccount":    tx.UpdateAccount(ctx, renamed),
		"InsertMember":     tx.InsertMember(ctx, member(5)),
		"UpdateMember":     tx.UpdateMember(ctx, moved),
		"UpdateMembership": tx.UpdateMembership(ctx, changed),
		"InsertMembership": tx.InsertMembership(ctx, joining(5, accountID(1), memberID(1))),
		"DeleteMembership": tx.DeleteMembership(ctx, accountID(0), membershipID(0)),
		"DeleteAccount":    tx.DeleteAccount(ctx, accountID(1), at(600)),
		"DeleteMember":     tx.DeleteMember(ctx, memberID(1)),
		"UpdateSettings":   tx.UpdateSettings(ctx, membership.Settings{MembershipLimit: 1}),
		"InsertCredential": tx.InsertCredential(ctx, credential(5)),
		"DeleteCredential": tx.DeleteCredential(ctx, credential(0).ClientID),
		"InsertToken":      tx.InsertToken(ctx, token(5, "client")),
		"DeleteToken":      tx.DeleteToken(ctx, token(5, "client").Hash),
		"DeleteTokens":     tx.DeleteTokens(ctx, at(4)),

		"RestoreChanges":        tx.RestoreChanges(ctx, 1, numbered(7)),
		"InsertTag":             tx.InsertTag(ctx, tag(5)),
		"UpdateTag":             tx.UpdateTag(ctx, renamedTag),
		"TagAccount":            tx.TagAccount(ctx, accountID(0), tagID(5)),
		"UntagAccount":          tx.UntagAccount(ctx, accountID(0), tagID(0)),
		"DeleteTag":             tx.DeleteTag(ctx, tagID(1)),
		"InsertPasswordProfile": tx.InsertPasswordProfile(ctx, profile(5)),
		"UpdatePasswordProfile": tx.UpdatePasswordProfile(ctx, renamedProfile),
		"InsertLogin":           tx.InsertLogin(ctx, login(5, 0, 5)),
		"UpdateLogin":           tx.UpdateLogin(ctx, renamedLogin),
		"DeleteLogin":           tx.DeleteLogin(ctx, memberID(0), loginID(0)),
		"DeletePasswordProfile": tx.DeletePasswordProfile(ctx, profileID(0)),
	} {
		must(t, what, err)
	}
}

// world is everything that a small store holds.
type world struct {
	accounts    membership.Page[membership.Account]
	members     membership.Page[membership.Member]
	memberships membership.Page[membership.Membership]
	settings    membership.Settings
	credentials []membership.Credential
	tokens      []membership.Token
	tags        membership.Page[membership.Tag]
	relations   map[membership.AccountID]membership.Relations
	profiles    membership.Page[membership.PasswordProfile]
	logins      membership.Page[membership.Login]
	facts       membership.JoinFacts
	schemas     []membership.Schema
}

func readWorld(t testing.TB, st store.Store) world {
	t.Helper()
	var w world
	var err error
	ctx, q := context.Background(), membership.Query{Order: membership.Order{By: membership.AttrID}, Limit: 1000}
	w.accounts, err = st.ListAccounts(ctx, q)
	must(t, "ListAccounts", err)
	w.members, err = st.ListMembers(ctx, q)
	must(t, "ListMembers", err)
	w.memberships, err = st.ListMemberships(ctx, membership.Scope{All: true}, q)
	must(t, "ListMemberships", err)
	w.tags, err = st.ListTags(ctx, q)
	must(t, "ListTags", err)
	w.relations, err = st.AccountRelations(ctx, []membership.AccountID{accountID(0), accountID(1), accountID(2)})
	must(t, "AccountRelations", err)
	w.profiles, err = st.ListPasswordProfiles(ctx, q)
	must(t, "ListPasswordProfiles", err)
	w.logins, err = st.ListLogins(ctx, memberID(0), q)
	must(t, "ListLogins", err)
	w.settings, err = st.Settings(ctx)
	must(t, "Settings", err)
	w.credentials, err = st.Credentials(ctx)
	must(t, "Credentials", err)
	for n := range 8 {
		if tk, err := st.Token(ctx, token(n, "").Hash); err == nil {
			w.tokens = append(w.tokens, tk)
		}
	}
	w.facts = readFacts(t, st, 0, 0)
	for _, r := range membership.FlowResources() {
		w.schemas = append(w.schemas, schemaOf(t, st, r))
	}
	return w
}

// checkUndone runs update, which must undo whatever changeEverything did.
func checkUndone(t *testing.T, st store.Store, update func()) {
	t.Helper()
	furnish(t, st)
	before := readWorld(t, st)
	update()
	same(t, "the world after an Update that failed", readWorld(t, st), before)

	// The store is as good as before: the same changes can be made now.
	write(t, st, func(ctx context.Context, tx store.Tx) error {
		changeEverything(ctx, t, tx)
		return nil
	})
	equal(t, "memberships in the end", total(t, st, membership.Scope{All: true}), 0)
}

func rollbackOnError(t *testing.T, st store.Store) {
	checkUndone(t, st, func() {
		err := attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			changeEverything(ctx, t, tx)
			return errChangedMind
		})
		wantErr(t, "Update", err, errChangedMind)
	})
	wantErr(t, "View", st.View(t.Context(), func(store.Reader) error { return errChangedMind }), errChangedMind)
}

func rollbackOnPanic(t *testing.T, st store.Store) {
	checkUndone(t, st, func() {
		defer func() { equal(t, "what Update panicked with", recover(), any("out of paper")) }()
		_ = attempt(t, st, func(ctx context.Context, tx store.Tx) error {
			changeEverything(ctx, t, tx)
			panic("out of paper")
		})
		t.Error("Update returned although its function panicked")
	})
	defer func() { equal(t, "what View panicked with", recover(), any("out of ink")) }()
	_ = st.View(t.Context(), func(store.Reader) error { panic("out of ink") })
}

func rollbackOnEndedContext(t *testing.T, st store.Store) {
	checkUndone(t, st, func() {
		ctx, cancel := context.WithCancel(t.Context())
		err := st.Update(ctx, func(tx store.Tx) error {
			changeEverything(ctx, t, tx)
			cancel()
			_, err := tx.Account(ctx, accountID(0))
			wantErr(t, "a read after the context ended", err, context.Canceled)
			wantErr(t, "a write after the context ended", tx.InsertAccount(ctx, account(7)), context.Canceled)
			return nil // Why: the commit itself must refuse
		})
		wantErr(t, "Update", err, context.Canceled)
	})
}

// outerContextEnded calls with a context of their own, within a View and an Update whose context has ended.
func outerContextEnded(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	err := st.View(ctx, func(r store.Reader) error {
		cancel()
		for name, err := range readEverything(t.Context(), r) {
			wantErr(t, name+" within a View whose context has ended", err, context.Canceled)
		}
		return nil
	})
	must(t, "a View that made no use of what it read", err)

	ctx, cancel = context.WithCancel(t.Context())
	err = st.Update(ctx, func(tx store.Tx) error {
		cancel()
		for name, err := range writeEverything(t.Context(), tx) {
			wantErr(t, name+" within an Update whose context has ended", err, context.Canceled)
		}
		return nil
	})
	wantErr(t, "Update", err, context.Canceled)
}

func contextEndedBefore(t *testing.T, st store.Store) {
	populate(t, st, 1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	wantErr(t, "Update", st.Update(ctx, func(store.Tx) error { ran = true; return nil }), context.Canceled)
	wantErr(t, "View", st.View(ctx, func(store.Reader) error { ran = true; return nil }), context.Canceled)
	equal(t, "whether a function ran", ran, false)
	for name, err := range readEverything(ctx, st) {
		wantErr(t, name, err, context.Canceled)
	}
}

// readEverything calls every method of a reader once and collects the errors.
func readEverything(ctx context.Context, r store.Reader) map[string]error {
	errs := map[string]error{}
	_, errs["Account"] = r.Account(ctx, accountID(0))
	_, errs["AccountsByID"] = r.AccountsByID(ctx, []membership.AccountID{accountID(0)})
	_, errs["ListAccounts"] = r.ListAccounts(ctx, membership.Query{})
	_, errs["AccountRelations"] = r.AccountRelations(ctx, []membership.AccountID{accountID(0)})
	_, errs["Tag"] = r.Tag(ctx, tagID(0))
	_, errs["ListTags"] = r.ListTags(ctx, membership.Query{})
	_, errs["PasswordProfile"] = r.PasswordProfile(ctx, profileID(0))
	_, errs["ListPasswordProfiles"] = r.ListPasswordProfiles(ctx, membership.Query{})
	_, errs["Login"] = r.Login(ctx, memberID(0), loginID(0))
	_, errs["LoginsOfMembers"] = r.LoginsOfMembers(ctx, []membership.MemberID{memberID(0)})
	_, errs["ListLogins"] = r.ListLogins(ctx, memberID(0), membership.Query{})
	_, errs["Member"] = r.Member(ctx, memberID(0))
	_, errs["MembersByID"] = r.MembersByID(ctx, []membership.MemberID{memberID(0)})
	_, errs["ListMembers"] = r.ListMembers(ctx, membership.Query{})
	_, errs["ListUnassignedMembers"] = r.ListUnassignedMembers(ctx, accountID(0), membership.Query{})
	_, errs["Membership"] = r.Membership(ctx, accountID(0), membershipID(0))
	_, errs["MembershipByPair"] = r.MembershipByPair(ctx, accountID(0), memberID(0))
	_, errs["IsMember"] = r.IsMember(ctx, accountID(0), memberID(0))
	_, errs["ListMemberships"] = r.ListMemberships(ctx, membership.Scope{Account: accountID(0)}, membership.Query{})
	_, errs["Schema"] = r.Schema(ctx, membership.ResourceMember)
	_, errs["DisabledValues"] = r.DisabledValues(ctx, membership.ResourceMember, []uuid.UUID{memberID(0).UUID})
	_, errs["Settings"] = r.Settings(ctx)
	_, errs["Credential"] = r.Credential(ctx, "client")
	_, errs["Credentials"] = r.Credentials(ctx)
	_, errs["Token"] = r.Token(ctx, membership.HashSecret("token"))
	return errs
}

// writeEverything calls every writing method of a transaction once and collects the errors.
func writeEverything(ctx context.Context, tx store.Tx) map[string]error {
	_, facts := tx.JoinFacts(ctx, accountID(0), memberID(0))
	many := []membership.Membership{joining(9, accountID(0), memberID(0))}
	_, factsOf := tx.JoinFactsOf(ctx, many)
	_, insertMany := tx.InsertMemberships(ctx, many)
	_, deleteField := tx.DeleteField(ctx, fieldID(0))
	return map[string]error{
		"InsertAccount":     tx.InsertAccount(ctx, account(9)),
		"UpdateAccount":     tx.UpdateAccount(ctx, account(0)),
		"DeleteAccount":     tx.DeleteAccount(ctx, accountID(0), at(0)),
		"InsertMember":      tx.InsertMember(ctx, member(9)),
		"UpdateMember":      tx.UpdateMember(ctx, member(0)),
		"DeleteMember":      tx.DeleteMember(ctx, memberID(0)),
		"JoinFacts":         facts,
		"InsertMembership":  tx.InsertMembership(ctx, joining(9, accountID(0), memberID(0))),
		"InsertMemberships": insertMany, "JoinFactsOf": factsOf,
		"UpdateMembership": tx.UpdateMembership(ctx, joining(0, accountID(0), memberID(0))),
		"DeleteMembership": tx.DeleteMembership(ctx, accountID(0), membershipID(0)),
		"UpdateSettings":   tx.UpdateSettings(ctx, membership.DefaultSettings()),
		"InsertCredential": tx.InsertCredential(ctx, credential(9)),
		"DeleteCredential": tx.DeleteCredential(ctx, "client"),
		"InsertToken":      tx.InsertToken(ctx, token(9, "client")),
		"DeleteToken":      tx.DeleteToken(ctx, token(9, "client").Hash),
		"DeleteTokens":     tx.DeleteTokens(ctx, at(0)),

		"InsertFlow":  tx.InsertFlow(ctx, flow(membership.ResourceMember)),
		"UpdateFlow":  tx.UpdateFlow(ctx, flow(membership.ResourceMember)),
		"DeleteFlow":  tx.DeleteFlow(ctx, flow(membership.ResourceMember).ID),
		"InsertField": tx.InsertField(ctx, field(0, membership.ResourceMember)),
		"UpdateField": tx.UpdateField(ctx, field(0, membership.ResourceMember)),
		"DeleteField": deleteField,

		"InsertTag":             tx.InsertTag(ctx, tag(9)),
		"UpdateTag":             tx.UpdateTag(ctx, tag(0)),
		"DeleteTag":             tx.DeleteTag(ctx, tagID(0)),
		"TagAccount":            tx.TagAccount(ctx, accountID(0), tagID(0)),
		"UntagAccount":          tx.UntagAccount(ctx, accountID(0), tagID(0)),
		"InsertPasswordProfile": tx.InsertPasswordProfile(ctx, profile(9)),
		"UpdatePasswordProfile": tx.UpdatePasswordProfile(ctx, profile(0)),
		"DeletePasswordProfile": tx.DeletePasswordProfile(ctx, profileID(0)),
		"InsertLogin":           tx.InsertLogin(ctx, login(9, 0, 0)),
		"UpdateLogin":           tx.UpdateLogin(ctx, login(0, 0, 0)),
		"DeleteLogin":           tx.DeleteLogin(ctx, memberID(0), loginID(0)),
	}
}

package crash_test

import (
	"context"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// What signs in: profiles and logins, which the log tells of, and credentials and tokens, of which it does not.

func createProfile(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	p, err := svc.CreatePasswordProfile(ctx, membership.PasswordProfile{ID: w.profile(), Name: w.request})
	return claimed(membership.PasswordProfileCreated, p, err)
}

// updateProfile seldom deletes the profile, and with it its logins.
func updateProfile(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	id := w.profile()
	if w.rng.IntN(4) == 0 {
		return gone(membership.PasswordProfileDeleted, id), svc.DeletePasswordProfile(ctx, id)
	}
	p, err := svc.UpdatePasswordProfile(ctx, id, membership.PasswordProfileUpdate{Name: &w.request})
	return claimed(membership.PasswordProfileUpdated, p, err)
}

func createLogin(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	l, err := svc.CreateLogin(ctx, membership.Login{MemberID: w.member(), ProfileID: w.profile(), Username: w.request}, "a password")
	return claimed(membership.LoginCreated, l, err)
}

// login is one that there is, if possible.
func (w *writer) login(ctx context.Context, svc *roster.Service) (membership.Login, error) {
	member := w.member()
	page, err := svc.Logins(ctx, member, membership.Query{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return membership.Login{MemberID: member}, err
	}
	return page.Items[0], nil
}

func updateLogin(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	old, err := w.login(ctx, svc)
	if err != nil {
		return nil, err
	}
	l, err := svc.UpdateLogin(ctx, old.MemberID, old.ID, membership.LoginUpdate{Username: &w.request})
	return claimed(membership.LoginUpdated, l, err)
}

func deleteLogin(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	old, err := w.login(ctx, svc)
	if err != nil {
		return nil, err
	}
	return gone(membership.LoginDeleted, old.ID), svc.DeleteLogin(ctx, old.MemberID, old.ID)
}

func noKey(*writer) *key { return &key{} }

// noKeyYet is for what needs a credential.
func noKeyYet(w *writer) *key {
	if w.client == "" {
		return nil
	}
	return &key{}
}

func ownKey(w *writer) *key {
	if w.client == "" {
		return nil
	}
	return &key{Client: w.client}
}

func ownToken(w *writer) *key {
	if w.token == "" {
		return nil
	}
	return &key{Client: w.client, Token: w.token}
}

func createCredential(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	c, _, err := svc.CreateCredential(ctx, membership.ScopeRead)
	w.client, w.token, w.key = c.ClientID, "", &key{Client: c.ClientID}
	return nil, err
}

func issueToken(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	_, token, err := svc.IssueToken(ctx, w.client, membership.ScopeRead, time.Hour)
	w.token, w.key = token, &key{Client: w.client, Token: token}
	return nil, err
}

func revokeToken(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	err := svc.RevokeToken(ctx, w.token)
	w.token, w.key = "", &key{Client: w.client, Token: w.token, Gone: true}
	return nil, err
}

// revokeCredential takes the tokens along.
func revokeCredential(ctx context.Context, w *writer, svc *roster.Service) ([]claim, error) {
	err := svc.RevokeCredential(ctx, w.client)
	w.client, w.token, w.key = "", "", &key{Client: w.client, Gone: true}
	return nil, err
}

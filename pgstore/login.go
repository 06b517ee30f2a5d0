package pgstore

import (
	"context"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

const loginColumns = `l.id, l.member_id, l.profile_id, l.username, l.password_hash, l.created_at, l.updated_at`

func scanLogin(l *membership.Login) []column {
	return []column{scanID(&l.ID.UUID), scanID(&l.MemberID.UUID), scanID(&l.ProfileID.UUID), scanText(&l.Username),
		scanText(&l.PasswordHash), scanTime(&l.CreatedAt), scanTime(&l.UpdatedAt)}
}

// No row means that there is no member, a row of NULLs that it has no such login.
const selectLogin = `SELECT l.id IS NOT NULL, ` + loginColumns + ` FROM roster_members m
	LEFT JOIN roster_logins l ON l.id = $2 AND l.member_id = m.id WHERE m.id = $1`

// Login implements [store.LoginReader].
func (r reader) Login(ctx context.Context, member membership.MemberID, id membership.LoginID) (membership.Login, error) {
	var known bool
	var l membership.Login
	dest := append([]column{scanBool(&known)}, scanLogin(&l)...)
	found, err := r.row(ctx, selectLogin, dest, idParam(member.UUID), idParam(id.UUID))
	switch {
	case err != nil:
	case !found:
		err = membership.ErrMemberNotFound
	case !known:
		err = membership.ErrLoginNotFound
	}
	return l, err
}

var loginList = listing[membership.Login]{
	resource: membership.ResourceLogin,
	columns:  loginColumns,
	from:     `roster_logins l`,
	id:       `l.id`,
	scan:     scanLogin,
}

// isMembersLogin selects the logins of the member that a list is restricted to.
const isMembersLogin = `l.member_id = ` + memberParameter

// ListLogins implements [store.LoginReader].
func (r reader) ListLogins(ctx context.Context, member membership.MemberID, q membership.Query) (membership.Page[membership.Login], error) {
	return listPage(ctx, r, loginList, q, within{member: &member.UUID, where: []string{isMembersLogin}})
}

const selectLoginsOfProfile = `SELECT ` + loginColumns + ` FROM roster_logins l WHERE l.profile_id = $1 ORDER BY l.id`

// LoginsOfProfile implements [store.LoginReader].
func (r reader) LoginsOfProfile(ctx context.Context, profile membership.PasswordProfileID) ([]membership.Login, error) {
	if _, err := r.PasswordProfile(ctx, profile); err != nil {
		return nil, err
	}
	return collect(ctx, r, selectLoginsOfProfile, scanLogin, idParam(profile.UUID))
}

const selectLoginsOfMembers = `SELECT ` + loginColumns + ` FROM roster_logins l WHERE l.member_id = ANY($1::uuid[]) ORDER BY l.id`

// LoginsOfMembers implements [store.LoginReader].
func (r reader) LoginsOfMembers(ctx context.Context, wanted []membership.MemberID) ([]membership.Login, error) {
	list := ids(wanted, func(id membership.MemberID) uuid.UUID { return id.UUID })
	return collect(ctx, r, selectLoginsOfMembers, scanLogin, list)
}

const insertLogin = `INSERT INTO roster_logins (id, member_id, profile_id, username, password_hash, created_at, updated_at)
	SELECT $1::uuid, m.id, pp.id, $4::text, $5::text, $6::timestamptz, $7::timestamptz
	FROM roster_members m, roster_password_profiles pp WHERE m.id = $2 AND pp.id = $3
	FOR KEY SHARE ON CONFLICT DO NOTHING`

// InsertLogin implements [store.LoginWriter].
func (w writer) InsertLogin(ctx context.Context, l membership.Login) error {
	why := func() error { return w.loginConflict(ctx, l) }
	return w.add(ctx, why, insertLogin, idParam(l.ID.UUID), idParam(l.MemberID.UUID), idParam(l.ProfileID.UUID), l.Username,
		l.PasswordHash, l.CreatedAt, l.UpdatedAt)
}

const (
	updateLogin = `UPDATE roster_logins SET username = $3, password_hash = $4, updated_at = $5 WHERE id = $1 AND member_id = $2`

	selectUsernameTaken = `SELECT EXISTS (SELECT 1 FROM roster_logins l JOIN roster_logins o ON o.profile_id = l.profile_id
	AND roster_digest(o.username) = roster_digest($2) AND o.id <> l.id WHERE l.id = $1)`
)

// UpdateLogin implements [store.LoginWriter].
func (w writer) UpdateLogin(ctx context.Context, l membership.Login) error {
	why := func() error {
		var taken bool
		_, err := w.row(ctx, selectUsernameTaken, []column{scanBool(&taken)}, idParam(l.ID.UUID), l.Username)
		if err == nil && taken {
			err = usernameTaken()
		}
		return err
	}
	missing := func() error { return w.loginMissing(ctx, l.MemberID) }
	return w.take(ctx, `roster_logins_username_key`, why, missing, updateLogin, idParam(l.ID.UUID), idParam(l.MemberID.UUID),
		l.Username, l.PasswordHash, l.UpdatedAt)
}

func usernameTaken() error {
	return &membership.Error{Cause: membership.ErrUsernameTaken, Field: "username"}
}

const deleteLogin = `DELETE FROM roster_logins WHERE id = $1 AND member_id = $2`

// DeleteLogin implements [store.LoginWriter].
func (w writer) DeleteLogin(ctx context.Context, member membership.MemberID, id membership.LoginID) error {
	missing := func() error { return w.loginMissing(ctx, member) }
	return w.change(ctx, nil, missing, deleteLogin, idParam(id.UUID), idParam(member.UUID))
}

// loginMissing says what is unknown when a member has no such login.
func (w writer) loginMissing(ctx context.Context, member membership.MemberID) error {
	var exists bool
	if _, err := w.row(ctx, selectMemberExists, []column{scanBool(&exists)}, idParam(member.UUID)); err != nil {
		return err
	}
	if !exists {
		return membership.ErrMemberNotFound
	}
	return membership.ErrLoginNotFound
}

const selectLoginConflict = `SELECT EXISTS (SELECT 1 FROM roster_members WHERE id = $1),
	EXISTS (SELECT 1 FROM roster_password_profiles WHERE id = $2),
	EXISTS (SELECT 1 FROM roster_logins WHERE id = $3),
	EXISTS (SELECT 1 FROM roster_logins WHERE profile_id = $2 AND roster_digest(username) = roster_digest($4))`

// loginConflict finds what keeps a login from being inserted, in the contract's order.
func (w writer) loginConflict(ctx context.Context, l membership.Login) error {
	var member, profile, id, username bool
	dest := []column{scanBool(&member), scanBool(&profile), scanBool(&id), scanBool(&username)}
	_, err := w.row(ctx, selectLoginConflict, dest, idParam(l.MemberID.UUID), idParam(l.ProfileID.UUID), idParam(l.ID.UUID), l.Username)
	switch {
	case err != nil:
		return err
	case !member:
		return membership.ErrMemberNotFound
	case !profile:
		return membership.ErrPasswordProfileNotFound
	case id:
		return membership.ErrDuplicateID
	case username:
		return usernameTaken()
	}
	return nil
}

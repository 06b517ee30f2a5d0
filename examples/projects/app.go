package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"net/http"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

type app struct {
	db     *sql.DB
	store  *sqlitestore.Store
	roster *roster.Service
}

func (a *app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /members", answer(a.signUp))
	mux.HandleFunc("POST /accounts", answer(a.createAccount))
	mux.HandleFunc("DELETE /accounts/{account}/members/{member}", answer(a.removeMember))
	mux.HandleFunc("POST /accounts/{account}/projects", answer(a.createProject))
	mux.HandleFunc("GET /accounts/{account}/projects", answer(a.listProjects))
	return mux
}

// memberHeader says who asks. It stands for the sign-in of a real program, which would find the member by a session.
const memberHeader = "X-Member"

var errUnauthenticated = errors.New("say who you are: " + memberHeader + " is to be a member's id")

// caller is the member who asks.
func caller(r *http.Request) (membership.MemberID, error) {
	id, err := membership.ParseMemberID(r.Header.Get(memberHeader))
	if err != nil {
		return id, errUnauthenticated
	}
	return id, nil
}

type created struct {
	ID any `json:"id"`
}

// signUp makes a member.
func (a *app) signUp(r *http.Request) (any, error) {
	var body struct{ Name, Email string }
	if err := read(r, &body); err != nil {
		return nil, err
	}
	m, err := a.roster.CreateMember(r.Context(), membership.Member{Name: body.Name, Email: body.Email})
	return created{m.ID}, err
}

// createAccount makes an account with the caller as its first member: two of roster's use cases in one transaction.
func (a *app) createAccount(r *http.Request) (any, error) {
	var body struct{ Name string }
	who, err := caller(r)
	if err == nil {
		err = read(r, &body)
	}
	if err != nil {
		return nil, err
	}
	var account membership.Account
	err = a.roster.As(who.String()).Update(r.Context(), func(in *roster.Service) (err error) {
		if account, err = in.CreateAccount(r.Context(), membership.Account{Name: body.Name}); err != nil {
			return err
		}
		_, err = in.Add(r.Context(), account.ID, who)
		return err
	})
	return created{account.ID}, err
}

// removeMember ends a membership. What becomes of the member's projects, handOver sees to.
func (a *app) removeMember(r *http.Request) (any, error) {
	member, err := membership.ParseMemberID(r.PathValue("member"))
	if err != nil {
		return nil, err
	}
	return nil, a.asMember(r, nil, func(_ *sql.Tx, in *roster.Service, account membership.AccountID) error {
		m, err := in.MembershipByPair(r.Context(), account, member)
		if err != nil {
			return err
		}
		return in.Remove(r.Context(), account, m.ID)
	})
}

// createProject makes a project and, where there is none, its owner's membership: a row of ours and one of roster's in
// one transaction.
func (a *app) createProject(r *http.Request) (any, error) {
	var body struct {
		Name  string
		Owner membership.MemberID
	}
	if err := read(r, &body); err != nil {
		return nil, err
	}
	var id int64
	err := a.asMember(r, nil, func(tx *sql.Tx, in *roster.Service, account membership.AccountID) (err error) {
		if _, _, err := in.Ensure(r.Context(), account, body.Owner); err != nil {
			return err
		}
		id, err = insertProject(r.Context(), tx, account, body.Owner, body.Name)
		return err
	})
	return created{id}, err
}

func (a *app) listProjects(r *http.Request) (any, error) {
	var list []project
	reading := &sql.TxOptions{ReadOnly: true}
	err := a.asMember(r, reading, func(tx *sql.Tx, _ *roster.Service, account membership.AccountID) (err error) {
		list, err = selectProjects(r.Context(), tx, account)
		return err
	})
	return list, err
}

// asMember runs fn in a transaction, with roster in the same one, if the caller is a member of the request's account.
// Nobody can end the membership in between: what fn does is allowed when it is committed.
func (a *app) asMember(
	r *http.Request, opts *sql.TxOptions, fn func(*sql.Tx, *roster.Service, membership.AccountID) error,
) error {
	who, err := caller(r)
	if err != nil {
		return err
	}
	account, err := membership.ParseAccountID(r.PathValue("account"))
	if err != nil {
		return err
	}
	tx, err := a.db.BeginTx(r.Context(), opts)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing, after the commit
	in := a.roster.As(who.String()).In(sqlitestore.InTx(tx))
	allowed, err := in.IsMember(r.Context(), account, who)
	if err != nil {
		return err
	}
	if !allowed {
		return membership.ErrAccountNotFound // whether there is one is no stranger's business
	}
	if err := fn(tx, in, account); err != nil {
		return err
	}
	return tx.Commit()
}

func read(r *http.Request, body any) error {
	if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(body); err != nil {
		return errors.Join(membership.ErrInvalid, err)
	}
	return nil
}

// statuses are the first that fit.
var statuses = []struct {
	err    error
	status int
}{
	{errUnauthenticated, http.StatusUnauthorized},
	{membership.ErrNotFound, http.StatusNotFound},
	{membership.ErrConflict, http.StatusConflict},
	{membership.ErrLimit, http.StatusUnprocessableEntity},
	{membership.ErrInvalid, http.StatusBadRequest},
	{store.ErrBusy, http.StatusServiceUnavailable},
}

// answer makes a handler of a function that returns what is to be shown.
func answer(fn func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := fn(r)
		status := http.StatusOK
		if err != nil {
			status, body = refusal(r, err)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body) // a client that has gone
	}
}

func refusal(r *http.Request, err error) (status int, body any) {
	type problem struct {
		Error string `json:"error"`
	}
	for _, s := range statuses {
		if errors.Is(err, s.err) {
			return s.status, problem{err.Error()}
		}
	}
	log.Printf("%q: %v", r.Method+" "+r.URL.Path, err) //nolint:gosec // the client's words are quoted
	return http.StatusInternalServerError, problem{"internal error"}
}

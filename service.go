// Package roster keeps account memberships: which members (people) belong to which accounts (organisations).
//
// [Service] is the front door. It runs inside your program over a store: memstore in memory, sqlitestore in a SQLite
// file of its own, in a database that you share with it, or within one of your own transactions. Package httpadapter
// serves the same Service over HTTP, and the program in cmd/roster does that for you.
//
//	svc := roster.New(memstore.New(), roster.Options{})
//	acme, err := svc.CreateAccount(ctx, membership.Account{Name: "Acme"})
//	ron, err := svc.CreateMember(ctx, membership.Member{Name: "Ron", Email: "ron@example.com"})
//	_, err = svc.Add(ctx, acme.ID, ron.ID)
//	ok, err := svc.IsMember(ctx, acme.ID, ron.ID)
//
// Every write is one transaction of the store: it is checked in it and written in it, or nothing happened. The rules
// and the errors are those of package membership; a store adds those of package store, such as [store.ErrBusy],
// [store.ErrStorageFull] and [store.ErrClosed], this package [ErrNoPasswords], and an ended context its own error. Nothing else is promised about errors.
package roster

import (
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Options configure a [Service]. The zero value gives the documented limits.
type Options struct {
	// AccountLimit is how many memberships an account may have. 0 means [membership.DefaultAccountLimit], below 0
	// no limit. It is asked only when a member joins.
	AccountLimit int

	// Clock tells the time; nil means time.Now. Times are kept in UTC and whole milliseconds. As long as it says a year
	// that is not one of 1 to 9999, writes fail.
	Clock func() time.Time

	// HashPassword hashes the passwords of logins, with bcrypt or argon2id. nil means that logins cannot be created
	// ([ErrNoPasswords]): roster signs nobody in by itself, so most programs need none, and should not link one.
	HashPassword func(password string) (string, error)

	// Retention says how long the change log keeps changes; the zero value keeps them for ever. What is kept no longer
	// is removed a little at a time as changes are appended, and by [Service.PruneChanges].
	Retention membership.Retention
}

// Service is roster's use cases over a store. It has no state of its own, so it may be copied, and used from any
// number of goroutines.
type Service struct {
	store  store.Store
	limits membership.Limits
	clock  func() time.Time
	hash   func(password string) (string, error)
	actor  string

	requestID string
	cause     membership.Cause
	retention membership.Retention
}

// New returns the Service over a store. The store remains the caller's to close.
func New(st store.Store, opts Options) *Service {
	s := &Service{store: st, limits: membership.Limits{PerAccount: opts.AccountLimit}, clock: opts.Clock, hash: opts.HashPassword,
		cause: membership.CauseRequest, retention: opts.Retention}
	if opts.AccountLimit == 0 {
		s.limits.PerAccount = membership.DefaultAccountLimit
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

// In is the same service over another store: most often sqlitestore.InTx, one of the caller's own transactions.
func (s *Service) In(st store.Store) *Service {
	in := *s
	in.store = st
	return &in
}

// As is the same service on behalf of somebody, which [Service.Actor] tells and the change log records: a user's name,
// a client's id, whatever the caller knows people by. Nothing is allowed by it. On behalf of what is not valid UTF-8 or has a
// NUL character in it, every write is refused with [membership.ErrInvalidField].
func (s *Service) As(actor string) *Service {
	as := *s
	as.actor = actor
	return &as
}

// Actor is whom the service acts for; empty unless [Service.As] said so.
func (s *Service) Actor() string { return s.actor }

// ForRequest is the same service for a request, whose id the change log records. It must be a text as As wants it.
func (s *Service) ForRequest(id string) *Service {
	in := *s
	in.requestID = id
	return &in
}

// ForImport is the same service for an import: the change log says [membership.CauseImport] of what it does, or what it
// says of everything that a consumer does.
func (s *Service) ForImport() *Service {
	in := *s
	if in.cause == membership.CauseRequest { // Why: what a consumer does stays what a consumer did
		in.cause = membership.CauseImport
	}
	return &in
}

// now is the time of a change.
func (s *Service) now() time.Time { return membership.Timestamp(s.clock()) }

// later is the time of a change to a row that was last changed at another time, which a clock that was set back must
// not precede.
func (s *Service) later(last time.Time) time.Time {
	if now := s.now(); now.After(last) {
		return now
	}
	return last
}

// newID makes an id that sorts by the time it was made, which keeps the indexes compact.
func newID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

package store

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrBusy says that another process, or a transaction of the program's own, kept the store locked longer than the
	// configured wait. Nothing was changed; trying again later is right.
	ErrBusy = errors.New("store is busy: another writer has it locked; try again")
	// ErrUnavailable says that the server which keeps the data could not be reached, for longer than the store was
	// configured to wait. Nothing was changed; trying again later is right.
	ErrUnavailable = errors.New("store is unavailable: its server cannot be reached; try again")
	// ErrStorageFull says that there is no room for what was to be written: the disk is full, or a quota or a limit on the
	// size of files is reached. Nothing was changed. Reads go on, and the same store writes again once there is room.
	ErrStorageFull = errors.New("store is full: there is no room on its disk, and nothing was changed; make room, and try again")
	// ErrStorageFailed says that the disk answered with an error which is not about room. Nothing was changed. Somebody
	// should look at the disk; the same store goes on once it works again.
	ErrStorageFailed = errors.New("store's disk has failed, and nothing was changed")
	// ErrOutcomeUnknown says that the store lost its server, or its disk failed, while a commit was under way, and that it
	// could not find out whether the changes are there. Who tries again must look, or do what may be done twice.
	ErrOutcomeUnknown = errors.New("store cannot tell whether the changes were committed: its server went away, or its disk failed, meanwhile; look before trying again")
	// ErrClosed says that the store was closed, or that a Reader or Tx was used after its function returned.
	ErrClosed = errors.New("store is closed")
)

// Store is a storage engine. Its methods may be called from any number of goroutines.
type Store interface {
	// Each read on its own sees its own snapshot.
	Reader

	// View runs fn over one consistent snapshot.
	View(ctx context.Context, fn func(Reader) error) error

	// Update runs fn in a transaction that is serialised with every other: all or nothing. See the package's
	// contract for what fn may do.
	Update(ctx context.Context, fn func(Tx) error) error

	// AwaitChanges returns when the change log may have a change behind a sequence number, at once when it has one, or
	// with the context's error. What this store commits ends the wait at once, what others commit to the same data
	// within poll. Nothing is kept open meanwhile.
	AwaitChanges(ctx context.Context, after int64, poll time.Duration) error

	// Close waits for what is running and releases what the store owns. A store that borrowed its database leaves
	// that open.
	Close() error
}

// Reader reads every noun.
type Reader interface {
	AccountReader
	MemberReader
	MembershipReader
	TagReader
	FieldReader
	SettingsReader
	PasswordProfileReader
	LoginReader
	CredentialReader
	ChangeReader
}

// Tx reads and writes every noun within one transaction.
type Tx interface {
	Reader
	AccountWriter
	MemberWriter
	MembershipWriter
	TagWriter
	FieldWriter
	SettingsWriter
	PasswordProfileWriter
	LoginWriter
	CredentialWriter
	ChangeWriter
}

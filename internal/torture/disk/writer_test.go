package disk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// What the child says: the id of an account, or one of these words and a file name, with the last change that is in the
// file.
const (
	saidBackup  = "backup"
	saidRestore = "restore"
)

// writeUntilPowerLoss is the child. It creates accounts in a folder from several goroutines, and says which are
// acknowledged; beside that, unless the commits are to be NORMAL, it makes backups and restores them, and says so. Or it
// does the latter alone, when nothing else brings anything to the disk.
func writeUntilPowerLoss(args []string) error {
	dir, mode, opts := args[0], args[1], sqlitestore.Options{}
	if mode == "normal" {
		opts.Synchronous = sqlitestore.Normal
	}
	path := filepath.Join(dir, "roster.db")
	st, err := sqlitestore.Open(path, opts)
	if err != nil {
		return err
	}
	svc, said := roster.New(st, roster.Options{}), &speaker{}
	if mode == "copies" {
		if err := errors.Join(createSome(svc), st.Close()); err != nil {
			return err
		}
		return copyUntilPowerLoss(dir, path, said)
	}
	failed := make(chan error)
	for range 4 {
		go func() { failed <- createUntilPowerLoss(svc, said) }()
	}
	if mode == "full" {
		go func() { failed <- copyUntilPowerLoss(dir, path, said) }()
	}
	return <-failed
}

// speaker says a line at a time.
type speaker struct{ mu sync.Mutex }

func (s *speaker) say(what ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Println(what...)
}

func createSome(svc *roster.Service) error {
	for range 20 {
		if _, err := svc.CreateAccount(context.Background(), membership.Account{Name: "Acme"}); err != nil {
			return err
		}
	}
	return nil
}

func createUntilPowerLoss(svc *roster.Service, said *speaker) error {
	for {
		a, err := svc.CreateAccount(context.Background(), membership.Account{Name: "Acme"})
		if err != nil {
			return err
		}
		said.say(a.ID)
	}
}

// mostCopies is how many there is room for.
const mostCopies = 8

func copyUntilPowerLoss(dir, path string, said *speaker) error {
	for i := range mostCopies {
		backup, restored := fmt.Sprintf("backup%d.db", i), fmt.Sprintf("restored%d.db", i)
		info, err := sqlitestore.Backup(context.Background(), path, filepath.Join(dir, backup))
		if err != nil {
			return err
		}
		said.say(saidBackup, backup, info.LastChange)
		if _, err := sqlitestore.Restore(context.Background(), filepath.Join(dir, backup), filepath.Join(dir, restored), sqlitestore.RestoreOptions{}); err != nil {
			return err
		}
		said.say(saidRestore, restored, info.LastChange)
	}
	_, err := io.Copy(io.Discard, os.Stdin) // until the power is lost
	return err
}

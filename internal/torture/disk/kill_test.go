package disk_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
	"github.com/roster-go/roster/store"
)

// saidFull is what the child says when its disk is full.
const saidFull = "full"

// fillUntilKilled is the child that creates accounts until there is no room, says so, and waits to be killed.
func fillUntilKilled(args []string) error {
	st, err := sqlitestore.Open(args[0], sqlitestore.Options{})
	if err != nil {
		return err
	}
	svc := roster.New(st, roster.Options{})
	for refused := 0; refused < 5; {
		a, err := svc.CreateAccount(context.Background(), membership.Account{Name: args[1]})
		switch {
		case errors.Is(err, store.ErrStorageFull):
			refused++
		case err != nil:
			return err
		default:
			fmt.Println(a.ID)
		}
	}
	fmt.Println(saidFull)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// TestAKillOnAFullDiskLosesNothing kills a program whose disk is full, and opens its database before there is room and
// after.
func TestAKillOnAFullDiskLosesNothing(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.FullDisk,
		Promise: "A program that is killed while its disk is full has lost nothing that it acknowledged, and its database opens, also while there is no room",
		Method:  "kill -9 on a full tmpfs, opened before and after room was made", Rounds: torture.Rounds(2, 20)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		disk := newSmallDisk(t, dir, r, r.Rounds)
		path := filepath.Join(dir, "roster.db")
		acknowledged := map[string]bool{}
		for range r.Rounds {
			for _, id := range fillAndKill(t, path) {
				acknowledged[id] = true
			}
			for _, made := range []bool{false, true} {
				if made {
					disk.makeRoom(t)
				}
				r.Lost += missing(t, path, acknowledged)
			}
			assertSound(t, path)
		}
		if r.Acknowledged = len(acknowledged); r.Acknowledged == 0 {
			t.Error("the disk was full before anything was acknowledged")
		}
	})
}

// fillAndKill returns what the child has acknowledged until its disk was full.
func fillAndKill(t *testing.T, path string) (ids []string) {
	t.Helper()
	child := torture.Child(t, "fill", path, "Acme")
	torture.DieWithParent(child)
	stdin, stdout := torture.Talk(t, child)
	defer stdin.Close()
	full := false
	for lines := bufio.NewScanner(stdout); !full && lines.Scan(); {
		if full = lines.Text() == saidFull; !full {
			ids = append(ids, lines.Text())
		}
	}
	_ = child.Process.Kill()
	err := child.Wait()
	if !full {
		t.Fatalf("the child ended before its disk was full: %v", err)
	}
	return ids
}

// missing opens a database and counts what is not in it.
func missing(t *testing.T, path string, acknowledged map[string]bool) (n int) {
	t.Helper()
	st, err := sqlitestore.Open(path, sqlitestore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	there := map[string]bool{}
	for a, err := range roster.New(st, roster.Options{}).AllAccounts(t.Context(), membership.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		there[a.ID.String()] = true
	}
	for id := range acknowledged {
		if !there[id] {
			n++
		}
	}
	return n
}

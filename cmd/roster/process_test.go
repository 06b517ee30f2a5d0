package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/command"
)

// startProcess runs the built program on a database, as a process of its own that the test may kill.
func startProcess(t *testing.T, database string, args ...string) (*server, *exec.Cmd) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	s := newServerUnderTest(t)
	process := exec.Command(path, append([]string{"serve", "--addr", "127.0.0.1:0", "--db", database}, args...)...)
	process.Env = append(os.Environ(), command.EnvClientID+"=operator", command.EnvClientSecret+"=correct horse battery staple")
	process.Stdout, process.Stderr = s.stdout, s.stderr
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		_ = process.Wait() // an error when it was killed
		s.code = process.ProcessState.ExitCode()
	}()
	s.cancel = func() { _ = process.Process.Kill() }
	t.Cleanup(func() { s.stop() })
	s.waitUntilListening()
	return s, process
}

func TestFirstAnswerComesSoonAfterTheStart(t *testing.T) {
	t.Parallel()
	if _, err := binary(); err != nil { // built before the clock starts
		t.Fatal(err)
	}
	began := time.Now()
	s, _ := startProcess(t, newDatabase(t))
	s.want(http.StatusOK, http.MethodGet, "/readyz", "")
	// Printed, not judged: a busy machine must not fail a build. On an idle one it is to stay under 200 ms.
	t.Logf("first answer of a new process on a new file after %v", time.Since(began).Round(time.Millisecond))
}

// TestNothingAcknowledgedIsLostByKill kills the process again and again while clients create memberships, and asks the
// next process for every one that a client was told of.
func TestNothingAcknowledgedIsLostByKill(t *testing.T) {
	t.Parallel()
	rounds := 20
	if testing.Short() {
		rounds = 3
	}
	const clients, members = 8, 40
	database := newDatabase(t)

	s, _ := startProcess(t, database)
	s.signIn("operator", "correct horse battery staple")
	token := s.token // good across restarts
	var joiners [members]string
	for i := range joiners {
		joiners[i] = s.createMember(fmt.Sprint("member", i))
	}

	acknowledged := map[string][]string{} // by account
	total := 0
	for range rounds {
		seen := createUntilKilled(s, clients, joiners[:], 20+rand.IntN(200))
		s, _ = startProcess(t, database)
		s.token = token
		s.assertAll(seen)
		for account, ids := range seen {
			acknowledged[account] = ids
			total += len(ids)
		}
	}
	s.assertAll(acknowledged)
	t.Logf("%d memberships were acknowledged and found over %d kills", total, rounds)
}

// createUntilKilled lets clients create memberships until they were told of enough, kills the process in the middle of
// it, and returns the ids that the clients were told, by account.
func createUntilKilled(s *server, clients int, joiners []string, enough int) map[string][]string {
	var mu sync.Mutex
	seen := map[string][]string{}
	var told atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for { // an account at a time, until the server is gone
				a, err := s.try(http.MethodPost, "/v2/accounts", `{"data":{"type":"account","name":"acme"}}`)
				if err != nil {
					return
				}
				account, _ := a.at("data", "id").(string)
				for _, joiner := range joiners {
					a, err := s.try(http.MethodPost, "/v2/accounts/"+account+"/account-memberships", membershipBody(joiner))
					if err != nil {
						return
					}
					if a.status != http.StatusCreated {
						s.t.Errorf("%d %s", a.status, a.body)
						return
					}
					id, _ := a.at("data", "id").(string)
					mu.Lock()
					seen[account] = append(seen[account], id)
					mu.Unlock()
					if told.Add(1) == int64(enough) {
						s.cancel() // SIGKILL
					}
				}
			}
		})
	}
	wg.Wait()
	s.stop()
	return seen
}

// assertAll looks for memberships by account.
func (s *server) assertAll(acknowledged map[string][]string) {
	s.t.Helper()
	for account, ids := range acknowledged {
		a := s.want(http.StatusOK, http.MethodGet, "/v2/accounts/"+account+"/account-memberships?page[limit]=100", "")
		stored := map[any]bool{}
		rows, _ := a.at("data").([]any)
		for _, row := range rows {
			stored[row.(map[string]any)["id"]] = true
		}
		for _, id := range ids {
			if !stored[id] {
				s.t.Errorf("membership %s was acknowledged and is gone", id)
			}
		}
	}
}

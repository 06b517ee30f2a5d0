package disk_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
)

// TestAServerOnAFullDiskSaysSoAndRecovers runs the program on a disk that gets full, and kills it there.
func TestAServerOnAFullDiskSaysSoAndRecovers(t *testing.T) {
	t.Parallel()
	result := torture.Result{Part: torture.FullDisk,
		Promise: "A server without room answers writes with 507 and reads with 200, and /readyz fails as long as that lasts and no longer",
		Method:  "`roster serve` on a tmpfs, filled over HTTP; every other round kill -9 while it is full", Rounds: torture.Rounds(2, 20)}
	torture.Apart(t, result, true, func(t *testing.T, dir string, r *torture.Result) {
		disk := newSmallDisk(t, dir, r, piecesFor*r.Rounds)
		full := &fullServer{t: t, db: filepath.Join(dir, "roster.db"), kept: map[string]bool{}}
		full.start()
		for round := range r.Rounds {
			full.fill()
			full.assertRefusing()
			full.assertCommands(dir)
			disk.assertClean(t)
			if round%2 == 1 {
				full.server.Kill()
				full.start()
				full.client.Want(t, http.StatusServiceUnavailable, http.MethodGet, "/readyz", "")
				full.verify()
			}
			disk.makeRoomUntil(t, full.ready)
			full.assertRecovered()
		}
		full.server.Stop()
		assertSound(t, full.db)
		r.Acknowledged, r.Lost = full.acknowledged, full.lost
		r.Measured = fmt.Sprintf("%d answers of 507", full.refused)
	}, servertest.Given+"="+servertest.Program(t))
}

// fullServer is a server whose disk gets full, and what it acknowledged.
type fullServer struct {
	t      *testing.T
	db     string
	server *servertest.Server
	client *servertest.Client
	token  string

	made, acknowledged, refused, lost int
	kept                              map[string]bool // ids of accounts
}

// start starts the server, for the first time or after a kill. The token is still good: to sign in is to write.
func (f *fullServer) start() {
	f.t.Helper()
	f.server = servertest.Launch(f.t, servertest.Options{Args: []string{"--db", f.db}, Setup: torture.DieWithParent})()
	if f.token == "" {
		f.token = f.server.SignIn(f.t).Token
	}
	f.client = f.server.NewClient(f.t)
	f.client.Token = f.token
}

func (f *fullServer) create() servertest.Reply {
	f.t.Helper()
	f.made++
	body := fmt.Sprintf(`{"data":{"type":"account","name":"account %d","legal_name":"%s"}}`, f.made, strings.Repeat("x", 2000))
	reply, err := f.client.Ask(f.t.Context(), http.MethodPost, "/v2/accounts", body)
	if err != nil {
		f.t.Fatal(err)
	}
	switch code, _ := reply.Fault(); {
	case reply.Status == http.StatusCreated:
		f.kept[reply.Text("data", "id")] = true
		f.acknowledged++
	case reply.Status == http.StatusInsufficientStorage && code == "storage_full":
		f.refused++
	default:
		f.t.Fatalf("%d %s", reply.Status, reply.Body)
	}
	return reply
}

// fill creates accounts until some in a row were refused.
func (f *fullServer) fill() {
	f.t.Helper()
	for inARow := 0; inARow < 3; {
		if inARow++; f.create().Status == http.StatusCreated {
			inARow = 0
		}
	}
}

func (f *fullServer) assertRefusing() {
	f.t.Helper()
	for range 3 {
		reply := f.client.Want(f.t, http.StatusServiceUnavailable, http.MethodGet, "/readyz", "")
		if !strings.Contains(string(reply.Body), "disk is full") {
			f.t.Errorf("/readyz: %s", reply.Body)
		}
	}
	f.client.Want(f.t, http.StatusOK, http.MethodGet, "/healthz", "")
	f.verify()
	if !regexp.MustCompile(`level=ERROR msg="request failed".*disk is full`).MatchString(f.server.Log.String()) {
		f.t.Error("the log does not say that the disk is full")
	}
}

// verify reads every account that was acknowledged.
func (f *fullServer) verify() {
	f.t.Helper()
	for id := range f.kept {
		reply, err := f.client.Ask(f.t.Context(), http.MethodGet, "/v2/accounts/"+id, "")
		switch {
		case err == nil && reply.Status == http.StatusNotFound:
			f.lost++
			delete(f.kept, id)
		case err != nil || reply.Status != http.StatusOK:
			f.t.Fatalf("reading: %d %s, %v", reply.Status, reply.Body, err)
		}
	}
}

// assertCommands runs commands of an operator who has not noticed.
func (f *fullServer) assertCommands(dir string) {
	f.t.Helper()
	rows := filepath.Join(f.t.TempDir(), "accounts.csv")
	text := "name\n" + strings.Repeat("Imported\n", 500)
	if err := os.WriteFile(rows, []byte(text), fileMode); err != nil {
		f.t.Fatal(err)
	}
	for _, args := range [][]string{
		{"backup", "--db", f.db, "--to", filepath.Join(dir, "copy.db")},
		{"import", "--db", f.db, rows},
	} {
		cmd := exec.CommandContext(f.t.Context(), servertest.Program(f.t), args...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "there is no room") {
			f.t.Errorf("roster %s: %v: %s", args[0], err, stderr.Bytes())
		}
	}
}

func (f *fullServer) ready() bool {
	f.t.Helper()
	reply, err := f.client.Ask(f.t.Context(), http.MethodGet, "/readyz", "")
	return err == nil && reply.Status == http.StatusOK
}

// assertRecovered asks for readiness before anybody writes.
func (f *fullServer) assertRecovered() {
	f.t.Helper()
	f.client.Want(f.t, http.StatusOK, http.MethodGet, "/readyz", "")
	for range 3 {
		if reply := f.create(); reply.Status != http.StatusCreated {
			f.t.Errorf("with room again: %d %s", reply.Status, reply.Body)
		}
	}
}

package crash_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/roster-go/roster/internal/servertest"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// TestNothingThatAServerAcknowledgedIsLostByKill kills `roster serve` while clients write over HTTP in every way.
func TestNothingThatAServerAcknowledgedIsLostByKill(t *testing.T) {
	t.Parallel()
	c := newCrashes(t, torture.Rounds(3, 20), sameJSON)
	var b *board
	c.log = func([]membership.Change) []entry { return b.log() }
	for range torture.Rounds(3, 80) {
		if c.begin() {
			if b != nil {
				b.server.Stop()
			}
			b = newBoard(c)
		}
		b.killServer(torture.Rounds(300, 800))
		c.judge()
	}
	t.Logf("of the last database's imports %d were acknowledged", c.ledger.imports())
	c.report("What `roster serve` acknowledged over HTTP is there after kill -9, what it refused is not, and what was never answered is there as a whole or not at all",
		fmt.Sprintf("%d clients that write in every way and one that imports by the console; the server killed at a random moment, some while it stops", clientsAtOnce))
}

// clientsAtOnce is how many clients write at once, beside the one that imports.
const clientsAtOnce = 8

// sameJSON compares an answer with an image of the log: what both have is the same, but for links, which name the server,
// the type, of which the log has one for all settings, and relationships, of which it has fewer.
func sameJSON(answered, logged string) bool {
	var a, l map[string]any
	if answered == "" {
		return true
	}
	if json.Unmarshal([]byte(answered), &a) != nil || json.Unmarshal([]byte(logged), &l) != nil {
		return false
	}
	common := 0
	for name, value := range l {
		got, both := a[name]
		if !both || slices.Contains([]string{"type", "relationships", "links"}, name) {
			continue
		}
		if common++; !reflect.DeepEqual(got, value) {
			return false
		}
	}
	return common >= 3
}

// board is what the clients of a server know, so that they meet: the paths of what somebody has made.
type board struct {
	*crashes
	server *servertest.Server // that waits to be written to, and killed
	token  string             // that the first one issued
	flow   string             // whose fields memberships have

	mu       sync.Mutex
	accounts []string
	members  []string
	joined   []string // the paths of memberships
	tags     []string
	fields   []string
}

// imports is how many files were imported.
func (l *ledger) imports() (n int) {
	for _, said := range l.lines {
		if said.Kind == done && strings.Contains(said.Request, "import") {
			n++
		}
	}
	return n
}

// newBoard starts the first server on a fresh database.
func newBoard(c *crashes) *board {
	b := &board{crashes: c}
	b.start()
	b.token = b.server.SignIn(b.t).Token
	client := b.client("setup" + strconv.Itoa(c.files))
	client.makeFlow()
	return b
}

func (b *board) start() {
	b.t.Helper()
	b.server = servertest.Start(b.t, "--db", b.path, "--account-limit", "4")
}

// log starts the next server, and reads the log from it.
func (b *board) log() (all []entry) {
	b.t.Helper()
	b.start()
	c := b.server.NewClient(b.t)
	c.Token = b.token // which was acknowledged, too
	for after := int64(0); ; after = all[len(all)-1].Sequence {
		rows := c.Want(b.t, http.StatusOK, http.MethodGet, fmt.Sprintf("/v1/changes?limit=1000&after=%d", after), "").Rows()
		for _, row := range rows {
			all = append(all, entryOfJSON(row))
		}
		if len(rows) == 0 {
			return all
		}
	}
}

// entryOfJSON is a change as the API shows it.
func entryOfJSON(row map[string]any) entry {
	text := func(of map[string]any, name string) string {
		s, _ := of[name].(string)
		return s
	}
	after, _ := row["after"].(map[string]any)
	named := after
	if named == nil {
		named, _ = row["before"].(map[string]any)
	}
	e := entry{Request: text(row, "request_id"), Cascade: row["cause"] == string(membership.CauseCascade)}
	e.Type, e.Row = membership.ChangeType(text(row, "type")), text(named, "id")
	if after != nil {
		spelled, _ := json.Marshal(after)
		e.Image = string(spelled)
	}
	sequence, _ := row["sequence"].(float64)
	e.Sequence = int64(sequence)
	return e
}

// killServer lets clients write until so many of them were answered, and kills the server a moment later; sometimes just after
// it was asked to stop.
func (b *board) killServer(most int) {
	b.t.Helper()
	enough := b.ledger.answered() + 1 + rand.IntN(most)
	killed := make(chan struct{})
	var once sync.Once
	kill := func() {
		once.Do(func() {
			defer close(killed)
			select {
			case <-b.server.Ended():
				b.t.Error("the server ended before it was killed")
			default:
			}
			if b.rounds%4 == 2 {
				_ = b.server.Process.Process.Signal(syscall.SIGTERM)
			}
			<-time.NewTimer(time.Duration(rand.IntN(3000)) * time.Microsecond).C
			b.server.Kill()
		})
	}
	var clients sync.WaitGroup
	for n := range clientsAtOnce {
		client := b.client(fmt.Sprintf("r%d-%d", b.rounds, n))
		clients.Go(func() {
			for client.one() {
				if b.ledger.answered() >= enough {
					kill()
				}
			}
		})
	}
	importing := uploader{b.client(fmt.Sprintf("r%d-import", b.rounds))}
	clients.Go(func() {
		for importing.one() {
			continue
		}
	})
	clients.Wait()
	kill() // when all clients have failed for another reason
	<-killed
}

// client sends one request after the other.
type client struct {
	*board
	*servertest.Client
	name string
	n    int
	rng  *rand.Rand
}

func (b *board) client(name string) *client {
	c := &client{board: b, Client: b.server.NewClient(b.t), name: name, rng: rand.New(rand.NewPCG(rand.Uint64(), 0))}
	c.Token = b.token
	return c
}

// ask sends a request, and tells the ledger what came of it. answered is false when no answer came; a reply that is no success
// was a refusal.
func (c *client) ask(typ membership.ChangeType, brings bool, method, path, body string) (r servertest.Reply, ok, answered bool) {
	c.n++
	id := c.name + "-" + strconv.Itoa(c.n)
	body = strings.ReplaceAll(body, "REQUEST", id)
	c.ledger.add(line{Request: id, Kind: tried, Brings: brings})
	req, err := http.NewRequestWithContext(context.Background(), method, c.Client.URL+path, strings.NewReader(body))
	if err != nil {
		c.ledger.add(line{Request: id, Kind: failed, Why: err.Error()})
		return r, false, false
	}
	req.Header.Set("X-Request-Id", id)
	req.Header.Set("Authorization", "Bearer "+c.Token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	r, err = c.Send(req)
	switch {
	case err != nil, r.Status == http.StatusServiceUnavailable:
		c.ledger.add(line{Request: id, Kind: unknown})
		return r, false, false
	case r.Status/100 == 2:
		c.ledger.add(line{Request: id, Kind: done, Claims: claimOf(typ, path, r)})
		return r, true, true
	case r.Status/100 == 4:
		c.ledger.add(line{Request: id, Kind: refused, Why: string(r.Body)})
		return r, false, true
	}
	c.ledger.add(line{Request: id, Kind: failed, Why: fmt.Sprintf("%s %s: %d %s", method, path, r.Status, r.Body)})
	return r, false, false
}

// claimOf is what a success acknowledges: the row that it answers with, or that its path names when it is deleted.
func claimOf(typ membership.ChangeType, path string, r servertest.Reply) []claim {
	switch {
	case typ == "":
		return nil
	case r.Status == http.StatusNoContent:
		return []claim{{Type: typ, Row: path[strings.LastIndexByte(path, '/')+1:]}}
	}
	data := r.At("data")
	spelled, _ := json.Marshal(data)
	row := r.Text("data", "id")
	if typ == membership.SettingsUpdated { // whose image has no id
		row = ""
	}
	return []claim{{typ, row, string(spelled)}}
}

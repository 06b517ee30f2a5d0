package crash_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/sqlitestore"
)

// writersAtOnce is how many write at once.
const writersAtOnce = 8

// teller writes lines to the process that will kill this one, each with one write.
type teller struct{ mu sync.Mutex }

func (t *teller) tell(said line) {
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(said) // lines are texts and numbers
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = os.Stdout.Write(b.Bytes()) // who no longer listens has killed it
}

// writeUntilKilled is the child that writes to the database at args[0], in every way that a Service has, under request ids that
// begin with args[1]. With "lie" behind them it acknowledges, once, what it then does not commit.
func writeUntilKilled(args []string) error {
	st, err := sqlitestore.Open(args[0], sqlitestore.Options{})
	if err != nil {
		return err
	}
	svc := roster.New(st, roster.Options{
		AccountLimit: 4, // so that some are refused
		HashPassword: func(password string) (string, error) { return "hash of " + password, nil },
	})
	var told teller
	for n := range writersAtOnce {
		w := &writer{svc: svc, tell: told.tell, name: args[1] + "-" + strconv.Itoa(n), rng: rand.New(rand.NewPCG(rand.Uint64(), 0))}
		if n == 0 && slices.Contains(args, "lie") {
			go w.lie()
			continue
		}
		go w.write()
	}
	select {}
}

// writer sends one request after the other.
type writer struct {
	svc     *roster.Service
	tell    func(line)
	name    string
	rng     *rand.Rand
	n       int
	request string // the present one
	key     *key   // what the present request is about, where that signs in
	client  string // a credential of its own
	token   string // and a token
	own     []membership.AccountID
}

func (w *writer) write() {
	for {
		w.one()
	}
}

func (w *writer) one() {
	w.next()
	useCase := useCases[w.rng.IntN(len(useCases))]
	w.key = nil
	if useCase.key != nil {
		if w.key = useCase.key(w); w.key == nil {
			return
		}
	}
	w.tell(line{Request: w.request, Kind: tried, Whole: useCase.whole, Brings: useCase.brings, Key: w.key})
	claims, err := useCase.act(context.Background(), w, w.svc.ForRequest(w.request))
	switch {
	case err == nil:
		w.tell(line{Request: w.request, Kind: done, Claims: claims, Key: w.key})
	case membership.IsRefusal(err):
		w.tell(line{Request: w.request, Kind: refused, Why: err.Error()})
	default:
		w.tell(line{Request: w.request, Kind: failed, Why: err.Error()})
	}
}

func (w *writer) next() {
	w.n++
	w.request = w.name + "-" + strconv.Itoa(w.n)
}

// lie writes a little, and then acknowledges before it commits, which it never does.
func (w *writer) lie() {
	for range 20 {
		w.one()
	}
	w.next()
	w.request += "-lie"
	w.tell(line{Request: w.request, Kind: tried, Brings: true})
	_ = w.svc.ForRequest(w.request).Update(context.Background(), func(in *roster.Service) error {
		m, err := in.CreateMember(context.Background(), membership.Member{Name: w.request})
		if err != nil {
			return err
		}
		w.tell(line{Request: w.request, Kind: done, Claims: claims(membership.MemberCreated, m)})
		select {}
	})
}

// numbered are few ids of each kind, so that requests meet.
func (w *writer) numbered(kind byte, of int) uuid.UUID {
	return uuid.UUID{0: kind, 6: 0x70, 8: 0x80, 15: byte(w.rng.IntN(of))}
}

func (w *writer) account() membership.AccountID {
	return membership.AccountID{UUID: w.numbered('a', 24)}
}

func (w *writer) member() membership.MemberID {
	return membership.MemberID{UUID: w.numbered('m', 40)}
}

func (w *writer) profile() membership.PasswordProfileID {
	return membership.PasswordProfileID{UUID: w.numbered('p', 3)}
}

func (w *writer) field() membership.FieldID {
	return membership.FieldID{UUID: w.numbered('f', 9)}
}

func (w *writer) tag() membership.TagID { return membership.TagID{UUID: w.numbered('t', 12)} }

// values are those of a custom field: one that there is, if any is.
func (w *writer) values(ctx context.Context, svc *roster.Service, r membership.Resource) (membership.Fields, error) {
	defined, err := svc.Fields(ctx, r)
	if err != nil || len(defined) == 0 {
		return membership.Fields{}, err
	}
	f := defined[w.rng.IntN(len(defined))]
	return membership.NewFields(membership.FieldValue{Slug: f.Slug, Value: membership.StringValue(w.request)}), nil
}

// claims are rows that were acknowledged in one way.
func claims[T any](typ membership.ChangeType, rows ...T) (all []claim) {
	for _, row := range rows {
		all = append(all, claim{typ, rowID(row), image(row)})
	}
	return all
}

// gone is a row that was acknowledged as deleted.
func gone(typ membership.ChangeType, id fmt.Stringer) []claim {
	return []claim{{Type: typ, Row: id.String()}}
}

// claimed is claims of what a use case returns.
func claimed[T any](typ membership.ChangeType, row T, err error) ([]claim, error) {
	return claims(typ, row), err
}

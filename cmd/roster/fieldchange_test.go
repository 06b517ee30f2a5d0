package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fieldRules is what a field asks of a value.
type fieldRules struct {
	required  bool
	options   []string
	otherwise string // the default; empty when there is none
	indexed   bool
}

// changedRules are those that a field goes through, again and again.
var changedRules = []fieldRules{
	{required: true, options: []string{"member", "admin"}},
	{required: false, options: []string{"member", "admin", "owner"}, indexed: true},
	{required: true, options: []string{"admin", "owner"}, otherwise: "admin", indexed: true},
	{required: false, options: []string{"owner"}},
	{required: true, options: []string{"member"}, otherwise: "member", indexed: true},
}

func (r fieldRules) attributes() string {
	options, _ := json.Marshal(r.options)
	otherwise := "null"
	if r.otherwise != "" {
		otherwise = `"` + r.otherwise + `"`
	}
	return fmt.Sprintf(`"type":"field","required":%t,"default":%s,"index":%t,`+
		`"validation_rules":[{"type":"enum","options":%s}]`, r.required, otherwise, r.indexed, options)
}

// allow reports whether a new row may be given a value, empty for none, and then answers with shown, empty for null.
func (r fieldRules) allow(given, shown string) bool {
	if given == "" {
		return shown == r.otherwise && (shown != "" || !r.required)
	}
	return shown == given && slices.Contains(r.options, given)
}

// refuse reports whether a new row may not be given a value.
func (r fieldRules) refuse(given string) bool {
	if given == "" {
		return r.required && r.otherwise == ""
	}
	return !slices.Contains(r.options, given)
}

// period is when rules may have held: from the request that made them to the answer to the one that replaced them.
type period struct {
	rules       fieldRules
	from, until time.Time // until is zero while nothing has replaced them
}

// changingField is a field whose rules are changed while clients write values.
type changingField struct {
	s          *server
	slug, path string

	mu      sync.Mutex
	periods []period

	accepted, refused atomic.Int64
}

// newChangingField defines a field in a flow of its own, with the first of the rules.
func newChangingField(s *server, flowSlug, slug string) *changingField {
	s.t.Helper()
	flow := s.want(http.StatusCreated, http.MethodPost, "/v2/flows",
		`{"data":{"type":"flow","name":"`+flowSlug+`","slug":"`+flowSlug+`"}}`).At("data", "id").(string)
	defined := s.want(http.StatusCreated, http.MethodPost, "/v2/fields",
		`{"data":{"name":"`+slug+`","slug":"`+slug+`","field_type":"string",`+changedRules[0].attributes()+
			`,"relationships":{"flow":{"data":{"type":"flow","id":"`+flow+`"}}}}}`)
	return &changingField{
		s:       s,
		slug:    slug,
		path:    "/v2/fields/" + defined.At("data", "id").(string),
		periods: []period{{rules: changedRules[0]}},
	}
}

// change replaces the rules.
func (f *changingField) change(rules fieldRules) {
	f.mu.Lock()
	f.periods = append(f.periods, period{rules: rules, from: time.Now()})
	replaced := len(f.periods) - 2
	f.mu.Unlock()
	a, err := f.s.patient(http.MethodPut, f.path, `{"data":{`+rules.attributes()+`}}`)
	if err != nil || a.Status != http.StatusOK {
		f.s.t.Errorf("change of %s: %d %s %v", f.slug, a.Status, a.Body, err)
	}
	f.mu.Lock()
	f.periods[replaced].until = time.Now()
	f.mu.Unlock()
}

// held reports whether rules that may have held at some time between two fulfil a condition.
func (f *changingField) held(from, until time.Time, condition func(fieldRules) bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.periods, func(p period) bool {
		return !p.from.After(until) && (p.until.IsZero() || !p.until.Before(from)) && condition(p.rules)
	})
}

// create makes a row with a value, empty for none, and judges the answer by the rules that held meanwhile.
func (f *changingField) create(s *server, path, data, given string) (id, shown string, ok bool) {
	if given != "" {
		data += `,"` + f.slug + `":"` + given + `"`
	}
	from := time.Now()
	a, err := s.patient(http.MethodPost, path, `{"data":{`+data+`}}`)
	until := time.Now()
	switch {
	case err != nil:
		f.s.t.Error(err)
	case a.Status == http.StatusCreated:
		f.accepted.Add(1)
		id, _ = a.At("data", "id").(string)
		shown, _ = a.At("data", f.slug).(string)
		if !f.held(from, until, func(r fieldRules) bool { return r.allow(given, shown) }) {
			f.s.t.Errorf("%s %q was taken as %q, which no rules between %v and %v allow", f.slug, given, shown, from, until)
		}
		return id, shown, true
	case a.Status == http.StatusUnprocessableEntity:
		f.refused.Add(1)
		if !f.held(from, until, func(r fieldRules) bool { return r.refuse(given) }) {
			f.s.t.Errorf("%s %q was refused, which all rules between %v and %v allow: %s", f.slug, given, from, until, a.Body)
		}
	default:
		f.s.t.Errorf("%s %q: %d %s", f.slug, given, a.Status, a.Body)
	}
	return "", "", false
}

// patient is try, again and again while another process keeps the database locked.
func (s *server) patient(method, path, body string) (answer, error) {
	for {
		if a, err := s.try(method, path, body); err != nil || a.Status != http.StatusServiceUnavailable {
			return a, err
		}
	}
}

// TestFieldsChangeWhileClientsWrite lets 32 clients create members and memberships while two others change what is
// required of their values, and a third reads by those values.
func TestFieldsChangeWhileClientsWrite(t *testing.T) {
	t.Parallel()
	for name, started := range map[string]func(t *testing.T) []*server{
		"memory": func(t *testing.T) []*server {
			return []*server{start(t, ownCredentials, "--in-memory")}
		},
		"sqlite": func(t *testing.T) []*server {
			s, _ := startProcess(t, newDatabase(t))
			return []*server{s}
		},
		"two processes": func(t *testing.T) []*server {
			database := newDatabase(t)
			first, _ := startProcess(t, database)
			second, _ := startProcess(t, database)
			return []*server{first, second}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := started(t)
			for _, s := range servers {
				s.signIn("operator", "correct horse battery staple")
			}
			changeWhileClientsWrite(servers)
		})
	}
}

func changeWhileClientsWrite(servers []*server) {
	s := servers[len(servers)-1]
	const clients, members = 32, "/v2/account-members"
	rounds := 15
	if testing.Short() {
		rounds = 6
	}
	level := newChangingField(s, "account-members", "level")
	role := newChangingField(s, "account-memberships", "role")
	memberships := "/v2/accounts/" + s.createAccount("acme") + "/account-memberships"

	done := make(chan struct{})
	var others sync.WaitGroup
	for _, f := range []*changingField{level, role} {
		others.Go(func() {
			for i := 1; !closed(done); i++ {
				f.change(changedRules[i%len(changedRules)])
			}
		})
	}
	others.Go(func() {
		for !closed(done) {
			servers[0].assertFound(members, "level", "admin")
			servers[0].assertFound(memberships, "role", "owner")
		}
	})

	var levels, roles sync.Map // what a row's creation was answered with, by id
	var wg sync.WaitGroup
	given := []string{"", "member", "admin", "owner", "nobody"}
	for client := range clients {
		own := servers[client%len(servers)]
		wg.Go(func() {
			for i := range rounds {
				data := fmt.Sprintf(`"type":"account_member","name":"member %d of %d"`, i, client)
				member, shown, ok := level.create(own, members, data, given[(client+i)%len(given)])
				if !ok {
					continue
				}
				levels.Store(member, shown)
				data = `"type":"account_membership","account_member_id":"` + member + `"`
				if id, shown, ok := role.create(own, memberships, data, given[(client+2*i)%len(given)]); ok {
					roles.Store(id, shown)
				}
			}
		})
	}
	wg.Wait()
	close(done)
	others.Wait()

	s.assertRows(members, "level", int(level.accepted.Load()), &levels)
	s.assertRows(memberships, "role", int(role.accepted.Load()), &roles)
	for _, f := range []*changingField{level, role} {
		accepted, refused, changes := f.accepted.Load(), f.refused.Load(), len(f.periods)-1
		s.t.Logf("%s: %d rows were accepted and %d refused under %d changes", f.slug, accepted, refused, changes)
		if accepted == 0 || refused == 0 || changes < 2 {
			s.t.Errorf("%s: %d accepted, %d refused, %d changes prove nothing", f.slug, accepted, refused, changes)
		}
	}
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// assertFound asks for the rows that have a value, and looks at what they show.
func (s *server) assertFound(path, slug, value string) {
	a, err := s.try(http.MethodGet, path+"?page[limit]=100&filter=eq("+slug+","+value+")", "")
	if err != nil || a.Status != http.StatusOK {
		s.t.Errorf("%s by %s: %d %s %v", path, slug, a.Status, a.Body, err)
		return
	}
	rows, _ := a.At("data").([]any)
	for _, row := range rows {
		if row, _ := row.(map[string]any); row[slug] != value {
			s.t.Errorf("%s by %s %s: found %v", path, slug, value, row)
		}
	}
}

// assertRows compares the rows of a list with what their creation was answered with.
func (s *server) assertRows(path, slug string, total int, created *sync.Map) {
	s.t.Helper()
	found := 0
	for {
		a := s.want(http.StatusOK, http.MethodGet, fmt.Sprintf("%s?page[limit]=100&page[offset]=%d&sort=id", path, found), "")
		rows, _ := a.At("data").([]any)
		if len(rows) == 0 {
			break
		}
		found += len(rows)
		for _, row := range rows {
			row, _ := row.(map[string]any)
			shown, _ := row[slug].(string)
			if want, ok := created.Load(row["id"]); !ok || want != shown {
				s.t.Errorf("%s %v shows %q, created as %v", path, row["id"], shown, want)
			}
		}
	}
	if found != total {
		s.t.Errorf("%s has %d rows, %d were created", path, found, total)
	}
}

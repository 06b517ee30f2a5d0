package console

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

var changeRoutes = []route{
	read("/changes", listChanges),
	read("/changes/events", streamChanges),
}

// changesPage is the page's own data.
type changesPage struct {
	Entries []entry
	Types   []typeGroup
	Type    string
	Account string
	Member  string
	About   []link // whom the changes concern

	Live     string // where the feed goes on; empty where older changes are shown
	Older    string
	Newest   string
	AllHref  string
	Filtered bool
}

// typeGroup are the types of changes of one noun.
type typeGroup struct {
	Noun  string
	Types []option
}

// typeGroups are all types, a noun at a time.
func typeGroups() []typeGroup {
	var groups []typeGroup
	for _, t := range membership.ChangeTypes() {
		noun, verb := nounAndVerb(t)
		if len(groups) == 0 || groups[len(groups)-1].Noun != noun {
			groups = append(groups, typeGroup{Noun: noun})
		}
		last := &groups[len(groups)-1]
		last.Types = append(last.Types, option{string(t), noun + " " + verb})
	}
	return groups
}

// changeQuery reads what changes are asked for, and says so in the form that an address has it.
func changeQuery(query url.Values) (q membership.ChangeQuery, kept url.Values, err error) {
	kept = url.Values{}
	for _, name := range []string{"account", "member", "type"} {
		if value := strings.TrimSpace(query.Get(name)); value != "" {
			kept.Set(name, value)
		}
	}
	if id := kept.Get("account"); id != "" {
		q.Account, err = membership.ParseAccountID(id)
	}
	if id := kept.Get("member"); id != "" && err == nil {
		q.Member, err = membership.ParseMemberID(id)
	}
	if name := kept.Get("type"); name != "" && err == nil {
		var t membership.ChangeType
		t, err = membership.ParseChangeType(name)
		q.Types = []membership.ChangeType{t}
	}
	return q, kept, err
}

// feedSize is how many changes a page of the feed has.
const feedSize = 40

func listChanges(c *call) error {
	q, kept, err := changeQuery(c.query)
	if err != nil {
		return err
	}
	p := changesPage{Types: typeGroups(), Type: kept.Get("type"), Account: kept.Get("account"), Member: kept.Get("member"),
		Filtered: len(kept) > 0, Newest: changesHref(kept, 0), AllHref: Path + "/changes"}
	before, _ := strconv.ParseInt(c.query.Get("before"), 10, 64) // what is no number is the newest
	var found []membership.Change
	var last int64
	err = c.svc.View(c.ctx(), func(in *roster.Service) (err error) {
		if found, last, err = newest(c.ctx(), in, q, before, feedSize+1); err != nil {
			return err
		}
		if len(found) > feedSize {
			found = found[1:]
			p.Older = changesHref(kept, found[0].Sequence)
		}
		p.Entries, err = entries(c.ctx(), in, found)
		if err != nil {
			return err
		}
		names, err := namesOf(c.ctx(), in, []membership.Change{{AccountID: q.Account, MemberID: q.Member}})
		if !q.Account.IsZero() {
			p.About = append(p.About, names.account(q.Account))
		}
		if !q.Member.IsZero() {
			p.About = append(p.About, names.member(q.Member))
		}
		return err
	})
	if err != nil {
		return err
	}
	if before <= 0 {
		live := url.Values{"after": {strconv.FormatInt(last, 10)}}
		for name := range kept {
			live.Set(name, kept.Get(name))
		}
		p.Live, p.Newest = Path+"/changes/events?"+live.Encode(), ""
	}
	return c.show(http.StatusOK, "changes", page{Title: "Changes", Section: "Changes", Body: p})
}

// changesHref is the address of the changes before a sequence number; 0 means of the newest.
func changesHref(kept url.Values, before int64) string {
	values := url.Values{}
	for name := range kept {
		values.Set(name, kept.Get(name))
	}
	if before > 0 {
		values.Set("before", strconv.FormatInt(before, 10))
	}
	if len(values) == 0 {
		return Path + "/changes"
	}
	return Path + "/changes?" + values.Encode()
}

// newestBatch is how many changes are read at once when the newest are looked for.
const newestBatch = 500

// newest finds the last n changes of a query before a sequence number, or of all where that is 0 or less, in their order;
// and where the log ends.
//
// Why in windows: the log is read forwards. Each window ends where the one before began, and is as wide as it may be so
// that one batch holds what is in it: few changes of one account among many others take few reads.
func newest(ctx context.Context, in *roster.Service, q membership.ChangeQuery, before int64, n int) (found []membership.Change, last int64, err error) {
	first, last, err := in.ChangeBounds(ctx)
	if err != nil {
		return nil, 0, err
	}
	end := last + 1 // the window is before this
	if before > 0 {
		end = min(end, before)
	}
	q.Limit = newestBatch
	for width := int64(newestBatch); len(found) < n && end > first && first > 0; {
		begin := max(end-width, first)
		q.After = begin - 1
		page, err := in.ListChanges(ctx, q)
		if pruned, ok := errors.AsType[*membership.Error](err); ok && errors.Is(err, membership.ErrPruned) {
			first = pruned.First
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		window := slices.DeleteFunc(page.Changes, func(c membership.Change) bool { return c.Sequence >= end })
		full := len(page.Changes) == newestBatch && len(window) == newestBatch
		if full && width > newestBatch && window[len(window)-1].Sequence < end-1 {
			width = max(width/8, newestBatch)
			continue
		}
		found = append(window, found...)
		end = begin
		width *= 4
	}
	if len(found) > n {
		found = found[len(found)-n:]
	}
	return found, last, nil
}

package httpadapter

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/roster-go/roster/membership"
)

const (
	changesPath    = "/v1/changes"
	historyPattern = "/v1/account-memberships/{membership}/history"

	// maxChangeLimit is how many changes a page has at most.
	maxChangeLimit = 1000
)

var changeRoutes = []route{
	read(changesPath, listChanges),
	read(historyPattern, membershipHistory),
}

// change spells a change.
func (e *encoder) change(ch membership.Change) {
	e.open()
	e.name("sequence").number(ch.Sequence)
	e.name("type").text(string(ch.Type))
	e.name("time").time(ch.Time)
	e.name("actor").textOrNull(ch.Actor)
	e.name("cause").text(string(ch.Cause))
	e.name("request_id").textOrNull(ch.RequestID)
	e.name("account_id").idOrNull(ch.AccountID.UUID)
	e.name("account_member_id").idOrNull(ch.MemberID.UUID)
	e.name("account_membership_id").idOrNull(ch.MembershipID.UUID)
	e.name("before").image(ch.Before)
	e.name("after").image(ch.After)
	e.close()
}

// image shows a row as its own route does, without what the row does not know: an account's tags and the accounts
// above its parent, and a field's flow.
func (e *encoder) image(image membership.Image) {
	switch row := image.(type) {
	case membership.Account:
		e.account(row)
	case membership.Member:
		e.member(row)
	case membership.Membership:
		e.membershipOfAccount(row)
	case membership.Tag:
		e.tag(row)
	case membership.Settings:
		e.settingsImage(row)
	case membership.PasswordProfile:
		e.profile(row)
	case membership.Login:
		e.login(row)
	case membership.Flow:
		e.flow(row)
	case membership.Field:
		e.bareField(row)
	default:
		e.null()
	}
}

// settingsImage is both of the API's settings in one, because they change together.
func (e *encoder) settingsImage(s membership.Settings) {
	e.open()
	e.name("type").text(settingsType)
	e.name(limitField).number(int64(s.MembershipLimit))
	e.authSettingsMembers(s)
	e.close()
}

// ofBeginning is ofParameter for the beginning of the changes, which a client that comes back says in a header.
func (c *call) ofBeginning(err error) error {
	err = ofParameter(err)
	f, ok := errors.AsType[*fault](err)
	if ok && c.wantsEvents() && c.request.Header.Get(lastEventIDHeader) != "" {
		f.source = &errorSource{Parameter: lastEventIDHeader}
	}
	return err
}

// ofParameter says of a refusal that blames a field that it is one of the query string.
func ofParameter(err error) error {
	if refusal, ok := errors.AsType[*membership.Error](err); ok && errors.Is(err, membership.ErrInvalidField) {
		return invalidParameter(refusal.Field, refusal.Detail)
	}
	return err
}

func listChanges(c *call) (response, error) {
	q, err := c.changeQuery()
	if err != nil {
		return response{}, err
	}
	if c.wantsEvents() {
		return c.streamChanges(q)
	}
	page, err := c.svc.ListChanges(c.context(), q)
	if err != nil {
		return response{}, ofParameter(err)
	}
	e := c.out
	e.open()
	each(e.name("data"), page.Changes, (*encoder).change)
	e.name("meta").open()
	e.name("first").number(page.First)
	e.name("last").number(page.Last)
	e.close()
	e.close()
	return response{status: http.StatusOK}, nil
}

// changeQuery reads what changes are asked for. It reports every fault at once.
func (c *call) changeQuery() (membership.ChangeQuery, error) {
	p, err := c.parameters()
	if err != nil {
		return membership.ChangeQuery{}, err
	}
	unknown := p.only("after", "limit", "account_id", "account_member_id", "account_membership_id", "type")
	begin, from := "after", p
	if id := c.request.Header.Values(lastEventIDHeader); len(id) > 0 && id[0] != "" && c.wantsEvents() {
		// Where a stream broke off counts, not where it began.
		begin, from = lastEventIDHeader, parameters{url.Values{lastEventIDHeader: id}}
	}
	after, afterErr := from.number(begin, 0)
	limit, limitErr := p.number("limit", membership.DefaultChangeLimit)
	account, accountErr := parameterID(p, "account_id", membership.ParseAccountID)
	member, memberErr := parameterID(p, "account_member_id", membership.ParseMemberID)
	joined, joinedErr := parameterID(p, "account_membership_id", membership.ParseMembershipID)
	types, typesErr := changeTypes(p)
	q := membership.ChangeQuery{After: int64(after), Limit: min(limit, maxChangeLimit),
		Account: account, Member: member, Membership: joined, Types: types}
	if limit == 0 {
		q.Limit = -1
	}
	return q, errors.Join(unknown, afterErr, limitErr, accountErr, memberErr, joinedErr, typesErr)
}

// parameterID is an id in the query string; the zero id where it is absent.
func parameterID[ID interface{ IsZero() bool }](
	p parameters, name string, parse func(string) (ID, error),
) (ID, error) {
	var none ID
	value, given, err := p.one(name)
	if err != nil || !given {
		return none, err
	}
	id, err := parse(value)
	switch {
	case err != nil:
		return none, invalidParameter(name, detailOf(err))
	case id.IsZero(): // which would mean every change
		return none, invalidParameter(name, "is the id of nothing")
	}
	return id, nil
}

// changeTypes reads a list of types with commas in between.
func changeTypes(p parameters) ([]membership.ChangeType, error) {
	text, given, err := p.one("type")
	if err != nil || !given {
		return nil, err
	}
	var types []membership.ChangeType
	for name := range strings.SplitSeq(text, ",") {
		t, err := membership.ParseChangeType(strings.TrimSpace(name))
		if err != nil {
			return nil, invalidParameter("type", detailOf(err))
		}
		types = append(types, t)
	}
	return types, nil
}

// membershipHistory answers with all changes of a membership, also of one that has ended.
func membershipHistory(c *call) (response, error) {
	id, err := pathID(c, "membership", membership.ParseMembershipID, membership.ErrMembershipNotFound)
	if err != nil {
		return response{}, err
	}
	history, err := c.svc.History(c.context(), id)
	if err != nil {
		return response{}, err
	}
	if len(history) == 0 {
		if err := c.mustExist(id); err != nil {
			return response{}, err
		}
	}
	e := c.out
	e.open()
	each(e.name("data"), history, (*encoder).change)
	e.close()
	return response{status: http.StatusOK}, nil
}

// mustExist tells a membership whose changes have been pruned from one that there never was.
func (c *call) mustExist(id membership.MembershipID) error {
	found, err := c.svc.Memberships(c.context(), membership.Scope{All: true}, membership.Query{
		Filter: membership.All(membership.Eq(membership.AttrID, membership.IDValue(id.UUID))), Limit: -1,
	})
	if err == nil && found.Total == 0 {
		err = membership.ErrMembershipNotFound
	}
	return err
}

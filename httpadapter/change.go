package httpadapter

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

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

type changeJSON struct {
	Sequence            int64   `json:"sequence"`
	Type                string  `json:"type"`
	Time                string  `json:"time"`
	Actor               *string `json:"actor"`
	Cause               string  `json:"cause"`
	RequestID           *string `json:"request_id"`
	AccountID           *string `json:"account_id"`
	AccountMemberID     *string `json:"account_member_id"`
	AccountMembershipID *string `json:"account_membership_id"`
	Before              any     `json:"before"`
	After               any     `json:"after"`
}

func (c *call) change(ch membership.Change) changeJSON {
	return changeJSON{
		Sequence:            ch.Sequence,
		Type:                string(ch.Type),
		Time:                membership.TimeValue(ch.Time).String(),
		Actor:               orNull(ch.Actor),
		Cause:               string(ch.Cause),
		RequestID:           orNull(ch.RequestID),
		AccountID:           idOrNull(ch.AccountID),
		AccountMemberID:     idOrNull(ch.MemberID),
		AccountMembershipID: idOrNull(ch.MembershipID),
		Before:              c.image(ch.Before),
		After:               c.image(ch.After),
	}
}

func idOrNull(id interface {
	IsZero() bool
	fmt.Stringer
},
) *string {
	if id.IsZero() {
		return nil
	}
	s := id.String()
	return &s
}

// image shows a row as its own route does, without what the row does not know: an account's tags and the accounts
// above its parent, and a field's flow.
func (c *call) image(image membership.Image) any {
	switch row := image.(type) {
	case membership.Account:
		return c.account(row)
	case membership.Member:
		return c.member(row)
	case membership.Membership:
		return c.membershipOfAccount(row)
	case membership.Tag:
		return c.tag(row)
	case membership.Settings:
		return settingsImageOf(row)
	case membership.PasswordProfile:
		return c.profile(row)
	case membership.Login:
		return c.login(row)
	case membership.Flow:
		return c.flow(row)
	case membership.Field:
		return c.bareField(row)
	}
	return nil
}

// settingsImage is both of the API's settings in one, because they change together.
type settingsImage struct {
	Type               string `json:"type"`
	MembershipLimit    int    `json:"membership_limit"`
	SelfSignup         bool   `json:"enable_self_signup"`
	AutoCreateAccounts bool   `json:"auto_create_account_for_account_members"`
	SelfManagement     string `json:"account_member_self_management"`
	TokenTimeout       int64  `json:"account_management_authentication_token_timeout_secs"`
}

func settingsImageOf(s membership.Settings) settingsImage {
	return settingsImage{
		Type:               settingsType,
		MembershipLimit:    s.MembershipLimit,
		SelfSignup:         s.SelfSignup,
		AutoCreateAccounts: s.AutoCreateAccounts,
		SelfManagement:     string(s.SelfManagement),
		TokenTimeout:       int64(s.TokenTimeout / time.Second),
	}
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

type changesJSON struct {
	Data []changeJSON `json:"data"`
	Meta *changesMeta `json:"meta,omitempty"`
}

type changesMeta struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

func (c *call) changes(all []membership.Change) []changeJSON {
	data := make([]changeJSON, 0, len(all))
	for _, ch := range all {
		data = append(data, c.change(ch))
	}
	return data
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
	body := changesJSON{c.changes(page.Changes), &changesMeta{page.First, page.Last}}
	return response{status: http.StatusOK, body: body}, nil
}

// changeQuery reads what changes are asked for. It reports every fault at once.
func (c *call) changeQuery() (membership.ChangeQuery, error) {
	p, err := c.parameters()
	if err != nil {
		return membership.ChangeQuery{}, err
	}
	unknown := p.only("after", "limit", "account_id", "account_member_id", "account_membership_id", "type")
	begin := "after"
	if id := c.request.Header.Values(lastEventIDHeader); len(id) > 0 && id[0] != "" && c.wantsEvents() {
		begin, p.Values[lastEventIDHeader] = lastEventIDHeader, id // where a stream broke off counts, not where it began
	}
	after, afterErr := p.number(begin, 0)
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
	return response{status: http.StatusOK, body: changesJSON{Data: c.changes(history)}}, nil
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

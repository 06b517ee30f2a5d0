package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/sqlitestore"
)

const rosterServer = "roster"

// serveRoster serves roster on a new file with the world in it, or on a file that is there.
func serveRoster(s serving) (served, error) {
	if s.File == "" {
		opened, err := newRoster(s.Dir, s.World)
		if err != nil {
			return nil, err
		}
		return rosterServing{opened}, nil
	}
	st, err := sqlitestore.Open(s.File, sqlitestore.Options{})
	if err != nil {
		return nil, err
	}
	return rosterServing{&service{Service: roster.New(st, roster.Options{}), store: st}}, nil
}

// rosterServing is roster behind its HTTP adapter.
type rosterServing struct{ *service }

// Handler implements served.
func (s rosterServing) Handler() (http.Handler, error) {
	return httpadapter.New(s.Service, httpadapter.Options{AllowAnonymous: true}), nil
}

// IDs implements served.
func (s rosterServing) IDs() (accounts, members []string) {
	for _, id := range s.accounts {
		accounts = append(accounts, id.String())
	}
	for _, id := range s.members {
		members = append(members, id.String())
	}
	return accounts, members
}

// rosterAPI is roster's side of HTTP.
type rosterAPI struct{}

func (rosterAPI) join(account, member string) (path, body string) {
	return "/v2/accounts/" + account + "/account-memberships",
		`{"data":{"type":"account_membership","account_member_id":"` + member + `"}}`
}

func (rosterAPI) list(account string, offset int, withMembers bool) string {
	path := fmt.Sprintf("/v2/accounts/%s/account-memberships?page%%5Blimit%%5D=%d&page%%5Boffset%%5D=%d", account, pageSize, offset)
	if withMembers {
		path += "&include=account_members"
	}
	return path
}

func (rosterAPI) page(body []byte) (page, error) {
	var answer struct {
		Data []json.RawMessage
		Meta struct{ Results struct{ Total int } }

		Included struct {
			Members []json.RawMessage `json:"account_members"`
		}
	}
	err := json.Unmarshal(body, &answer)
	return page{len(answer.Data), len(answer.Included.Members), answer.Meta.Results.Total}, err
}

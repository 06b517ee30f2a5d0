package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

const (
	pocketBaseServer        = "pocketbase"
	pocketBaseServerIndexed = "pocketbase with indexes by time"
)

// pocketBaseServing is PocketBase behind its own API, which holds the two limits, too.
type pocketBaseServing struct{ *pocketBase }

func servePocketBase(s serving) (served, error) {
	p, err := newPocketBase(s.Dir, s.World, s.Contender == pocketBaseServerIndexed)
	return pocketBaseServing{p}, err
}

// Handler implements served.
func (p pocketBaseServing) Handler() (http.Handler, error) {
	p.OnRecordCreateRequest(p.collection.Name).BindFunc(func(e *core.RecordRequestEvent) error {
		outside := e.App
		defer func() { e.App = outside }()
		return outside.RunInTransaction(func(tx core.App) error {
			e.App = tx
			if err := p.checkLimits(tx, e.Record); errors.Is(err, errRefused) {
				return e.BadRequestError(err.Error(), nil)
			} else if err != nil {
				return err
			}
			return e.Next()
		})
	})
	router, err := apis.NewRouter(p.App)
	if err != nil {
		return nil, err
	}
	return router.BuildMux()
}

// IDs implements served.
func (p pocketBaseServing) IDs() (accounts, members []string) { return p.accounts, p.members }

// pocketBaseAPI is PocketBase's side of HTTP.
type pocketBaseAPI struct{}

const pocketBaseRecords = "/api/collections/memberships/records"

func (pocketBaseAPI) join(account, member string) (path, body string) {
	return pocketBaseRecords, `{"account":"` + account + `","member":"` + member + `"}`
}

func (pocketBaseAPI) list(account string, offset int, withMembers bool) string {
	path := fmt.Sprintf("%s?filter=(account%%3D'%s')&sort=-created&perPage=%d&page=%d", pocketBaseRecords, account, pageSize, offset/pageSize+1)
	if withMembers {
		path += "&expand=member"
	}
	return path
}

func (pocketBaseAPI) page(body []byte) (page, error) {
	var answer struct {
		TotalItems int
		Items      []struct {
			Expand struct{ Member json.RawMessage }
		}
	}
	err := json.Unmarshal(body, &answer)
	p := page{rows: len(answer.Items), total: answer.TotalItems}
	for _, item := range answer.Items {
		if len(item.Expand.Member) > 0 {
			p.members++
		}
	}
	return p, err
}

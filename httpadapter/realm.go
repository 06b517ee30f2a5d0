package httpadapter

import (
	"net/http"
	"strings"
)

// There is one authentication realm: that of the account members. Its id, and that of the settings which name it, are
// the same everywhere.
const (
	realmType    = "authentication_realm"
	realmID      = "c1a85157-4f4b-543b-a2c3-9b92891f8e78"
	realmsPath   = "/v2/authentication-realms"
	realmPath    = realmsPath + "/" + realmID
	realmPattern = realmsPath + "/{realm}"
)

var realmNotFound = &fault{
	status: http.StatusNotFound,
	code:   "realm_not_found",
	detail: "authentication realm not found",
}

// inRealm puts routes below the realm.
func inRealm(routes ...route) []route {
	all := make([]route, len(routes))
	for i, inner := range routes {
		all[i] = inner
		all[i].path = realmPattern + inner.path
		all[i].serve = func(c *call) (response, error) {
			if !strings.EqualFold(c.request.PathValue("realm"), realmID) {
				return response{}, realmNotFound
			}
			return inner.serve(c)
		}
	}
	return all
}

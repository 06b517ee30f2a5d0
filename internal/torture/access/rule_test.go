package access_test

import "github.com/roster-go/roster/membership"

// rule is who may use a route.
type rule string

const (
	everybody rule = "everybody"
	reads     rule = "who may read"
	writes    rule = "who may write"
)

// needs is the scope that a rule asks for.
func (r rule) needs() membership.Scopes {
	return map[rule]membership.Scopes{everybody: 0, reads: membership.ScopeRead, writes: membership.ScopeWrite}[r]
}

// apiRules, consoleRules and operationsRules say for every route who may use it. A route that is not here fails the tests:
// decide who may, and write it down.
var apiRules = map[string]rule{
	"POST /v2/accounts":                                                         writes,
	"GET /v2/accounts":                                                          reads,
	"GET /v2/accounts/{account}":                                                reads,
	"PUT /v2/accounts/{account}":                                                writes,
	"DELETE /v2/accounts/{account}":                                             writes,
	"GET /v2/accounts/{account}/relationships/account-tags":                     reads,
	"POST /v2/accounts/{account}/relationships/account-tags":                    writes,
	"DELETE /v2/accounts/{account}/relationships/account-tags":                  writes,
	"POST /v2/account-tags":                                                     writes,
	"GET /v2/account-tags":                                                      reads,
	"GET /v2/account-tags/{tag}":                                                reads,
	"PUT /v2/account-tags/{tag}":                                                writes,
	"DELETE /v2/account-tags/{tag}":                                             writes,
	"POST /v2/account-members":                                                  writes,
	"GET /v2/account-members":                                                   reads,
	"GET /v2/account-members/{member}":                                          reads,
	"PUT /v2/account-members/{member}":                                          writes,
	"DELETE /v2/account-members/{member}":                                       writes,
	"POST /v2/accounts/{account}/account-memberships":                           writes,
	"GET /v2/accounts/{account}/account-memberships":                            reads,
	"GET /v2/accounts/{account}/account-memberships/unassigned-account-members": reads,
	"GET /v2/accounts/{account}/account-memberships/{membership}":               reads,
	"PUT /v2/accounts/{account}/account-memberships/{membership}":               writes,
	"DELETE /v2/accounts/{account}/account-memberships/{membership}":            writes,
	"GET /v2/account-members/{member}/account-memberships":                      reads,
	"POST /v2/flows":                                                            writes,
	"GET /v2/flows":                                                             reads,
	"GET /v2/flows/{flow}":                                                      reads,
	"PUT /v2/flows/{flow}":                                                      writes,
	"DELETE /v2/flows/{flow}":                                                   writes,
	"GET /v2/flows/{flow}/fields":                                               reads,
	"POST /v2/fields":                                                           writes,
	"GET /v2/fields":                                                            reads,
	"GET /v2/fields/{field}":                                                    reads,
	"PUT /v2/fields/{field}":                                                    writes,
	"DELETE /v2/fields/{field}":                                                 writes,
	"GET /v2/settings/account-membership":                                       reads,
	"PUT /v2/settings/account-membership":                                       writes,
	"GET /v2/settings/account-authentication":                                   reads,
	"PUT /v2/settings/account-authentication":                                   writes,
	"POST /v2/authentication-realms/{realm}/user-authentication-info":           writes,
	"GET /v2/authentication-realms/{realm}/user-authentication-info":            reads,
	"GET /v2/authentication-realms/{realm}/user-authentication-info/{user}":     reads,
	"PUT /v2/authentication-realms/{realm}/user-authentication-info/{user}":     writes,
	"DELETE /v2/authentication-realms/{realm}/user-authentication-info/{user}":  writes,
	"POST /v2/authentication-realms/{realm}/password-profiles":                  writes,
	"GET /v2/authentication-realms/{realm}/password-profiles":                   reads,
	"GET /v2/authentication-realms/{realm}/password-profiles/{profile}":         reads,
	"PUT /v2/authentication-realms/{realm}/password-profiles/{profile}":         writes,
	"DELETE /v2/authentication-realms/{realm}/password-profiles/{profile}":      writes,
	"POST /v2/authentication-realms/{realm}/user-authentication-info/{user}/user-authentication-password-profile-info":           writes,
	"GET /v2/authentication-realms/{realm}/user-authentication-info/{user}/user-authentication-password-profile-info":            reads,
	"GET /v2/authentication-realms/{realm}/user-authentication-info/{user}/user-authentication-password-profile-info/{login}":    reads,
	"PUT /v2/authentication-realms/{realm}/user-authentication-info/{user}/user-authentication-password-profile-info/{login}":    writes,
	"DELETE /v2/authentication-realms/{realm}/user-authentication-info/{user}/user-authentication-password-profile-info/{login}": writes,
	"GET /v1/changes": reads,
	"GET /v1/account-memberships/{membership}/history": reads,
	"POST /oauth/access_token":                         everybody,
	"GET /openapi.yaml":                                everybody,
}

var consoleRules = map[string]rule{
	"GET /console":                                                     reads,
	"GET /console/{$}":                                                 reads,
	"GET /console/accounts":                                            reads,
	"POST /console/accounts":                                           writes,
	"GET /console/accounts/new":                                        writes,
	"GET /console/accounts/{account}":                                  reads,
	"POST /console/accounts/{account}":                                 writes,
	"GET /console/accounts/{account}/edit":                             writes,
	"GET /console/accounts/{account}/delete":                           writes,
	"POST /console/accounts/{account}/delete":                          writes,
	"POST /console/accounts/{account}/tags":                            writes,
	"POST /console/accounts/{account}/tags/{tag}/remove":               writes,
	"GET /console/accounts/{account}/add":                              writes,
	"GET /console/accounts/{account}/add/{member}":                     writes,
	"POST /console/accounts/{account}/memberships":                     writes,
	"GET /console/accounts/{account}/memberships/{membership}":         reads,
	"POST /console/accounts/{account}/memberships/{membership}":        writes,
	"GET /console/accounts/{account}/memberships/{membership}/remove":  writes,
	"POST /console/accounts/{account}/memberships/{membership}/remove": writes,
	"GET /console/members":                                             reads,
	"POST /console/members":                                            writes,
	"GET /console/members/new":                                         writes,
	"GET /console/members/{member}":                                    reads,
	"POST /console/members/{member}":                                   writes,
	"GET /console/members/{member}/edit":                               writes,
	"GET /console/members/{member}/delete":                             writes,
	"POST /console/members/{member}/delete":                            writes,
	"GET /console/fields":                                              reads,
	"POST /console/fields":                                             writes,
	"GET /console/fields/new":                                          writes,
	"POST /console/fields/{field}":                                     writes,
	"GET /console/fields/{field}/edit":                                 writes,
	"GET /console/fields/{field}/delete":                               writes,
	"POST /console/fields/{field}/delete":                              writes,
	"GET /console/settings":                                            reads,
	"GET /console/changes":                                             reads,
	"GET /console/changes/events":                                      reads,
	"GET /console/sign-in":                                             everybody,
	"POST /console/sign-in":                                            everybody,
	"POST /console/sign-out":                                           everybody,
	"GET /console/assets/{name}":                                       everybody,
	"POST /console/settings":                                           writes,
	"GET /console/import":                                              writes,
	"POST /console/import":                                             writes,
	"GET /console/import/{upload}":                                     writes,
	"POST /console/import/{upload}":                                    writes,
	"POST /console/import/{upload}/discard":                            writes,
}

// Who reaches the address of metrics and profiles may read all of it: what guards it is where it listens.
var operationsRules = map[string]rule{
	"GET /metrics":             everybody,
	"GET /debug/pprof/":        everybody,
	"GET /debug/pprof/profile": everybody,
	"GET /debug/pprof/symbol":  everybody,
	"GET /debug/pprof/trace":   everybody,
	"GET /healthz":             everybody,
	"GET /readyz":              everybody,
}

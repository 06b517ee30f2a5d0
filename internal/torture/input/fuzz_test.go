package input_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
)

// queried are the lists that FuzzQuery asks.
var queried = []string{"/v2/account-members", "/v2/accounts", "/v2/account-tags", "/v2/fields", "/v2/accounts/ACCOUNT/account-memberships", "/v2/account-members/MEMBER/account-memberships",
	"/v2/accounts/ACCOUNT/account-memberships/unassigned-account-members", realm + "/password-profiles", "/v1/changes"}

// FuzzQuery: whatever a query string says, a list is answered by SQLite as it is from memory, byte for byte but for ids, or both
// refuse it alike.
func FuzzQuery(f *testing.F) {
	var sites []*site
	for _, name := range []string{"memory", "SQLite"} {
		st := engines[name](f)
		f.Cleanup(func() { must(f, st.Close()) })
		s := newSite(f, st, &outcomes{})
		s.number = 1000
		for i, text := range torture.Texts {
			if i%3 != 0 {
				continue
			}
			for _, path := range []string{"/v2/account-members", "/v2/accounts", "/v2/account-tags"} {
				data := s.body(path)
				data["name"] = text
				if data["note"] != nil {
					data["note"] = torture.Texts[(i+7)%len(torture.Texts)]
				}
				s.send(http.MethodPost, path, document(f, data))
			}
		}
		for range 3 {
			s.create("/v2/accounts/ACCOUNT/account-memberships")
		}
		sites = append(sites, s)
	}
	for i := range queried {
		for j, text := range torture.Texts {
			if (i+j)%9 == 0 {
				f.Add(uint8(i), "filter="+queryEscape(membership.Like("name", text).String())+"&sort=-created_at&page[limit]=2")
				f.Add(uint8(i), "filter="+queryEscape(membership.Eq("note", membership.StringValue(text)).String())+"&sort=note")
			}
		}
		for _, query := range []string{"", "page[limit]=0", "page[offset]=1&page[limit]=1", "sort=name&sort=id", "include=account_members,account_tags", "filter=is_null(note)", "filter=gt(note,a)",
			"filter=in(note,a,'',%22%22)", "filter=(ilike(name,*A*)|like(email,x*)):lt(created_at,2030-01-01)", "%zz", "filter=eq(name,a;b)", "after=1&limit=2", "type=account.created"} {
			f.Add(uint8(i), query)
		}
	}
	f.Fuzz(func(t *testing.T, list uint8, query string) {
		var first []byte
		for i, s := range sites {
			r := httptest.NewRequest(http.MethodGet, s.filled(queried[int(list)%len(queried)]), nil)
			r.URL.RawQuery = strings.ToValidUTF8(query, "%ff")
			rec := httptest.NewRecorder()
			s.handler.ServeHTTP(rec, r)
			if rec.Code >= http.StatusInternalServerError {
				t.Fatalf("%q is answered with %d: %s", query, rec.Code, rec.Body)
			}
			answer := anyID.ReplaceAll(rec.Body.Bytes(), []byte("ID"))
			if i > 0 && !bytes.Equal(answer, first) {
				t.Errorf("%q is answered with\n%s and\n%s", query, first, answer)
			}
			first = answer
		}
	})
}

// queryEscape leaves as it is what a query string may hold, so that fuzzing has texts to work with.
func queryEscape(text string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B").Replace(text)
}

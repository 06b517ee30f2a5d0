package httpadapter

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/roster-go/roster/membership"
)

// An implicit token allows nothing. It is kept nowhere and signed by nobody: it says itself whom it was issued to and
// until when, and forging one gains nothing. It differs from every other token by its dots.
const implicitPrefix = "implicit."

func (a *TokenAuthority) issueImplicit(r *http.Request, req tokenRequest) (issuedToken, error) {
	client, err := a.known(r, req.clientID)
	if err != nil {
		return issuedToken{}, err
	}
	expires := a.clock().Add(a.life)
	token := implicitPrefix + strconv.FormatInt(expires.Unix(), 10) + "." +
		base64.RawURLEncoding.EncodeToString([]byte(client.ClientID))
	return issuedToken{req.grant, token, a.life, expires}, nil
}

func parseImplicit(token string) (t membership.Token, ok bool) {
	rest, ok := strings.CutPrefix(token, implicitPrefix)
	if !ok {
		return t, false
	}
	expires, client, _ := strings.Cut(rest, ".")
	unix, err := strconv.ParseInt(expires, 10, 64)
	if err != nil {
		return t, false
	}
	id, err := base64.RawURLEncoding.DecodeString(client)
	return membership.Token{ClientID: string(id), ExpiresAt: time.Unix(unix, 0)}, err == nil
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// signIn is how a client shows who it is.
type signIn struct {
	id, secret string // to get a token with
	token      string // which was given, or got
}

// again reports whether there may be another token than the one that was refused.
func (s *signIn) again() bool {
	if s.id == "" || s.token == "" {
		return false
	}
	s.token = ""
	return true
}

// ErrSignIn says that the server does not know the credentials.
var ErrSignIn = errors.New("the client id or the client secret is wrong")

// token is what requests are sent with: none within the process, and for whoever has nothing to show.
func (c *Client) token(ctx context.Context) (string, error) {
	if c.signIn.token != "" || c.signIn.id == "" {
		return c.signIn.token, nil
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.signIn.id}, "client_secret": {c.signIn.secret}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/oauth/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("User-Agent", c.agent)
	res, err := c.answer(req)
	if refused, ok := errors.AsType[*Error](err); ok && refused.Status == http.StatusUnauthorized {
		return "", ErrSignIn
	}
	if err != nil {
		return "", err
	}
	defer res.Body.Close() //nolint:errcheck // it has been read
	var issued struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&issued); err != nil || issued.Token == "" {
		return "", &StrangeError{c.base, res.StatusCode, "it issues no token"}
	}
	c.signIn.token = issued.Token
	return issued.Token, nil
}

package console

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

const (
	sessionCookie = "roster_console"
	// visitCookie stands for the session of those who are about to sign in: their form token is made of it.
	visitCookie = "roster_console_visit"

	formTokenName = "console.token"

	signInPath  = "/sign-in"
	signOutPath = "/sign-out"
)

var sessionRoutes = []route{
	{method: http.MethodGet, path: signInPath, serve: askSignIn},
	{method: http.MethodPost, path: signInPath, serve: signIn},
	{method: http.MethodPost, path: signOutPath, serve: signOut},
}

// session is who is signed in.
type session struct {
	token   string
	subject string
	scopes  membership.Scopes
}

// identify finds out who sends a request, or answers [httpadapter.ErrUnauthenticated].
func (c *Console) identify(r *http.Request) (session, error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, httpadapter.ErrUnauthenticated
	}
	who, err := c.tokens.Identify(r, cookie.Value)
	if err != nil {
		return session{}, err
	}
	return session{cookie.Value, who.Subject, who.Scopes}, nil
}

// formToken is what a form has to send along: nobody can make it who does not know the cookie that it is made of.
func formToken(cookie string) string {
	if cookie == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("roster console form\n" + cookie))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// formToken is the token of the forms that this request's answer shows.
func (c *call) formToken() string {
	if c.session.token != "" {
		return formToken(c.session.token)
	}
	cookie, err := c.r.Cookie(visitCookie)
	if err != nil {
		return ""
	}
	return formToken(cookie.Value)
}

// checkFormToken refuses a form that was not made for this session.
func (c *call) checkFormToken(got string) error {
	want := c.formToken()
	if want == "" || subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return errFormToken
	}
	return nil
}

// cookie is a cookie of the console's, which no other site and no script gets to see.
func (c *call) cookie(name, value string, expires time.Time) *http.Cookie {
	//nolint:gosec // Secure is decided for each request: over plain HTTP on one's own machine the cookie would be lost
	return &http.Cookie{Name: name, Value: value, Path: Path, Expires: expires, HttpOnly: true,
		Secure: c.console.opts.IsSecure(c.r), SameSite: http.SameSiteStrictMode}
}

// forget tells the browser to drop a cookie.
func (c *call) forget(name string) {
	gone := c.cookie(name, "", time.Time{}) //nolint:gosec // see cookie
	gone.MaxAge = -1
	http.SetCookie(c.w, gone)
}

// signInPage is the page's own data.
type signInPage struct {
	Form *form
	Next string
}

func newSignInForm() *form {
	return newForm(
		&input{Name: "client_id", Label: "Client id", Autocomplete: "username", Required: true},
		&input{Name: "client_secret", Label: "Client secret", Kind: kindPassword, Autocomplete: "current-password", Required: true},
	)
}

func askSignIn(c *call) error {
	next := localPath(c.query.Get("next"))
	if c.session.token != "" {
		return c.redirect(next)
	}
	return c.showSignIn(http.StatusOK, newSignInForm(), next)
}

// showSignIn asks for credentials. It gives the browser the cookie that the form token is made of, unless it has one.
func (c *call) showSignIn(status int, f *form, next string) error {
	c.session = session{}
	if c.formToken() == "" {
		made := c.cookie(visitCookie, rand.Text(), time.Time{})
		http.SetCookie(c.w, made)
		c.r.AddCookie(made)
	}
	return c.show(status, "signin", page{Title: "Sign in", Body: signInPage{f, next}})
}

func signIn(c *call) error {
	f, next := newSignInForm(), localPath(c.form.Get("next"))
	f.read(c.form)
	id, secret := strings.TrimSpace(f.value("client_id")), strings.TrimSpace(f.value("client_secret"))
	f.input("client_secret").Value = ""
	if id == "" || secret == "" {
		f.Error = "Both the client id and the client secret are needed."
		return c.showSignIn(http.StatusUnprocessableEntity, f, next)
	}
	grant, err := c.console.tokens.SignIn(c.r, id, secret)
	if many, ok := errors.AsType[*httpadapter.TooManyFailures](err); ok {
		c.failed("too_many_failures")
		c.retryAfter(many.Wait)
		f.Error = sentence(many.Error())
		return c.showSignIn(http.StatusTooManyRequests, f, next)
	}
	if errors.Is(err, membership.ErrCredentialNotFound) {
		status, code, detail := httpadapter.Status(err)
		c.failed(code)
		f.Error = sentence(detail)
		return c.showSignIn(status, f, next)
	}
	if err != nil {
		return err
	}
	http.SetCookie(c.w, c.cookie(sessionCookie, grant.Token, grant.ExpiresAt))
	c.forget(visitCookie)
	return c.redirect(next)
}

// signOut ends the session everywhere: its token is worthless afterwards, for the API and other servers on the database too.
func signOut(c *call) error {
	if token := c.session.token; token != "" {
		if err := c.svc.RevokeToken(c.ctx(), token); err != nil && !errors.Is(err, membership.ErrTokenNotFound) {
			return err
		}
		c.console.uploads.dropOf(formToken(token))
	}
	c.forget(sessionCookie)
	return c.redirect(Path + signInPath + "?done=signed-out")
}

// localPath is where to go after signing in: a page of the console, whatever was asked for.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || path.Clean(u.Path) != u.Path ||
		!strings.HasPrefix(u.Path, Path+"/") || strings.HasPrefix(u.Path, Path+signInPath) {
		return Path + "/accounts"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

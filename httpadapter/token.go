package httpadapter

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// The defaults of [TokenOptions].
const (
	DefaultTokenLife     = time.Hour
	DefaultMaxFailures   = 20
	DefaultFailureWindow = time.Minute
)

// Client is a client that the program knows from its configuration rather than from the store.
type Client struct {
	ID     string
	Secret string            // with an empty one the client cannot sign in
	Scopes membership.Scopes // the zero value allows nothing
}

// TokenOptions configure a [TokenAuthority]. The zero value knows the credentials in the store and no others.
type TokenOptions struct {
	// Clients are known beside the credentials in the store. Their secrets are kept in memory only, as hashes. Of two
	// with the same ID the last one counts.
	Clients []Client

	// Life is how long a token is good for; 0 or less means [DefaultTokenLife].
	Life time.Duration

	// MaxFailures is how many refused requests for tokens one address may send within FailureWindow before everything
	// from it is answered with 429 until the window ends; 0 or less means [DefaultMaxFailures].
	MaxFailures int

	// FailureWindow is how long failures count; 0 or less means [DefaultFailureWindow].
	FailureWindow time.Duration

	// TrustForwarded takes the client's address from the last entry of X-Forwarded-For. Set it only behind a proxy that
	// appends the address it sees.
	TrustForwarded bool

	// Clock tells the time for failures and for implicit tokens; nil means time.Now.
	Clock func() time.Time

	// Logger gets the cause of every answer with status 500; nil means slog.Default().
	Logger *slog.Logger
}

// TokenAuthority issues access tokens to clients and recognises them again. It is the handler of
// POST /oauth/access_token, whatever path it is served at, and an [Authenticator].
//
// A token is refused from the moment when its client is no longer known: neither among the Clients of the options nor
// among the credentials in the store. It never allows more than its client may at the time of the request.
type TokenAuthority struct {
	svc      *roster.Service
	clients  map[string]membership.Credential
	life     time.Duration
	clock    func() time.Time
	failures *failures
	trust    bool
	answer   answerer
}

// NewTokenAuthority returns the authority that keeps its tokens in svc.
func NewTokenAuthority(svc *roster.Service, opts TokenOptions) *TokenAuthority {
	a := &TokenAuthority{
		svc:     svc,
		clients: map[string]membership.Credential{},
		life:    positive(opts.Life, DefaultTokenLife),
		clock:   opts.Clock,
		trust:   opts.TrustForwarded,
		answer:  answerer{log: opts.Logger},
	}
	if a.clock == nil {
		a.clock = time.Now
	}
	for _, c := range opts.Clients {
		a.clients[c.ID] = c.credential()
	}
	a.failures = newFailures(
		positive(opts.MaxFailures, DefaultMaxFailures),
		positive(opts.FailureWindow, DefaultFailureWindow),
	)
	return a
}

// credential is the client without its secret.
func (c Client) credential() membership.Credential {
	credential := membership.Credential{ClientID: c.ID, Scopes: c.Scopes}
	if c.Secret != "" {
		credential.SecretHash = membership.HashSecret(c.Secret)
	}
	return credential
}

func positive[N int | time.Duration](n, otherwise N) N {
	if n > 0 {
		return n
	}
	return otherwise
}

const tokenPath = "/oauth/access_token"

// routes are those that an adapter with this authority has; none without one.
func (a *TokenAuthority) routes() []route {
	if a == nil {
		return nil
	}
	return []route{{http.MethodPost, tokenPath, 0, a.grant}}
}

// ServeHTTP answers a request for a token.
func (a *TokenAuthority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.answer.serve(w, r, func(c *call) (response, error) {
		if r.Method != http.MethodPost {
			return response{}, methodNotAllowed(http.MethodPost)
		}
		return a.grant(c)
	})
}

// grant answers one request for a token, unless too many from the same address failed.
func (a *TokenAuthority) grant(c *call) (response, error) {
	w, r := c.writer, c.request
	address := a.guesser(r)
	if wait := a.failures.wait(address, a.clock()); wait > 0 {
		return response{}, tooManyFailures(wait)
	}
	req, err := readTokenRequest(w, r)
	if err != nil {
		return response{}, err
	}
	issued, err := a.issue(r, req)
	if errors.Is(err, membership.ErrCredentialNotFound) {
		// Why again: many requests that were sent at once must not get more guesses than one after another.
		if wait := a.failures.add(address, a.clock()); wait > 0 {
			return response{}, tooManyFailures(wait)
		}
	}
	if err != nil {
		return response{}, err
	}
	c.out.token(issued)
	return response{status: http.StatusOK}, nil
}

// otherSites finds out which requests a browser sends because a page of another site makes it.
var otherSites http.CrossOriginProtection

// guesser is whose failures count together: those who share an address. What other sites make browsers send there counts by
// itself. Why: any page that somebody looks at could shut out everybody who signs in from the same address.
func (a *TokenAuthority) guesser(r *http.Request) string {
	address := clientNetwork(r, a.trust)
	if otherSites.Check(r) != nil {
		address += " for another site"
	}
	return address
}

func tooManyFailures(wait time.Duration) *fault {
	return &fault{
		status:  http.StatusTooManyRequests,
		code:    "too_many_failures",
		detail:  "too many requests for tokens from this address were refused; try again in " + seconds(wait) + " seconds",
		headers: []header{{"Retry-After", seconds(wait)}},
	}
}

// issuedToken is an access token for who asked for it.
type issuedToken struct {
	grant   string
	token   string
	life    time.Duration
	expires time.Time
}

// token spells an access token as clients expect it.
func (e *encoder) token(t issuedToken) {
	e.open()
	e.name("access_token").text(t.token)
	e.name("token_type").text("Bearer")
	e.name("expires_in").number(int64(t.life / time.Second))
	e.name("expires").number(t.expires.Unix())
	e.name("identifier").text(t.grant)
	e.close()
}

// issue makes the token that is asked for. It answers [membership.ErrCredentialNotFound] to a client that is unknown or
// has another secret.
func (a *TokenAuthority) issue(r *http.Request, req tokenRequest) (issuedToken, error) {
	if req.grant == grantImplicit {
		return a.issueImplicit(r, req)
	}
	client, err := a.check(r, req)
	if err != nil {
		return issuedToken{}, err
	}
	t, token, err := a.svc.As(client.ClientID).IssueToken(r.Context(), client.ClientID, client.Scopes, a.life)
	if err != nil {
		return issuedToken{}, err
	}
	return issuedToken{req.grant, token, a.life, t.ExpiresAt}, nil
}

// check finds the client that has the id and the secret of one of the request's candidates.
func (a *TokenAuthority) check(r *http.Request, req tokenRequest) (membership.Credential, error) {
	err := membership.ErrCredentialNotFound
	for _, s := range req.candidates {
		client, checkErr := a.checkOne(r, s)
		if checkErr == nil {
			return client, nil
		}
		if !errors.Is(checkErr, membership.ErrCredentialNotFound) {
			err = checkErr
		}
	}
	return membership.Credential{}, err
}

func (a *TokenAuthority) checkOne(r *http.Request, s idAndSecret) (membership.Credential, error) {
	client, static := a.clients[s.clientID]
	if !static {
		return a.svc.CheckCredential(r.Context(), s.clientID, s.secret)
	}
	noSecret := client.SecretHash == membership.SecretHash{}
	if noSecret || !client.SecretHash.Equal(membership.HashSecret(s.secret)) {
		return membership.Credential{}, membership.ErrCredentialNotFound
	}
	return client, nil
}

// known finds a client by its id.
func (a *TokenAuthority) known(r *http.Request, clientID string) (membership.Credential, error) {
	if client, static := a.clients[clientID]; static {
		return client, nil
	}
	return a.svc.Credential(r.Context(), clientID)
}

// Authenticate recognises the bearer token of a request.
func (a *TokenAuthority) Authenticate(r *http.Request) (Identity, error) {
	token := BearerToken(r)
	if token == "" {
		return Identity{}, ErrUnauthenticated
	}
	t, err := a.recognise(r, token)
	if err != nil {
		return Identity{}, unauthenticated(err)
	}
	client, err := a.known(r, t.ClientID)
	if err != nil {
		return Identity{}, unauthenticated(err)
	}
	return Identity{Subject: t.ClientID, Scopes: t.Scopes & client.Scopes}, nil
}

func (a *TokenAuthority) recognise(r *http.Request, token string) (membership.Token, error) {
	if t, ok := parseImplicit(token); ok {
		if t.Expired(a.clock()) {
			return t, membership.ErrTokenNotFound
		}
		return t, nil
	}
	return a.svc.CheckToken(r.Context(), token)
}

// unauthenticated makes an unknown token or client a matter of signing in; other errors stay what they are.
func unauthenticated(err error) error {
	if errors.Is(err, membership.ErrTokenNotFound) || errors.Is(err, membership.ErrCredentialNotFound) {
		return ErrUnauthenticated
	}
	return err
}

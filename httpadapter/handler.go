package httpadapter

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/roster-go/roster"
)

// DefaultMaxBodyBytes is how large a request's body may be unless configured otherwise.
const DefaultMaxBodyBytes = 1 << 20

// Options configure a [Handler]. The zero value refuses every request but those for the document.
type Options struct {
	// Authenticator finds out who sends a request. nil means Tokens; when that is nil, too, every request is
	// refused with 401 unless AllowAnonymous says otherwise.
	Authenticator Authenticator

	// Tokens is served at /oauth/access_token, and is the Authenticator unless another one is given. nil means that
	// there is no such route.
	Tokens *TokenAuthority

	// AllowAnonymous lets everybody do everything where there is neither Authenticator nor Tokens. It is meant for
	// tests and for programs that check every request in front of the handler.
	AllowAnonymous bool

	// BaseURL is what the links in answers begin with, such as "https://api.example.com/people": everything before
	// "/v2". Empty means that it is taken from each request: scheme, host and Prefix.
	BaseURL string

	// Prefix is the path that http.StripPrefix takes off before the handler, such as "/people"; it is only used in
	// links, and not at all with a BaseURL.
	Prefix string

	// TrustForwarded takes scheme and host of links from X-Forwarded-Proto and X-Forwarded-Host. Set it only behind a
	// proxy that sets these headers itself: else every client can put any host into its links.
	TrustForwarded bool

	// MaxBodyBytes is how large a request's body may be; 0 or less means [DefaultMaxBodyBytes]. A larger one is
	// refused with 413.
	MaxBodyBytes int64

	// Timeout is how long a request may take, event streams left out: whatever it waits for then, another writer or a
	// connection to the database, it waits no longer, and is answered with 503. 0 means as long as its context allows. A
	// [TokenAuthority] that is served by itself has no such limit.
	Timeout time.Duration

	// StreamsEnd ends the event streams of changes when it ends, as a server that shuts down must, because clients keep
	// them for ever. nil means that they go on as long as their requests.
	StreamsEnd context.Context //nolint:containedctx // the handler's life, no request's

	// Observe is told of every request when its answer is known, before the first byte of it is sent, with the writer that
	// ServeHTTP was called with. It is called from any number of goroutines, and must neither write nor keep what it is
	// given. nil means nobody is told.
	Observe func(w http.ResponseWriter, r *http.Request, o Observation)

	// Logger gets the cause of every answer with status 500 or 507, and of those whose outcome is unknown, under its request
	// id. nil means slog.Default().
	Logger *slog.Logger
}

// Handler is the adapter. It holds no state beside that of its Tokens, and starts no goroutines.
type Handler struct {
	svc     *roster.Service
	auth    Authenticator
	tokens  *TokenAuthority
	origin  origin
	limit   int64
	streams streams
	answer  answerer
	mux     *http.ServeMux
}

// New returns the handler that serves svc.
func New(svc *roster.Service, opts Options) *Handler {
	h := &Handler{
		svc:     svc,
		auth:    opts.authenticator(),
		tokens:  opts.Tokens,
		origin:  newOrigin(opts),
		limit:   opts.MaxBodyBytes,
		streams: newStreams(opts),
		answer:  answerer{log: opts.Logger, observe: opts.Observe, timeout: opts.Timeout},
	}
	if h.limit <= 0 {
		h.limit = DefaultMaxBodyBytes
	}
	h.mux = h.newMux()
	return h
}

func (o Options) authenticator() Authenticator {
	switch {
	case o.Authenticator != nil:
		return o.Authenticator
	case o.Tokens != nil:
		return o.Tokens
	case o.AllowAnonymous:
		return AuthenticatorFunc(anybody)
	default:
		return AuthenticatorFunc(nobody)
	}
}

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mux.ServeHTTP(w, withPlainPath(r))
}

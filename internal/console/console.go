package console

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// Path is where the console is: its handler wants every request whose path is this, or begins with it and a slash, with
// the path as it is.
const Path = "/console"

// DefaultMaxUploadBytes is how large a file to be imported may be unless configured otherwise.
const DefaultMaxUploadBytes = 64 << 20

// DefaultMaxHold is how long an import may keep all others from writing unless configured otherwise.
const DefaultMaxHold = 10 * time.Second

// Options configure a [Console]. The zero value knows the credentials in the store and has no page for imports.
type Options struct {
	// Tokens is who signs people in: the one that the API has, so that failed attempts count together. nil means one
	// with the default options.
	Tokens *httpadapter.TokenAuthority

	// AccountLimit is how many memberships an account may have, as in roster.Options, which the service does not tell: 0
	// means [membership.DefaultAccountLimit], below 0 no limit.
	AccountLimit int

	// IsSecure reports whether a request came encrypted, so that the cookie is never sent otherwise. nil means that its
	// own connection is: a program behind a proxy that it trusts looks at X-Forwarded-Proto.
	IsSecure func(r *http.Request) bool

	// StreamsEnd ends the live feeds when it ends, as a server that shuts down must. nil means that they go on as long as
	// their requests.
	StreamsEnd context.Context //nolint:containedctx // the handler's life, no request's

	// Import is what imports a file; nil means that the console has no page for it.
	Import ImportFunc

	// MaxUploadBytes is how large a file to be imported may be; 0 or less means [DefaultMaxUploadBytes].
	MaxUploadBytes int64

	// MaxHold is how long an import may keep all others from writing, which one that is tried, or is to be all rows or none,
	// does from its first row to its end; 0 or less means [DefaultMaxHold]. It should be less than others wait for an answer.
	MaxHold time.Duration

	// SpoolDir is the folder in which uploads wait for their confirmation, at most maxUploads at a time; empty means
	// os.TempDir().
	SpoolDir string

	// Observe is told what is known of a request, before its answer and again when more is, with the writer that the console
	// was given. The route is left empty. nil means that nobody wants to know.
	Observe func(w http.ResponseWriter, r *http.Request, o httpadapter.Observation)

	// Logger gets the cause of every answer with status 500, under its request id. nil means slog.Default().
	Logger *slog.Logger
}

// Console is the handler of everything below [Path].
type Console struct {
	svc     *roster.Service
	opts    Options
	tokens  *httpadapter.TokenAuthority
	pages   pages
	assets  assets
	uploads *uploads
	handler http.Handler
}

// New returns the console of svc. [Console.Close] removes what it has on the disk.
func New(svc *roster.Service, opts Options) *Console {
	c := &Console{svc: svc, opts: opts, tokens: opts.Tokens, assets: loadAssets()}
	if c.tokens == nil {
		c.tokens = httpadapter.NewTokenAuthority(svc, httpadapter.TokenOptions{Logger: opts.Logger})
	}
	if c.opts.AccountLimit == 0 {
		c.opts.AccountLimit = membership.DefaultAccountLimit
	}
	if c.opts.IsSecure == nil {
		c.opts.IsSecure = func(r *http.Request) bool { return r.TLS != nil }
	}
	if c.opts.MaxUploadBytes <= 0 {
		c.opts.MaxUploadBytes = DefaultMaxUploadBytes
	}
	if c.opts.MaxHold <= 0 {
		c.opts.MaxHold = DefaultMaxHold
	}
	if c.opts.Logger == nil {
		c.opts.Logger = slog.Default()
	}
	c.pages = loadPages(c.assets)
	c.uploads = newUploads(opts.SpoolDir, c.opts.MaxUploadBytes)
	c.handler = c.protect(c.newMux())
	return c
}

// ServeHTTP answers a request.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.handler.ServeHTTP(w, r) }

// Close removes uploads that were never confirmed. Nothing should be asked of the console afterwards.
func (c *Console) Close() error { return c.uploads.close() }

// policy allows what comes from the console itself, and nothing that stands within a page.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// protect sets the headers that every answer has, and refuses what another site sends.
func (c *Console) protect(next http.Handler) http.Handler {
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.serve(w, r, func(*call) error { return errCrossOrigin })
	}))
	protected := sameOrigin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		protected.ServeHTTP(w, r)
	})
}

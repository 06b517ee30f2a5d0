package httpadapter

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/roster-go/roster/store"
)

// response is what a handler answers with.
type response struct {
	status  int
	headers []header // beside those that every answer has
	self    span     // of the path of the one resource that it is about
	body    any      // a file or a stream; nil for the JSON that the call has written, or none
}

type header struct{ name, value string }

// file is a body that is sent as it is.
type file struct {
	contentType string
	content     []byte
}

// answerer calls handlers and writes what they return: the one place that writes.
type answerer struct {
	log     *slog.Logger
	observe func(http.ResponseWriter, *http.Request, Observation) // may be nil
	timeout time.Duration                                         // see Options.Timeout
}

// serve answers one request with what act returns, refuses or panics with.
func (a answerer) serve(w http.ResponseWriter, r *http.Request, act func(*call) (response, error)) {
	r, hurry := hurried(r, a.timeout)
	defer hurry.end()
	c := &call{writer: w, request: r, id: requestID(r), out: newEncoder(), hurry: hurry}
	res, err := guarded(c, act)
	if err != nil {
		res = a.refuse(c, err)
	}
	if a.observe != nil {
		a.observe(w, r, c.observation(res))
	}
	set(w.Header(), header{requestIDHeader, c.id}, header{"X-Content-Type-Options", "nosniff"}, header{"Cache-Control", "no-store"})
	set(w.Header(), res.headers...)
	sent := true
	switch body := res.body.(type) {
	case stream:
		a.stream(c, body)
	case file:
		sent = write(w, r, res.status, body)
	default:
		sent = write(w, r, res.status, file{"application/json; charset=utf-8", c.out.line()})
	}
	if sent { // Why not else: over HTTP/2 net/http may go on reading what it failed to write
		c.out.release()
	}
}

// set sets headers, with one allocation for all values.
func set(h http.Header, all ...header) {
	values := make([]string, len(all))
	for i, one := range all {
		values[i] = one.value
		h[http.CanonicalHeaderKey(one.name)] = values[i : i+1 : i+1]
	}
}

// write reports whether nobody needs the body's content any more.
func write(w http.ResponseWriter, r *http.Request, status int, body file) bool {
	if len(body.content) == 0 {
		w.WriteHeader(status)
		return true
	}
	length := strconv.Itoa(len(body.content))
	set(w.Header(), header{"Content-Type", body.contentType}, header{"Content-Length", length})
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return true
	}
	_, err := w.Write(body.content)
	return err == nil // a client that is gone is nobody's fault
}

// refuse makes the answer to an error, in place of whatever was written before, and logs the cause where the client is not
// told it, or the operator has something to mend.
func (a answerer) refuse(c *call, err error) response {
	p := problemOf(err)
	panicked, ok := err.(*panicError) //nolint:errorlint // made a few lines below, never wrapped
	switch {
	case ok:
		a.report(c, err, slog.String("stack", string(panicked.stack)))
	case errors.Is(err, store.ErrStorageFull), errors.Is(err, store.ErrStorageFailed), errors.Is(err, store.ErrOutcomeUnknown):
		a.report(c, err) // also after the request has ended: the disk has failed all the same
	case p.status == http.StatusInternalServerError && c.context().Err() != nil:
		p = problemOf(ending(c.context()))
	case p.status == http.StatusInternalServerError:
		a.report(c, err)
	}
	c.out.reset()
	return c.problem(p)
}

func (a answerer) report(c *call, err error, more ...slog.Attr) {
	log := a.log
	if log == nil {
		log = slog.Default()
	}
	attrs := append([]slog.Attr{
		slog.String("request_id", c.id),
		slog.String("method", c.request.Method),
		slog.String("route", c.request.Pattern),
		slog.String("error", err.Error()),
	}, more...)
	log.LogAttrs(c.context(), slog.LevelError, "request failed", attrs...)
}

// guarded turns a panic into an error, but for the one that asks net/http to drop the connection.
func guarded(c *call, act func(*call) (response, error)) (res response, err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			res, err = response{}, &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return act(c)
}

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

const (
	requestIDHeader    = "X-Request-Id"
	maxRequestIDLength = 128
)

// requestID is the client's own id for the request when it is a sane one, else a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get(requestIDHeader)
	if id == "" || len(id) > maxRequestIDLength || strings.ContainsFunc(id, oddInRequestID) {
		return rand.Text()
	}
	return id
}

// oddInRequestID tells what may not stand in a request id: anything that a log or a header could stumble over.
func oddInRequestID(c rune) bool {
	letterOrDigit := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	return !letterOrDigit && !strings.ContainsRune("-_.:/+=@", c)
}

package httpadapter

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
)

// response is what a handler answers with.
type response struct {
	status int
	header map[string]string // beside those that every answer has
	body   any               // encoded as JSON; nil for none; a file or a stream for what is none of our JSON
}

// file is a body that is sent as it is.
type file struct {
	contentType string
	content     []byte
}

// answerer calls handlers and writes what they return: the one place that writes.
type answerer struct{ log *slog.Logger }

// serve answers one request with what act returns, refuses or panics with.
func (a answerer) serve(w http.ResponseWriter, r *http.Request, act func(id string) (response, error)) {
	id := requestID(r)
	res, err := guarded(func() (response, error) { return act(id) })
	var body file
	if err == nil {
		body, err = encode(res.body)
	}
	if err != nil {
		res = a.refuse(r, id, err)
		body, _ = encode(res.body) // strings and numbers only
	}
	h := w.Header()
	h.Set(requestIDHeader, id)
	h.Set("X-Content-Type-Options", "nosniff")
	for name, value := range res.header {
		h.Set(name, value)
	}
	if s, streams := res.body.(stream); streams {
		a.stream(w, r, id, s)
		return
	}
	write(w, r, res.status, body)
}

func write(w http.ResponseWriter, r *http.Request, status int, body file) {
	if body.content == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", body.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body.content)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.content) // a client that is gone is nobody's fault
	}
}

// refuse makes the answer to an error, and logs the cause of those that the client is not told.
func (a answerer) refuse(r *http.Request, id string, err error) response {
	p := problemOf(err)
	if p.status == http.StatusInternalServerError {
		panicked, ok := err.(*panicError) //nolint:errorlint // made a few lines below, never wrapped
		switch {
		case ok:
			a.report(r, id, err, slog.String("stack", string(panicked.stack)))
		case r.Context().Err() != nil:
			p = problemOf(errRequestEnded)
		default:
			a.report(r, id, err)
		}
	}
	return p.response(id)
}

func (a answerer) report(r *http.Request, id string, err error, more ...slog.Attr) {
	log := a.log
	if log == nil {
		log = slog.Default()
	}
	attrs := append([]slog.Attr{
		slog.String("request_id", id),
		slog.String("method", r.Method),
		slog.String("route", r.Pattern),
		slog.String("error", err.Error()),
	}, more...)
	log.LogAttrs(r.Context(), slog.LevelError, "request failed", attrs...)
}

// guarded turns a panic into an error, but for the one that asks net/http to drop the connection.
func guarded(act func() (response, error)) (res response, err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			res, err = response{}, &panicError{value: v, stack: debug.Stack()}
		}
	}()
	return act()
}

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

func encode(body any) (file, error) {
	switch body := body.(type) {
	case nil, stream:
		return file{}, nil
	case file:
		return body, nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return file{}, fmt.Errorf("encode answer: %w", err)
	}
	return file{"application/json; charset=utf-8", b.Bytes()}, nil
}

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

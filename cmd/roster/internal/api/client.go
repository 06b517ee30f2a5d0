package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client sends requests, one at a time.
type Client struct {
	base   string // what every path is behind
	http   *http.Client
	signIn signIn
	agent  string
}

// InProcess is a client of a handler in the same process.
func InProcess(h http.Handler) *Client {
	return newClient("http://roster.local", local{h})
}

func newClient(base string, way http.RoundTripper) *Client {
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{base: base, http: &http.Client{Transport: way, CheckRedirect: stay}}
}

// Close lets connections go.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Request is what a client is asked to send.
type Request struct {
	Method string
	Path   string // escaped, such as /v2/accounts
	Query  url.Values
	Data   any // becomes the member data of a JSON body; nil means that there is none
}

// Document is what the API answers with.
type Document struct {
	Header   http.Header
	Data     json.RawMessage              `json:"data"`
	Included map[string][]json.RawMessage `json:"included"`
	Meta     struct {
		Results struct {
			Total int `json:"total"` // of a list
		} `json:"results"`
		First, Last int64 // of the change log
	} `json:"meta"`
}

// Row is the one row of a document.
func (d Document) Row() (Row, error) { return ParseRow(d.Data) }

// Rows are the rows of a list.
func (d Document) Rows() ([]Row, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(d.Data, &all); err != nil {
		return nil, fmt.Errorf("the answer has no list: %w", err)
	}
	return parseRows(all)
}

// IncludedRows are rows that came along, by the plural of their name.
func (d Document) IncludedRows(name string) ([]Row, error) { return parseRows(d.Included[name]) }

// patience is how long an answer is waited for. Streams have no end.
const patience = time.Minute

// Do sends a request and reads the answer. Errors are [*Error], [*UnreachableError], [*StrangeError], and ctx's own.
func (c *Client) Do(ctx context.Context, r Request) (Document, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	res, err := c.send(waiting, r, http.Header{"Accept": {"application/json"}})
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return Document{}, err
	}
	defer res.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return Document{}, &UnreachableError{c.base, fmt.Errorf("the answer broke off: %w", err)}
	}
	d := Document{Header: res.Header}
	if len(body) == 0 {
		return d, nil
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return Document{}, &StrangeError{c.base, res.StatusCode, "its answer is no JSON"}
	}
	return d, nil
}

// A request that a busy server refuses is sent again so many times in all, after as long as each of roster's answers with
// status 503 asks for.
const (
	maxTries = 4
	busyWait = time.Second
)

// send sends a request until it is answered with what is no refusal, signing in where that is needed. A refusal has
// been read and closed; any other answer is the caller's to close.
func (c *Client) send(ctx context.Context, r Request, header http.Header) (*http.Response, error) {
	for try := 1; ; try++ {
		res, err := c.sendOnce(ctx, r, header)
		refused, ok := errors.AsType[*Error](err)
		switch {
		case !ok:
			return res, err
		case refused.Status == http.StatusUnauthorized && try == 1 && c.signIn.again():
			continue
		case refused.Status != http.StatusServiceUnavailable || try >= maxTries || refused.Has("outcome_unknown"):
			return nil, err
		}
		if wait(ctx, busyWait) != nil {
			return nil, err
		}
	}
}

// wait waits, or answers with the context's error.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) sendOnce(ctx context.Context, r Request, header http.Header) (*http.Response, error) {
	token, err := c.token(ctx)
	if err != nil {
		return nil, err
	}
	req, err := c.request(ctx, r)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return c.answer(req)
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	address := c.base + r.Path
	if len(r.Query) > 0 {
		address += "?" + r.Query.Encode()
	}
	var body io.Reader
	if r.Data != nil {
		text, err := json.Marshal(map[string]any{"data": r.Data})
		if err != nil {
			return nil, fmt.Errorf("cannot spell the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, address, body)
	if err != nil {
		return nil, fmt.Errorf("cannot make the request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", c.agent)
	return req, nil
}

// answer sends a request once. An answer that refuses becomes an error.
func (c *Client) answer(req *http.Request) (*http.Response, error) {
	res, err := c.http.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // without the whole address, in which there may be a person's name
		}
		return nil, &UnreachableError{c.base, err}
	}
	if res.StatusCode >= http.StatusOK && res.StatusCode < http.StatusMultipleChoices {
		return res, nil
	}
	defer res.Body.Close() //nolint:errcheck // it has been read
	if res.StatusCode < http.StatusBadRequest {
		return nil, &StrangeError{c.base, res.StatusCode, "it sends clients to " + strconv.Quote(res.Header.Get("Location")) + ", which may be the server to name"}
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return nil, &UnreachableError{c.base, fmt.Errorf("the answer broke off: %w", err)}
	}
	return nil, c.refusal(res.StatusCode, body)
}

// Place joins a path of names, each escaped.
func Place(path string, names ...string) string {
	for _, name := range names {
		if strings.HasPrefix(name, "/") {
			path += name // fixed, such as /account-memberships
			continue
		}
		path += "/" + url.PathEscape(name)
	}
	return path
}

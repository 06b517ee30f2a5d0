package api

import (
	"bufio"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The waits between two tries to reach a server that went away: the first, doubled each time, up to the longest.
const (
	firstWait   = time.Second
	longestWait = 30 * time.Second
)

// Follow yields changes from behind a sequence number, and then as they come, until ctx ends, whose error ends the walk.
// A server that is out of reach is waited for, and a connection that is lost is made anew, as often as it takes; lost is
// told of each time, and how long it waits. What the server refuses ends the walk with its error.
func (c *Client) Follow(ctx context.Context, query url.Values, after int64, lost func(error, time.Duration)) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		f := &follower{client: c, query: query, after: after, yield: yield}
		for pause := firstWait; ; pause = min(2*pause, longestWait) {
			begun, err := f.read(ctx)
			if begun {
				pause = firstWait
			}
			switch {
			case f.left:
				return
			case ctx.Err() != nil:
				yield(Row{}, ctx.Err())
				return
			case final(err):
				yield(Row{}, err)
				return
			}
			lost(err, pause)
			if err := wait(ctx, pause); err != nil {
				yield(Row{}, err)
				return
			}
		}
	}
}

// final reports whether there is no use in trying again.
func final(err error) bool {
	refused, ok := errors.AsType[*Error](err)
	return errors.Is(err, ErrSignIn) || ok && refused.Status < http.StatusInternalServerError
}

// errEnded says that a stream ended: servers end them when they shut down.
var errEnded = errors.New("the server has ended the stream")

// follower is a walk over the changes that a server sends.
type follower struct {
	client *Client
	query  url.Values
	after  int64 // how far it has come
	yield  func(Row, error) bool
	left   bool // nobody wants more
}

// read reads one stream to its end, if one begins.
func (f *follower) read(ctx context.Context) (begun bool, err error) {
	query := url.Values{"after": {strconv.FormatInt(f.after, 10)}}
	for name, values := range f.query {
		query[name] = values
	}
	res, err := f.client.send(ctx, Request{Method: http.MethodGet, Path: "/v1/changes", Query: query}, http.Header{"Accept": {"text/event-stream"}})
	if err != nil {
		return false, err
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	lines := bufio.NewReader(res.Body)
	for {
		e, err := nextEvent(lines)
		if err != nil {
			return true, errEnded
		}
		if err := f.take(e); err != nil || f.left {
			return true, err
		}
	}
}

// take deals with one event.
func (f *follower) take(e event) error {
	switch {
	case e.name == "error":
		err := f.client.refusal(http.StatusOK, []byte(e.data))
		if refused, ok := errors.AsType[*Error](err); ok {
			refused.Status = statusOf(e.data)
			if refused.Status == http.StatusUnauthorized && f.client.signIn.again() {
				return errEnded // the token's time is over: another one goes on
			}
		}
		return err
	case e.data != "":
		row, err := ParseRow([]byte(e.data))
		if err != nil {
			return err
		}
		f.left = !f.yield(row, nil)
	}
	if n, err := strconv.ParseInt(e.id, 10, 64); err == nil {
		f.after = n
	}
	return nil
}

// statusOf is the status that an event of errors would have had as an answer.
func statusOf(errorsDocument string) int {
	row, _ := ParseRow([]byte(errorsDocument))
	all, err := row.List("errors")
	if err != nil || len(all) == 0 {
		return http.StatusInternalServerError
	}
	status, err := strconv.Atoi(all[0].Text("status"))
	if err != nil {
		return http.StatusInternalServerError
	}
	return status
}

// event is a server-sent event.
type event struct{ id, name, data string }

// nextEvent reads up to the blank line that ends an event.
func nextEvent(lines *bufio.Reader) (event, error) {
	var e event
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return e, err // an event without its end is none
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return e, nil
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data":
			e.data += value
		}
	}
}

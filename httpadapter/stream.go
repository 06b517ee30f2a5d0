package httpadapter

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/roster-go/roster/membership"
)

const (
	eventStream       = "text/event-stream"
	lastEventIDHeader = "Last-Event-ID"

	// streamBatch is how many changes are read at once: all that a slow client makes anybody keep.
	streamBatch = 100
	// reconnect is how long clients should wait before they come back.
	reconnect = time.Second
)

// streams is what all event streams have in common.
type streams struct {
	end       context.Context //nolint:containedctx // see Options.StreamsEnd; may be nil
	heartbeat time.Duration   // how often a stream shows that it is alive, and the client's rights are looked at again
	patience  time.Duration   // how long a client may take to read a batch of changes before it is cut off
}

func newStreams(opts Options) streams {
	return streams{end: opts.StreamsEnd, heartbeat: 15 * time.Second, patience: 10 * time.Second}
}

// stream is a body that is written as it comes, until run returns: nil when the client has gone or all streams end,
// else the reason, which the client is told.
type stream struct {
	contentType string
	patience    time.Duration
	run         func(w *streamWriter) error
}

// stream answers with a stream, whose status is always 200.
func (a answerer) stream(c *call, s stream) {
	w, r := c.writer, c.request
	w.Header().Set("Content-Type", s.contentType)
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close") // Why: the stream's deadlines would be the next request's
	}
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	out := &streamWriter{writer: w, control: control, patience: s.patience}
	defer out.finish()
	if _, err := guarded(c, func(*call) (response, error) { return response{}, s.run(out) }); err != nil {
		a.refuse(c, err)
		out.send([]byte("event: error\ndata: " + string(c.out.line()) + "\n"))
	}
}

// streamWriter writes to a client that is cut off when it does not read.
type streamWriter struct {
	writer   http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration

	mu       sync.Mutex
	hurried  bool // the stream is to end
	finished bool // nobody may touch the writer any more
}

// goodbye is how long a client may take to read the rest of a stream that is to end, so that those who do not read keep
// nobody from shutting down.
const goodbye = time.Second

// allow gives the client its time to read what is written next.
func (w *streamWriter) allow() {
	w.mu.Lock()
	defer w.mu.Unlock()
	most := w.patience
	if w.hurried {
		most = min(goodbye, most)
	}
	_ = w.control.SetWriteDeadline(time.Now().Add(most)) // a server without deadlines has no WriteTimeout either
}

// rest takes the deadline back. Why: over HTTP/2 it would end a stream that is silent.
func (w *streamWriter) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.hurried {
		_ = w.control.SetWriteDeadline(time.Time{})
	}
}

// hurry cuts the client's time short, also for a write that is waiting for it.
func (w *streamWriter) hurry() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hurried = true
	if !w.finished {
		_ = w.control.SetWriteDeadline(time.Now().Add(min(goodbye, w.patience)))
	}
}

// finish leaves the writer to net/http, with time for the end that it writes.
func (w *streamWriter) finish() {
	w.allow()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finished = true
}

// send writes and flushes. It reports whether the client was there to read it.
func (w *streamWriter) send(text []byte) bool {
	w.allow()
	if _, err := w.writer.Write(text); err != nil {
		return false
	}
	if err := w.control.Flush(); err != nil {
		return false
	}
	w.rest()
	return true
}

// canFlush reports whether http.ResponseController can flush w.
func canFlush(w http.ResponseWriter) bool {
	for {
		switch inner := w.(type) {
		case http.Flusher, interface{ FlushError() error }:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = inner.Unwrap()
		default:
			return false
		}
	}
}

var errCannotFlush = errors.New("event streams need a http.ResponseWriter that can flush: one that wraps another " +
	"needs Unwrap")

// wantsEvents reports whether the client asks for an event stream.
func (c *call) wantsEvents() bool {
	for _, list := range c.request.Header.Values("Accept") {
		for item := range strings.SplitSeq(list, ",") {
			kind, params, err := mime.ParseMediaType(item)
			if quality, weighed := params["q"]; err == nil && kind == eventStream && (!weighed || strings.Trim(quality, "0.") != "") {
				return true
			}
		}
	}
	return false
}

// streamChanges answers with the changes as server-sent events: from where the query begins, and then as they come,
// until the client goes, its rights end, or the handler's streams do. What is refused is refused before the first byte.
func (c *call) streamChanges(q membership.ChangeQuery) (response, error) {
	if !canFlush(c.writer) {
		return response{}, errCannotFlush
	}
	if _, err := c.svc.ListChanges(c.context(), membership.ChangeQuery{After: q.After, Limit: -1}); err != nil {
		return response{}, c.ofBeginning(err)
	}
	q.Limit = streamBatch
	c.hurry.unlimited()
	return response{
		status:  http.StatusOK,
		headers: []header{{"X-Accel-Buffering", "no"}},
		body: stream{eventStream, c.streams.patience, func(w *streamWriter) error {
			ctx, cancel := context.WithCancel(c.context())
			defer cancel()
			if c.streams.end != nil {
				defer context.AfterFunc(c.streams.end, cancel)()
			}
			defer context.AfterFunc(ctx, w.hurry)()
			err := c.sendChanges(ctx, w, q)
			if ctx.Err() != nil {
				return nil // whatever failed, the stream was to end
			}
			return err
		}},
	}, nil
}

func (c *call) sendChanges(ctx context.Context, w *streamWriter, q membership.ChangeQuery) error {
	e := c.out
	e.raw("retry: ", strconv.FormatInt(reconnect.Milliseconds(), 10), "\n\n")
	beat := time.Now().Add(c.streams.heartbeat)
	for {
		page, err := c.svc.ListChanges(ctx, q)
		if err != nil {
			return err
		}
		due := !time.Now().Before(beat)
		if due {
			if _, err := c.authorize(); err != nil {
				return err
			}
			beat = time.Now().Add(c.streams.heartbeat)
		}
		for _, ch := range page.Changes {
			e.event(ch)
		}
		q.After = page.Next(q)
		if due { // Why an id without data: it is no event, but the client goes on from there when it comes back
			e.raw("id: ", strconv.FormatInt(q.After, 10), "\n\n")
		}
		text := e.buf
		e.buf = nil // Why not kept: a silent stream should cost little
		if len(text) > 0 && !w.send(text) {
			return nil
		}
		if err := c.awaitChanges(ctx, q.After, beat); err != nil {
			return err
		}
	}
}

// event writes a change as an event.
func (e *encoder) event(ch membership.Change) {
	e.raw("id: ", strconv.FormatInt(ch.Sequence, 10), "\nevent: ", string(ch.Type), "\ndata: ")
	e.change(ch)
	e.raw("\n\n")
}

// awaitChanges waits until there is a change behind a sequence number, but no longer than until a time.
func (c *call) awaitChanges(ctx context.Context, after int64, until time.Time) error {
	waiting, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	err := c.svc.AwaitChanges(waiting, after, 0)
	if waiting.Err() != nil {
		return ctx.Err()
	}
	return err
}

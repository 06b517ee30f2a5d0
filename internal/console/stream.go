package console

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/roster-go/roster/membership"
)

const (
	// heartbeat is how often a feed shows that it is alive, and its reader's rights are looked at again.
	heartbeat = 15 * time.Second
	// patience is how long a browser may take to read what was written.
	patience = 5 * time.Second
	// streamBatch is how many changes are read at once.
	streamBatch = 50
)

// streamChanges answers with the changes behind a sequence number as they come: each an event with the piece of the page
// that shows it. It ends with the request, with the session, and with Options.StreamsEnd.
func streamChanges(c *call) error {
	q, _, err := changeQuery(c.query)
	if err != nil {
		return err
	}
	after := c.query.Get("after")
	if id := c.r.Header.Get("Last-Event-ID"); id != "" {
		after = id // where the feed broke off
	}
	if q.After, err = strconv.ParseInt(after, 10, 64); err != nil || q.After < 0 {
		return errQuery
	}
	if _, err := c.svc.ListChanges(c.ctx(), membership.ChangeQuery{After: q.After, Limit: -1}); err != nil {
		return err
	}
	q.Limit = streamBatch
	c.seen.Stream = c.r.Method != http.MethodHead
	c.observed()
	s := newStream(c)
	if c.r.Method == http.MethodHead || !s.send(": the feed begins\nretry: 1000\n\n") {
		return nil
	}
	ctx, cancel := context.WithCancel(c.ctx())
	defer cancel()
	if end := c.console.opts.StreamsEnd; end != nil {
		defer context.AfterFunc(end, cancel)()
	}
	if err := s.run(ctx, q); err != nil && ctx.Err() == nil {
		c.console.opts.Logger.WarnContext(ctx, "a live feed of the console ended", "request_id", c.id, "error", err)
	}
	return nil // the status is written; the browser comes back, and is told then
}

// stream writes to a browser that is cut off when it does not read.
type stream struct {
	call    *call
	control *http.ResponseController
}

func newStream(c *call) stream {
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	if c.r.ProtoMajor == 1 {
		h.Set("Connection", "close") // Why: the deadlines would be the next request's
	}
	c.w.WriteHeader(http.StatusOK)
	return stream{c, http.NewResponseController(c.w)}
}

// send reports whether the browser was there to read it.
func (s stream) send(text string) bool {
	_ = s.control.SetWriteDeadline(time.Now().Add(patience)) // a server without deadlines has no WriteTimeout either
	if _, err := s.call.w.Write([]byte(text)); err != nil {
		return false
	}
	if err := s.control.Flush(); err != nil {
		return false
	}
	_ = s.control.SetWriteDeadline(time.Time{})
	return true
}

// run sends changes until ctx ends, the browser goes, or the session does.
func (s stream) run(ctx context.Context, q membership.ChangeQuery) error {
	c := s.call
	beat := time.Now().Add(heartbeat)
	for {
		page, err := c.svc.ListChanges(ctx, q)
		if err != nil {
			return err
		}
		text, err := s.events(ctx, page.Changes)
		if err != nil {
			return err
		}
		q.After = page.Next(q)
		if !time.Now().Before(beat) {
			if _, err := c.console.identify(c.r); err != nil {
				return nil //nolint:nilerr // the browser comes back, and is refused then
			}
			text += "id: " + strconv.FormatInt(q.After, 10) + "\n\n"
			beat = time.Now().Add(heartbeat)
		}
		if text != "" && !s.send(text) {
			return nil
		}
		waiting, cancel := context.WithDeadline(ctx, beat)
		err = c.svc.AwaitChanges(waiting, q.After, 0)
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
	}
}

// lineEnds makes one of all that ends a line of an event. Why: a text with a bare CR would go on as a field of the event, and
// say another id or type.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// events spells changes as events, in their order.
func (s stream) events(ctx context.Context, changes []membership.Change) (string, error) {
	all, err := entries(ctx, s.call.svc, changes)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, c := range changes {
		html, err := s.call.part("changes", "entry", all[len(all)-1-i])
		if err != nil {
			return "", err
		}
		b.WriteString("id: " + strconv.FormatInt(c.Sequence, 10) + "\nevent: change\n")
		for line := range strings.Lines(lineEnds.Replace(html)) {
			b.WriteString("data: " + strings.TrimSuffix(line, "\n") + "\n")
		}
		b.WriteString("\n")
	}
	return b.String(), nil
}

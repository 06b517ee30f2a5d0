package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// problem is a refusal that is the console's own.
type problem struct {
	status int
	title  string
	text   string
}

func (p *problem) Error() string { return p.text }

// What the console refuses before anybody asks the service.
var (
	errNoPage = &problem{http.StatusNotFound, "Not found", "There is no such page. It may have been there before what it " +
		"was about was deleted."}
	errMethod      = &problem{http.StatusMethodNotAllowed, "Not allowed", "This address does not take such requests."}
	errQuery       = &problem{http.StatusBadRequest, "Bad address", "The address has a query that cannot be read. Mend what stands behind the question mark, or leave it out."}
	errForm        = &problem{http.StatusBadRequest, "Bad form", "The form cannot be read. Go back, load the page again and send it once more."}
	errCrossOrigin = &problem{http.StatusForbidden, "Refused", "The form was sent from another site, so nothing was done. " +
		"If you did that yourself, open the console and send its own form."}
	errFormToken = &problem{http.StatusForbidden, "Refused", "The form belongs to another session, so nothing was done. Go back, " +
		"load the page again and send it once more."}
	errFormTooLarge = &problem{http.StatusRequestEntityTooLarge, "Too large", "The form is too large."}
)

// forbidden is the error for a credential that lacks scopes.
type forbidden struct{ lacks membership.Scopes }

func (f *forbidden) Error() string {
	return fmt.Sprintf("the credential that you signed in with lacks the scope %s; sign in with another one", f.lacks)
}

func (f *forbidden) Unwrap() error { return httpadapter.ErrForbidden }

// serve answers a request with what act does, or with what it refuses.
func (c *Console) serve(w http.ResponseWriter, r *http.Request, act func(*call) error) {
	call := &call{w: w, r: r, console: c, id: httpadapter.RequestID(r)}
	w.Header().Set("X-Request-Id", call.id)
	err := guarded(call, act)
	if err == nil {
		return
	}
	if errors.Is(err, httpadapter.ErrUnauthenticated) {
		err = call.unauthenticated()
	} else {
		err = call.refuse(err)
	}
	if err != nil {
		c.opts.Logger.ErrorContext(r.Context(), "the console could not show a problem", "request_id", call.id, "error", err)
		http.Error(w, "there was a problem", http.StatusInternalServerError)
	}
}

// guarded makes an error of a panic, unless it is the one that means to end the connection.
func guarded(c *call, act func(*call) error) (err error) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return act(c)
}

// unauthenticated asks who is there: on a page of its own, or in place of what a form would have done.
func (c *call) unauthenticated() error {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodHead {
		next := url.Values{"next": {c.r.URL.RequestURI()}}
		if c.r.URL.Path == Path || c.r.URL.Path == Path+"/" {
			return c.redirect(Path + signInPath)
		}
		return c.redirect(Path + signInPath + "?" + next.Encode())
	}
	f := newSignInForm()
	f.Error = "Your session has ended, and nothing was done. Sign in, and send the form again."
	return c.showSignIn(http.StatusUnauthorized, f, "")
}

// refuse answers with a page that says what went wrong.
func (c *call) refuse(err error) error {
	p, own := errors.AsType[*problem](err)
	if !own {
		p = c.problemOf(err)
	}
	if p.status == http.StatusServiceUnavailable {
		c.retryAfter(time.Second)
	}
	return c.show(p.status, "problem", page{Title: p.title, Body: problemPage{sentence(p.text), c.id, p.status}})
}

// problemPage is the page's own data.
type problemPage struct {
	Text, RequestID string
	Status          int
}

// problemOf says what an error of the service means for people. Those that the operator must mend go to the log.
func (c *call) problemOf(err error) *problem {
	status, code, detail := httpadapter.Status(err)
	c.failed(code)
	if lacks, ok := errors.AsType[*forbidden](err); ok {
		detail = lacks.Error()
	}
	if faults := membership.Faults(err); len(faults) > 0 {
		detail = explain(faults[0])
	}
	forOperator := errors.Is(err, store.ErrStorageFull) || errors.Is(err, store.ErrStorageFailed) || errors.Is(err, store.ErrOutcomeUnknown)
	if status == http.StatusInternalServerError && !forOperator && c.ctx().Err() != nil {
		status, detail = http.StatusServiceUnavailable, "the request ended before it was answered"
	}
	if status == http.StatusInternalServerError || forOperator {
		c.console.opts.Logger.LogAttrs(context.WithoutCancel(c.ctx()), slog.LevelError, "the console met an error",
			slog.String("request_id", c.id), slog.Any("error", err))
	}
	return &problem{status, title(status, err), detail}
}

func title(status int, err error) string {
	switch {
	case errors.Is(err, store.ErrBusy):
		return "Busy"
	case errors.Is(err, store.ErrStorageFull):
		return "No room"
	case status == http.StatusInternalServerError:
		return "Something went wrong"
	default:
		return http.StatusText(status)
	}
}

func (c *call) retryAfter(wait time.Duration) {
	c.w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

// explain says a fault of the rules without the name of the field, which stands beside it.
func explain(fault *membership.Error) string {
	rule := errors.Is(fault, membership.ErrInvalidField) || errors.Is(fault, membership.ErrInvalidValue)
	switch {
	case fault.Detail == "":
		return fault.Cause.Error()
	case rule:
		return fault.Detail
	default:
		return fault.Cause.Error() + ": " + fault.Detail
	}
}

// size is a number of bytes for people.
func size(bytes int64) string {
	if bytes >= 1<<20 {
		return strconv.FormatInt(bytes>>20, 10) + " MiB"
	}
	return strconv.FormatInt(bytes>>10, 10) + " KiB"
}

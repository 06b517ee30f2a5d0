package httpadapter

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// errTimedOut is what a request is answered with that took longer than Options.Timeout.
var errTimedOut = errors.New("the server did not get to this in time, try again in a moment")

// patience ends a request that takes too long. Why not a context with a deadline: an event stream has none, and it is not
// known before it begins.
type patience struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// hurried gives a request the time that it may take; 0 is any.
func hurried(r *http.Request, most time.Duration) (*http.Request, patience) {
	if most <= 0 {
		return r, patience{}
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(most, func() { cancel(errTimedOut) })
	return r.WithContext(ctx), patience{timer, cancel}
}

// unlimited lets the request take as long as it likes from now on.
func (p patience) unlimited() {
	if p.timer != nil {
		p.timer.Stop()
	}
}

// end gives back what the patience holds, once the request is answered.
func (p patience) end() {
	if p.timer != nil {
		p.timer.Stop()
		p.cancel(nil)
	}
}

// ending is what a request is answered with whose context ended before something went wrong.
func ending(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errTimedOut) {
		return errTimedOut
	}
	return errRequestEnded
}

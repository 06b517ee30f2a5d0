package rows

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/roster-go/roster/cmd/roster/internal/api"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// explained says what an error of the API means to whoever typed the command.
func explained(err error, p *command.Program) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	if unreachable, ok := errors.AsType[*api.UnreachableError](err); ok {
		return fmt.Errorf("cannot reach %s: %w; is roster serve running there? --server names another one", unreachable.URL, unreachable.Err)
	}
	if errors.Is(err, api.ErrSignIn) {
		return fmt.Errorf("the server does not know the credentials in %s and %s: roster credentials create makes some on the server's database", command.EnvClientID, command.EnvClientSecret)
	}
	refused, ok := errors.AsType[*api.Error](err)
	switch {
	case !ok:
		return err
	case refused.Status == http.StatusUnauthorized && p.Env(command.EnvClientID) == "" && p.Env(command.EnvToken) == "":
		return fmt.Errorf("the server wants to know who asks: set %s and %s, or %s to an access token", command.EnvClientID, command.EnvClientSecret, command.EnvToken)
	case refused.Status == http.StatusUnauthorized:
		return fmt.Errorf("the server does not know the access token, which may have expired: set %s and %s to get another one each time", command.EnvClientID, command.EnvClientSecret)
	case refused.Status == http.StatusForbidden:
		return fmt.Errorf("%w; other credentials may do more: roster credentials create makes some on the server's database", err)
	case refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError:
		return err
	case refused.Has("route_not_found"):
		return fmt.Errorf("the server knows nothing of this: is it an older version? %w", err)
	}
	return exit.Refusedf("%v", err)
}

// failure remembers why a request within this process failed, which the answer does not say.
type failure struct{ text string }

func (f *failure) logger() *slog.Logger { return slog.New(f) }

// explain adds the reason to an error that has none.
func (f *failure) explain(err error) error {
	if refused, ok := errors.AsType[*api.Error](err); ok && refused.Status == http.StatusInternalServerError && f.text != "" {
		return errors.New(f.text)
	}
	return err
}

// Enabled implements [slog.Handler].
func (f *failure) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements [slog.Handler]: what is logged of a request that failed is its error.
func (f *failure) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "error" {
			f.text = a.Value.String()
		}
		return true
	})
	return nil
}

// WithAttrs implements [slog.Handler].
func (f *failure) WithAttrs([]slog.Attr) slog.Handler { return f }

// WithGroup implements [slog.Handler].
func (f *failure) WithGroup(string) slog.Handler { return f }

package httpadapter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

func TestTheUnforeseenSaysNothingButItsRequestID(t *testing.T) {
	t.Parallel()
	api := newAPI(t, failingWith(errors.New("SELECT secret FROM /var/db")))
	got := api.with("X-Request-Id", "abc-123").get(settingsPath).want(http.StatusInternalServerError)
	want := `{"errors":[{"title":"Internal Server Error","status":"500","detail":"there was a problem processing your request","code":"internal"}],"request_id":"abc-123"}` + "\n"
	if string(got.body) != want {
		t.Errorf("got %s", got.body)
	}
	for _, part := range []string{"request_id=abc-123", "method=GET", "route=" + settingsPath, `error="SELECT secret FROM /var/db"`, "level=ERROR"} {
		if !strings.Contains(api.log.String(), part) {
			t.Errorf("the log lacks %q: %s", part, api.log)
		}
	}
}

func TestAPanicIsAnsweredAndLoggedWithItsStack(t *testing.T) {
	t.Parallel()
	for _, value := range []any{"boom", errors.New("boom"), []int{1}} {
		api := newAPI(t, withStore(failing{memstore.New(), func(context.Context) error { panic(value) }}))
		got := api.get(settingsPath).refused(http.StatusInternalServerError, "internal")
		if strings.Contains(string(got.body), "boom") || got.text("request_id") != got.header.Get("X-Request-Id") {
			t.Errorf("got %s", got.body)
		}
		if log := api.log.String(); !strings.Contains(log, fmt.Sprintf("panic: %v", value)) || !strings.Contains(log, "error_test.go") {
			t.Errorf("the log lacks the panic or the stack: %s", log)
		}
	}
}

func TestAnAbortedHandlerDropsTheConnection(t *testing.T) {
	t.Parallel()
	api := newAPI(t, withStore(failing{memstore.New(), func(context.Context) error { panic(http.ErrAbortHandler) }}))
	defer func() {
		if v := recover(); v != http.ErrAbortHandler { //nolint:errorlint // the very value
			t.Errorf("got the panic %v", v)
		}
		if api.log.String() != "" {
			t.Errorf("it was logged: %s", api.log)
		}
	}()
	api.get(settingsPath)
}

func TestAClientThatIsGoneIsNoError(t *testing.T) {
	t.Parallel()
	api := newAPI(t, withStore(failing{memstore.New(), func(ctx context.Context) error { return fmt.Errorf("read: %w", ctx.Err()) }}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := api.do(httptest.NewRequestWithContext(ctx, http.MethodGet, settingsPath, nil))
	got.refused(http.StatusServiceUnavailable, "request_ended")
	if api.log.String() != "" {
		t.Errorf("it was logged: %s", api.log)
	}
}

// Somebody must look at that disk, however long the client waited.
func TestADiskThatFailsIsReportedAfterTheRequestHasEnded(t *testing.T) {
	t.Parallel()
	api := newAPI(t, failingWith(fmt.Errorf("read: %w", store.ErrStorageFailed)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	api.do(httptest.NewRequestWithContext(ctx, http.MethodGet, settingsPath, nil)).refused(http.StatusInternalServerError, "storage_failed")
	if !strings.Contains(api.log.String(), store.ErrStorageFailed.Error()) {
		t.Errorf("the log has %q", api.log)
	}
}

// It is not parallel, because it sets what the whole program has once.
func TestWithoutALoggerTheDefaultOneIsUsed(t *testing.T) {
	defaultLog := &syncBuffer{}
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.NewTextHandler(defaultLog, nil)))
	api := newAPI(t, failingWith(errors.New("unforeseen")), withOptions(func(o *httpadapter.Options) { o.Logger = nil }))
	api.get(settingsPath).want(http.StatusInternalServerError)
	if !strings.Contains(defaultLog.String(), "error=unforeseen") {
		t.Errorf("the default log has %q", defaultLog)
	}
}

func TestAClosedStoreIsUnavailable(t *testing.T) {
	t.Parallel()
	st := memstore.New()
	api := newAPI(t, withStore(st))
	account := api.account("Parks")
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v2/accounts", account, account + "/account-memberships?include=account_member", settingsPath} {
		api.get(path).refused(http.StatusServiceUnavailable, "shutting_down")
	}
	api.post("/v2/accounts", `{"data":{"type":"account","name":"x"}}`).refused(http.StatusServiceUnavailable, "shutting_down")
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for id, kept := range map[string]bool{
		"abc": true, "24e939f6-178f-497b-9d64-5bf2b5a70a2e": true, "a.b_c:d/e+f=g@h": true, strings.Repeat("x", 128): true,
		"": false, "a b": false, `a"b`: false, "a\tb": false, "ü": false, strings.Repeat("x", 129): false, "<script>": false,
	} {
		for _, path := range []string{"/v2/accounts", "/nothing", "/v2/accounts/" + nowhere} {
			got := api.with("X-Request-Id", id).get(path).header.Get("X-Request-Id")
			if (got == id) != kept {
				t.Errorf("%q became %q", id, got)
			}
		}
	}
	first, second := api.get("/v2/accounts"), api.get("/v2/accounts")
	if first.header.Get("X-Request-Id") == second.header.Get("X-Request-Id") {
		t.Error("two requests have the same id")
	}
}

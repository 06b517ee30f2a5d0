package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAHandlerInTheProcessGetsWhatAServerGets(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPut || r.RequestURI != "/a%2Fb?c=d" || r.URL.Path != "/a/b" || r.Host != "host" || r.Header.Get("X-One") != "1" ||
			string(body) != "text" || r.RemoteAddr == "" {
			t.Errorf("got %+v, %s", r, body)
		}
		w.Header().Set("X-Before", "1")
		w.WriteHeader(http.StatusTeapot)
		w.Header().Set("X-After", "1")
		_, _ = io.WriteString(w, "answer")
	})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://host/a%2Fb?c=d", strings.NewReader("text"))
	req.Header.Set("X-One", "1")
	res, err := local{handler}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "answer" || res.StatusCode != http.StatusTeapot || res.Header.Get("X-Before") != "1" || res.Header.Get("X-After") != "" {
		t.Errorf("got %+v, %s, %v", res, body, err)
	}
}

func TestAnAnswerInTheProcessIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	read, gone := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "1")
		<-read // of the first, while the answer goes on
		_, _ = io.WriteString(w, "2")
		<-r.Context().Done()
		close(gone)
	})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://host/", nil)
	res, err := local{handler}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := io.ReadFull(res.Body, one); err != nil || string(one) != "1" {
		t.Errorf("got %q, %v", one, err)
	}
	close(read)
	if _, err := io.ReadFull(res.Body, one); err != nil || string(one) != "2" {
		t.Errorf("got %q, %v", one, err)
	}
	_ = res.Body.Close()
	select {
	case <-gone:
	default:
		t.Error("closing an answer does not wait for its handler")
	}
}

func TestARequestInTheProcessEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := InProcess(handler).Do(ctx, Request{Method: http.MethodGet, Path: "/"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestAHandlerThatGivesUpBreaksItsAnswerOff(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":`)
		panic(http.ErrAbortHandler)
	})
	_, err := InProcess(handler).Do(t.Context(), Request{Method: http.MethodGet, Path: "/"})
	if _, ok := errors.AsType[*UnreachableError](err); !ok {
		t.Errorf("got %v", err)
	}
}

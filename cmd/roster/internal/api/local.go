package api

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// local is the way to a handler in the same process. Answers are streamed: what a handler writes is there to be read at
// once, and a handler whose answer is closed is told by the end of its request's context.
type local struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (l local) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	reader, pipe := io.Pipe()
	w := &localWriter{header: http.Header{}, pipe: pipe, begun: make(chan struct{})}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer w.end()
		l.handler.ServeHTTP(w, received(ctx, req))
	}()
	body := &localBody{PipeReader: reader, cancel: cancel, ended: ended}
	select {
	case <-w.begun:
	case <-ctx.Done():
		_ = body.Close()
		return nil, ctx.Err()
	}
	return w.response(req, body), nil
}

// received is a request as a handler gets it.
func received(ctx context.Context, req *http.Request) *http.Request {
	in := req.Clone(ctx)
	in.Host, in.RequestURI, in.RemoteAddr = req.URL.Host, req.URL.RequestURI(), "127.0.0.1:0"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// localWriter is what the handler writes to.
type localWriter struct {
	header http.Header
	pipe   *io.PipeWriter
	once   sync.Once
	begun  chan struct{} // closed when status and sent are set
	status int
	sent   http.Header // the header at that time
}

// Header implements [http.ResponseWriter].
func (w *localWriter) Header() http.Header { return w.header }

// WriteHeader implements [http.ResponseWriter].
func (w *localWriter) WriteHeader(status int) {
	if status < http.StatusOK { // 1xx come before the real one
		return
	}
	w.once.Do(func() {
		w.status, w.sent = status, w.header.Clone()
		close(w.begun)
	})
}

// Write implements [http.ResponseWriter]. It returns when what is written has been read.
func (w *localWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(p)
}

// Flush implements [http.Flusher]: nothing is ever kept.
func (w *localWriter) Flush() { w.WriteHeader(http.StatusOK) }

// end ends the answer. A handler that panics with [http.ErrAbortHandler] breaks it off, as with a real server.
func (w *localWriter) end() {
	switch v := recover(); v {
	case nil:
		w.WriteHeader(http.StatusOK)
		_ = w.pipe.Close()
	case http.ErrAbortHandler:
		w.WriteHeader(http.StatusInternalServerError)
		_ = w.pipe.CloseWithError(io.ErrUnexpectedEOF)
	default:
		panic(v)
	}
}

func (w *localWriter) response(req *http.Request, body io.ReadCloser) *http.Response {
	length, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	return &http.Response{
		Status:        strconv.Itoa(w.status) + " " + http.StatusText(w.status),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.sent,
		Body:          body,
		ContentLength: length,
		Request:       req,
	}
}

// localBody is an answer to be read.
type localBody struct {
	*io.PipeReader
	cancel context.CancelFunc
	ended  <-chan struct{}
}

// Close ends the handler's request and waits until the handler has returned: whoever closes the store afterwards takes
// it from nobody.
func (b *localBody) Close() error {
	b.cancel()
	err := b.PipeReader.Close()
	<-b.ended
	return err
}

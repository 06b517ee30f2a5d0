package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/certificates"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/console"
	"github.com/roster-go/roster/store"
)

// servers are the API's server and, where it was asked for, the one for those who look after it.
type servers struct {
	ls     listeners
	cfg    config
	log    *slog.Logger
	health *health
	people *console.Console   // nil where nobody wants it
	pair   *certificates.Pair // nil without TLS
	system manager

	api        *http.Server
	operations *http.Server // nil where there is no listener for it
}

// newServers puts the servers together. Event streams end when their context does.
func newServers(streams context.Context, cfg config, st store.Store, svc *roster.Service, clients []httpadapter.Client, ls listeners, pair *certificates.Pair, log *slog.Logger) *servers {
	s := &servers{ls: ls, pair: pair, cfg: cfg, log: log, system: manager{log}}
	tokens := cfg.tokens(svc, clients, log)
	var mounts []mount
	if !cfg.noConsole {
		s.people = newConsole(streams, cfg, svc, tokens, log)
		mounts = append(mounts, mount{console.Path, s.people})
	}
	s.health = newHandler(streams, cfg, svc, tokens, log, mounts...)
	s.health.storage, _ = st.(storage)
	requests := watch{trustForwarded: cfg.trusts()}
	if cfg.logRequests {
		requests.log = log
	}
	if ls.operations != nil {
		var metrics http.Handler
		requests.meter, metrics = newMeter(cfg, st, svc, pair)
		s.operations = newOperationsServer(cfg, ls.operations, s.health, metrics, log)
	}
	s.api = newServer(cfg, cfg.guard(s.health, requests), log)
	s.api.TLSConfig = tlsOf(pair)
	return s
}

// close removes what the servers leave on the disk.
func (s *servers) close() {
	if s.people == nil {
		return
	}
	if err := s.people.Close(); err != nil {
		s.log.Warn("uploads were left behind", "error", err)
	}
}

// newServer sets the limits that keep a slow or hostile client from holding on to the server. The bodies and answers
// are small: whoever needs longer than this is not reading. Event streams have limits of their own.
func newServer(cfg config, h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: cfg.readHeaderTimeout,
		ReadTimeout:       cfg.readTimeout,
		WriteTimeout:      cfg.writeTimeout,
		IdleTimeout:       cfg.idleTimeout,
		MaxHeaderBytes:    cfg.maxHeaderBytes,
		HTTP2:             http2Limits(cfg.writeTimeout),
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),

		// Why: net/http would answer OPTIONS * by itself, past the hosts that are allowed and the log.
		DisableGeneralOptionsHandler: true,
	}
}

// http2Limits are those that HTTP/2 has beside the others: the same limits are of the requests on one connection.
func http2Limits(writeTimeout time.Duration) *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          100,
		MaxDecoderHeaderTableSize:     4 << 10,
		MaxEncoderHeaderTableSize:     4 << 10,
		MaxReadFrameSize:              64 << 10,
		MaxReceiveBufferPerConnection: 1 << 20,
		MaxReceiveBufferPerStream:     256 << 10,
		SendPingTimeout:               30 * time.Second, // Why: a client that is gone without a word keeps its event streams else
		PingTimeout:                   15 * time.Second,
		WriteByteTimeout:              writeTimeout, // Why: a client that reads nothing at all has the whole connection wait
	}
}

// run serves until ctx ends, and then drains. An error says that a server broke, or that requests were cut off.
func (s *servers) run(ctx context.Context, url string) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var helpers sync.WaitGroup
	defer helpers.Wait()
	defer stop()
	helpers.Go(func() { s.system.watchdog(working) })
	if s.pair != nil {
		helpers.Go(func() { s.pair.Watch(working, certificateInterval, s.reloaded) })
	}
	if s.pair != nil || s.system.present() {
		signals, ignore := hangups()
		defer ignore()
		helpers.Go(func() { s.reloadOn(working, signals) })
	}
	s.system.ready(url)
	return s.serveUntilDone(ctx)
}

// serveUntilDone serves until ctx ends, and then drains: readiness fails; after the delay no new connection is taken,
// and running requests get their time. Metrics are served to the end.
func (s *servers) serveUntilDone(ctx context.Context) error {
	served := make(chan error, 1)
	go func() { served <- s.serveAPI() }()
	operated := s.serveOperations()
	select {
	case err := <-served:
		s.endOperations(operated)
		return fmt.Errorf("cannot go on serving: %w", err)
	case <-ctx.Done():
	}

	s.health.draining.Store(true)
	s.system.stopping()
	s.log.Info("draining", "delay", s.cfg.drainDelay, "timeout", s.cfg.drainTimeout)
	defer s.endOperations(operated)
	select {
	case err := <-served:
		return fmt.Errorf("cannot go on serving: %w", err)
	case <-time.After(s.cfg.drainDelay):
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.drainTimeout)
	defer cancel()
	err := s.api.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("requests were still running after %v and were cut off", s.cfg.drainTimeout)
		_ = s.api.Close()
	}
	if ended := <-served; err == nil && !errors.Is(ended, http.ErrServerClosed) {
		err = ended
	}
	s.log.Info("stopped")
	return err
}

func (s *servers) serveAPI() error {
	if s.pair != nil {
		return s.api.ServeTLS(s.ls.api, "", "")
	}
	return s.api.Serve(s.ls.api)
}

// serveOperations serves metrics, if anybody wants them. Why a failure of it ends nothing: the API goes on without.
func (s *servers) serveOperations() (ended <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.operations == nil {
			return
		}
		if err := s.operations.Serve(s.ls.operations); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("metrics and profiles are served no longer", "error", err)
		}
	}()
	return done
}

// endOperations cuts off whoever reads metrics at the end.
func (s *servers) endOperations(ended <-chan struct{}) {
	if s.operations != nil {
		_ = s.operations.Close()
	}
	<-ended
}

// certificateInterval is how often the certificate's files are looked at.
const certificateInterval = 10 * time.Second

// reloadOn reads the certificate's files again on each signal, until ctx ends. Why also without any: systemd sends the signal
// when somebody asks it to reload, and that must not be the end. Without systemd it is, as it is when a terminal is closed.
func (s *servers) reloadOn(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			s.system.reloading(s.reload)
		}
	}
}

func (s *servers) reload() {
	if s.pair == nil {
		s.log.Info("there is nothing to reload without TLS; a changed configuration needs a restart")
		return
	}
	s.reloaded(s.pair.Reload())
}

// reloaded logs what became of reading the certificate again.
func (s *servers) reloaded(err error) {
	if err != nil {
		s.log.Error("the certificate was not reloaded, and the old one stays", "error", err)
		return
	}
	s.log.Info("the certificate was reloaded", "expires", s.pair.Expires())
}

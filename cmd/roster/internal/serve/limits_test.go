package serve

import (
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/memstore"
)

// A limit that is left at its zero value is none, or is whatever the next version of Go thinks right.
func TestNoListenerIsWithoutALimit(t *testing.T) {
	t.Parallel()
	var cfg config
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	for _, g := range cfg.groups() {
		g.add(fs)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	log := slog.New(slog.DiscardHandler)
	ls := cfg.bound(listeners{ln, ln}, log)
	st := memstore.New()
	defer func() { _ = st.Close() }()
	cfg.version = "roster test"
	s := newServers(t.Context(), cfg, st, roster.New(st, roster.Options{}), nil, ls, nil, log)
	defer s.close()

	for name, server := range map[string]*http.Server{"the API": s.api, "metrics": s.operations} {
		for _, unset := range unsetLimits(server) {
			t.Errorf("%s: %s has no limit", name, unset)
		}
	}
	for name, ln := range map[string]net.Listener{"the API": ls.api, "metrics": ls.operations} {
		if b, ok := ln.(*bounded); !ok || cap(b.places) == 0 {
			t.Errorf("%s: any number of connections", name)
		}
	}
	if cfg.requestTimeout == 0 || cfg.requestTimeout >= cfg.writeTimeout {
		t.Errorf("a request may take %v, and its answer must be written within %v", cfg.requestTimeout, cfg.writeTimeout)
	}
	if got := unsetLimits(&http.Server{}); !slices.Contains(got, "ReadTimeout") || !slices.Contains(got, "HTTP2") {
		t.Errorf("a server without any limit lacks %v", got)
	}
}

// unsetLimits are the numbers and times of a server's configuration that are zero.
func unsetLimits(server *http.Server) []string {
	unset := zeroNumbers(reflect.ValueOf(server).Elem())
	if server.HTTP2 == nil {
		return append(unset, "HTTP2")
	}
	return append(unset, zeroNumbers(reflect.ValueOf(server.HTTP2).Elem())...)
}

func zeroNumbers(v reflect.Value) (names []string) {
	for field, value := range v.Fields() {
		isNumber := field.Type.Kind() == reflect.Int || field.Type == reflect.TypeFor[time.Duration]()
		if field.IsExported() && isNumber && value.IsZero() {
			names = append(names, field.Name)
		}
	}
	return names
}

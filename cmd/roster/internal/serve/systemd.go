package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// operationsSocket is the name (FileDescriptorName=) of a socket of systemd's that is for metrics.
const operationsSocket = "metrics"

// activated takes over the sockets that systemd has opened: at most one for the API, and one for metrics by its name. It has
// none when nobody handed any over.
func activated() (listeners, error) {
	var l listeners
	named, err := activation.ListenersWithNames()
	if err != nil {
		return l, fmt.Errorf("cannot use the sockets that systemd handed over: %w", err)
	}
	var surplus []net.Listener
	for name, all := range named {
		for _, ln := range all {
			switch {
			case name == operationsSocket && l.operations == nil:
				l.operations = ln
			case name != operationsSocket && l.api == nil:
				l.api = ln
			default:
				surplus = append(surplus, ln)
			}
		}
	}
	if len(surplus) == 0 {
		return l, nil
	}
	l.close()
	for _, ln := range surplus {
		_ = ln.Close()
	}
	return listeners{}, exit.Usagef("systemd handed over too many sockets: there may be one for the API, and one with FileDescriptorName=%s", operationsSocket)
}

// manager is systemd, or whoever else listens at NOTIFY_SOCKET; mostly nobody.
type manager struct{ log *slog.Logger }

// present reports whether there is anybody to tell.
func (m manager) present() bool { return os.Getenv("NOTIFY_SOCKET") != "" }

func (m manager) ready(url string) { m.notify(daemon.SdNotifyReady + "\nSTATUS=listening on " + url) }

func (m manager) stopping() { m.notify(daemon.SdNotifyStopping + "\nSTATUS=draining") }

// reloading brackets what do does.
func (m manager) reloading(do func()) {
	m.notify(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
	do()
	m.notify(daemon.SdNotifyReady)
}

func (m manager) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		m.log.Warn("systemd cannot be told", "state", state, "error", err)
	}
}

// watchdog tells, until ctx ends, that the process is alive, if anybody wants to know. Why whatever the store says: that a
// database server is away is not mended by a restart of this one.
func (m manager) watchdog(ctx context.Context) {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		m.log.Warn("the watchdog's environment is wrong", "error", err)
	}
	if interval <= 0 {
		return
	}
	ticks := time.NewTicker(interval / 2)
	defer ticks.Stop()
	for {
		m.notify(daemon.SdNotifyWatchdog)
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

package sqlitestore

import (
	"runtime"
	"time"
)

// Options configure a store. The zero value is right for most.
type Options struct {
	// BusyTimeout is how long [Open]'s store waits for another process that writes, before store.ErrBusy. 0 means
	// 5 seconds, below 0 not at all. A borrowed database ([New]) waits as its own busy_timeout says.
	BusyTimeout time.Duration

	// Synchronous is what a commit waits for. The zero value is [Full].
	Synchronous Synchronous

	// ReadConns is how many reads [Open]'s store runs at once; more wait. 0 means one for each processor that Go
	// uses, and at least 2. A borrowed database has as many as its own pool.
	ReadConns int
}

// Synchronous is what a commit waits for before it is acknowledged.
type Synchronous uint8

const (
	// Full waits for the disk: what was acknowledged survives a loss of power.
	Full Synchronous = iota
	// Normal leaves the commit to the operating system, which writes a few times faster on a slow disk. Its price: what
	// was acknowledged survives the end of the program, however violent, but the last seconds of it may not survive a
	// loss of power or a crash of the operating system. The database stays sound in either case.
	Normal
)

// defaultBusyTimeout is long enough for any transaction of ours and short enough for somebody who waits for an answer.
const defaultBusyTimeout = 5 * time.Second

func (o Options) busyTimeout() time.Duration {
	if o.BusyTimeout == 0 {
		return defaultBusyTimeout
	}
	return max(o.BusyTimeout, 0)
}

func (o Options) readConns() int {
	if o.ReadConns > 0 {
		return o.ReadConns
	}
	return max(runtime.GOMAXPROCS(0), 2)
}

// level is SQLite's number for the setting: the least that will do.
func (s Synchronous) level() int {
	if s == Normal {
		return 1
	}
	return 2
}

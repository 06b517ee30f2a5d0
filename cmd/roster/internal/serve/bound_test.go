package serve

import (
	"errors"
	"net"
	"sync/atomic"
	"testing"
)

func TestAFullListenerWaitsAndTellsOnce(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var told atomic.Int32
	full := make(chan int, 1)
	b := boundListener(ln, 2, func(most int) {
		told.Add(1)
		full <- most
	})
	for range 3 {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	first, second := accept(t, b), accept(t, b)
	third := make(chan net.Conn)
	go func() { third <- accept(t, b) }()
	if most := <-full; most != 2 {
		t.Errorf("told %d", most)
	}
	select {
	case <-third:
		t.Error("a third connection was accepted")
	default:
	}
	_ = first.Close()
	_ = first.Close() // once more gives no second place back
	last := <-third

	waiting := make(chan error)
	go func() {
		_, err := b.Accept()
		waiting <- err
	}()
	_ = b.Close()
	if err := <-waiting; !errors.Is(err, net.ErrClosed) {
		t.Errorf("the one that waits when the listener closes: %v", err)
	}
	_, _ = second.Close(), last.Close()
	if n := told.Load(); n != 1 {
		t.Errorf("told %d times", n)
	}
}

func accept(t *testing.T, ln net.Listener) net.Conn {
	t.Helper()
	c, err := ln.Accept()
	if err != nil {
		t.Error(err)
	}
	return c
}

func TestConnectionsLeaveFilesForTheDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ asked, files, want int }{
		{10_000, 0, 10_000},
		{0, 0, 0},
		{10_000, 1 << 20, 10_000},
		{10_000, 1024, 1024 - reservedDescriptors},
		{0, 1 << 20, 1<<20 - reservedDescriptors},
		{10, 1024, 10},
		{10_000, 64, 16},
		{0, 2, 1},
	} {
		if got := (config{maxConnections: c.asked}).mostConnections(c.files); got != c.want {
			t.Errorf("%d asked for, %d files: %d, want %d", c.asked, c.files, got, c.want)
		}
	}
}

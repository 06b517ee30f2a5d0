package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen opens the port. Without credentials of the operator's own it opens only one that no other machine reaches.
func (c config) listen() (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", c.addr)
	if err != nil {
		return nil, usagef("--addr is %q, but must be like 127.0.0.1:8080: %v", c.addr, err)
	}
	if !addr.IP.IsLoopback() && c.clientID == "" {
		return nil, usagef("other machines can reach %s: set %s and %s, or listen on 127.0.0.1", c.addr, envClientID, envClientSecret)
	}
	ln, err := net.ListenTCP("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program: stop that one, or choose another --addr", c.addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", c.addr, err)
	}
	return ln, nil
}

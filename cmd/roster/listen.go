package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// listen opens the port. Without credentials of the operator's own it opens only one that no other machine reaches;
// whether a database that exists holds some is for needCredentials to say.
func (c config) listen() (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", c.addr)
	if err != nil {
		return nil, usagef("--addr is %q, but must be like 127.0.0.1:8080: %v", c.addr, err)
	}
	if !addr.IP.IsLoopback() && c.clientID == "" && !c.hasDatabase() {
		return nil, c.exposed()
	}
	network := "tcp"
	if addr.IP.To4() != nil {
		network = "tcp4" // Why: for 0.0.0.0, tcp would listen on every IPv6 address too
	}
	ln, err := net.ListenTCP(network, addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program: stop that one, or choose another --addr", c.addr)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", c.addr, err)
	}
	return ln, nil
}

// hasDatabase reports whether there was a database before this start.
func (c config) hasDatabase() bool {
	if c.inMemory {
		return false
	}
	_, err := os.Stat(c.db)
	return err == nil
}

// exposed refuses an address that other machines reach.
func (c config) exposed() error {
	other := ""
	if !c.inMemory {
		other = "make credentials with roster credentials create --db " + c.db + ", "
	}
	return usagef("other machines can reach %s: set %s and %s, %sor listen on 127.0.0.1", c.addr, envClientID, envClientSecret, other)
}

package pgtest

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Cluster is a primary with synchronous standbys of one test, which writes to disk what it acknowledges. Its methods are
// for the test's own goroutine: when one of them does not succeed, the test ends.
type Cluster struct {
	// URL names every node and asks for the one that takes writes. It stays the same over failovers.
	URL string

	t   testing.TB
	dir string
}

// StartCluster starts one, with settings of postgresql.conf such as "deadlock_timeout=50ms". It is removed after the test.
func StartCluster(t testing.TB, standbys int, settings ...string) *Cluster {
	t.Helper()
	require(t, installed())
	options := []string{"--standbys", strconv.Itoa(standbys)}
	for _, setting := range settings {
		options = append(options, "--set", setting)
	}
	dir, url, err := startIn(options...)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{URL: url, t: t, dir: dir}
	t.Cleanup(func() {
		if t.Failed() {
			c.showLogs()
		}
		c.run("remove")
	})
	return c
}

// KillPrimary ends every process of the primary at once, the nearest thing to a power cut.
func (c *Cluster) KillPrimary() {
	c.t.Helper()
	c.run("kill-primary")
}

// Promote makes the standby that received the most the primary. When it returns, URL takes writes again.
func (c *Cluster) Promote() {
	c.t.Helper()
	c.run("promote")
}

// Rejoin makes the killed primary a standby of the new one, and returns when commits may wait for it again.
func (c *Cluster) Rejoin() {
	c.t.Helper()
	c.run("rejoin")
}

func (c *Cluster) run(command string) {
	c.t.Helper()
	if _, err := cluster(command, c.dir); err != nil {
		c.t.Fatal(err)
	}
}

// showLogs puts the ends of the servers' logs into the output of a test that failed.
func (c *Cluster) showLogs() {
	logs, _ := filepath.Glob(filepath.Join(c.dir, "*.log"))
	for _, log := range logs {
		content, err := os.ReadFile(log)
		if err == nil {
			c.t.Logf("%s ends with:\n%s", filepath.Base(log), content[max(0, len(content)-4000):])
		}
	}
}

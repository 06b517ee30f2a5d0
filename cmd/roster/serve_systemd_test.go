//go:build unix

package main

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/internal/servertest"
)

// systemd is what listens at NOTIFY_SOCKET in its place.
type systemd struct {
	path string
	told *servertest.Log
}

func newSystemd(t *testing.T) *systemd {
	t.Helper()
	path := filepath.Join(filepath.Dir(newSocket(t)), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	s := &systemd{path: path, told: new(servertest.Log)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, 4096); ; {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			_, _ = s.told.Write(append(buf[:n:n], "\n--\n"...))
		}
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return s
}

// starts runs the program as systemd does, with sockets and the names that it has for them.
func (s *systemd) starts(t *testing.T, files []*os.File, names string, env []string, args ...string) (*server, *exec.Cmd) {
	t.Helper()
	env = append(env, "NOTIFY_SOCKET="+s.path, command.EnvClientID+"=operator", command.EnvClientSecret+"=correct horse battery staple")
	return startCommand(t, env, func(binary string) *exec.Cmd { return withSockets(binary, files, names, args...) })
}

// withSockets is the program with sockets. Why a shell: their receiver is named by the number of its process.
func withSockets(binary string, files []*os.File, names string, args ...string) *exec.Cmd {
	script := `LISTEN_PID=$$ LISTEN_FDS=` + string(rune('0'+len(files))) + ` LISTEN_FDNAMES=` + names + ` exec "$0" serve "$@"`
	process := exec.Command("sh", append([]string{"-c", script, binary}, args...)...)
	process.ExtraFiles = files
	return process
}

// socket is a port that is listened on, as a file to hand over.
func socket(t *testing.T) (file *os.File, addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	file, err = ln.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file, ln.Addr().String()
}

func TestSystemdHandsOverSocketsAndIsTold(t *testing.T) {
	t.Parallel()
	api, apiAddr := socket(t)
	metrics, metricsAddr := socket(t)
	sd := newSystemd(t)
	s, process := sd.starts(t, []*os.File{api, metrics}, "roster.socket:metrics", []string{"WATCHDOG_USEC=100000"}, "--in-memory", "--addr", "127.0.0.1:1")
	if s.url != "http://"+apiAddr {
		t.Errorf("it listens on %s instead of %s", s.url, apiAddr)
	}
	s.signIn("operator", "correct horse battery staple")
	s.createAccount("acme")
	res, err := s.client.Get("http://" + metricsAddr + "/readyz")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%v %v", res, err)
	}
	_ = res.Body.Close()

	// At once, and again.
	sd.waitFor(t, s, `(?s)(WATCHDOG=1).*WATCHDOG=1`)
	sd.waitFor(t, s, `(READY=1\nSTATUS=listening on http://`+apiAddr+`)`)
	terminate(t, process)
	<-s.ended
	sd.waitFor(t, s, `(STOPPING=1)`)
	if s.code != 0 {
		t.Errorf("exit %d: %s", s.code, s.stderr)
	}
}

func TestSystemdIsToldOfAReload(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	sd := newSystemd(t)
	s, process := sd.starts(t, nil, "", nil, append(a.flags(), "--in-memory", "--addr", "127.0.0.1:0")...)
	a.trustedBy(s)
	sd.waitFor(t, s, `(READY=1)`)
	hangUp(t, process)
	sd.waitFor(t, s, `(RELOADING=1\nMONOTONIC_USEC=\d+\n+--\nREADY=1)`)
}

func TestAReloadWithoutTLSIsNotTheEnd(t *testing.T) {
	t.Parallel()
	sd := newSystemd(t)
	s, process := sd.starts(t, nil, "", nil, "--in-memory", "--addr", "127.0.0.1:0")
	sd.waitFor(t, s, `(READY=1)`)
	hangUp(t, process)
	s.waitForLog(`(there is nothing to reload)`)
	s.want(http.StatusOK, http.MethodGet, "/readyz", "")
}

func TestTooManySocketsAreRefused(t *testing.T) {
	t.Parallel()
	path := servertest.Program(t)
	one, _ := socket(t)
	two, _ := socket(t)
	process := withSockets(path, []*os.File{one, two}, "a:b", "--in-memory")
	out, err := process.CombinedOutput()
	if process.ProcessState.ExitCode() != exit.Usage || !strings.Contains(string(out), "too many sockets") {
		t.Errorf("%v: %s", err, out)
	}
}

func (s *systemd) waitFor(t *testing.T, by *server, pattern string) {
	t.Helper()
	ended := by.ended
	select {
	case <-ended: // what was told before the end may still be on its way
		ended = nil
	default:
	}
	if _, ok := s.told.WaitFor(regexp.MustCompile(pattern), ended); !ok {
		t.Fatalf("systemd was not told %s, but\n%s\n%s", pattern, s.told, by.stderr)
	}
}

// TestASocketThatOthersReachNeedsCredentials: systemd's are no exception.
func TestASocketThatOthersReachNeedsCredentials(t *testing.T) {
	t.Parallel()
	path := servertest.Program(t)
	for _, addr := range []string{"0.0.0.0:0", "[::]:0"} {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		file, err := ln.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		process := withSockets(path, []*os.File{file}, "roster.socket", "--in-memory", "--addr", "127.0.0.1:0")
		out, err := process.CombinedOutput()
		_, _ = file.Close(), ln.Close()
		if process.ProcessState.ExitCode() != exit.Usage || !strings.Contains(string(out), "other machines can reach") {
			t.Errorf("%s: %v: %s", addr, err, out)
		}
	}
}

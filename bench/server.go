package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
)

// serving is what a process that this program starts of itself is told to serve.
type serving struct {
	Contender string // a key of servers
	Dir       string
	World     world
	File      string // serves this database as it is, in place of a new one with the world
}

// served is a contender that can be asked over HTTP.
type served interface {
	contender
	Handler() (http.Handler, error)
	IDs() (accounts, members []string)
}

var servers = map[string]func(serving) (served, error){
	rosterServer:            serveRoster,
	pocketBaseServer:        servePocketBase,
	pocketBaseServerIndexed: servePocketBase,
}

// listening is what a serving process says first.
type listening struct {
	URL               string
	Accounts, Members []string
}

// servingVariable has a serving as JSON.
const servingVariable = "ROSTER_BENCH_SERVING"

// serveIfTold serves until standard input ends, when this process was started for that.
func serveIfTold() bool {
	told := os.Getenv(servingVariable)
	if told == "" {
		return false
	}
	if err := serve(told); err != nil {
		log.Fatal("the server: ", err)
	}
	return true
}

func serve(told string) error {
	var s serving
	if err := json.Unmarshal([]byte(told), &s); err != nil {
		return err
	}
	answers := os.Stdout
	os.Stdout = os.Stderr // whatever somebody else prints is no answer
	open, ok := servers[s.Contender]
	if !ok {
		return fmt.Errorf("nobody is called %q", s.Contender)
	}
	c, err := open(s)
	if err != nil {
		return err
	}
	return errors.Join(answer(c, answers), c.Close())
}

// answer serves on a port of its own, says where, and then what was used, whenever a line asks for it.
func answer(c served, answers io.Writer) error {
	handler, err := c.Handler()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: handler, ReadHeaderTimeout: patience}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(listener) }()
	say := json.NewEncoder(answers)
	accounts, members := c.IDs()
	if err := say.Encode(listening{"http://" + listener.Addr().String(), accounts, members}); err != nil {
		return err
	}
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		if err := say.Encode(processUsage()); err != nil {
			return err
		}
	}
	if err := srv.Close(); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// child is a process that serves.
type child struct {
	listening
	cmd       *exec.Cmd
	questions io.WriteCloser
	answers   *json.Decoder
}

// startServer starts this program again, to serve.
func startServer(s serving) (*child, error) {
	told, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(filepath.Clean(self)) //nolint:gosec // itself
	cmd.Env = append(os.Environ(), servingVariable+"="+string(told))
	cmd.Stderr = os.Stderr
	questions, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	answers, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, questions: questions, answers: json.NewDecoder(answers)}
	if err := c.answers.Decode(&c.listening); err != nil {
		return nil, errors.Join(fmt.Errorf("the server of %s did not start: %w", s.Contender, err), c.Close())
	}
	return c, nil
}

// usage asks the process what it has used.
func (c *child) usage() (u usage, err error) {
	if _, err := fmt.Fprintln(c.questions, "usage"); err != nil {
		return u, err
	}
	err = c.answers.Decode(&u)
	return u, err
}

// CPU is that of the process; see measure.
func (c *child) CPU() ticker {
	u, err := c.usage()
	if err != nil {
		return ticker{}
	}
	return u.CPU
}

// Close ends the process, and waits until it has put its things away.
func (c *child) Close() error {
	return errors.Join(c.questions.Close(), c.cmd.Wait())
}

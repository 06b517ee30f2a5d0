package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// patience is how long a client waits for an answer.
const patience = time.Minute

// api is how a server is asked.
type api interface {
	// join is the path and the body of the request that makes a member belong to an account.
	join(account, member string) (path, body string)
	// list is the path and the query of a page of an account's newest memberships.
	list(account string, offset int, withMembers bool) string
	// page counts what an answer to list has.
	page(body []byte) (page, error)
}

// page is what an answer has.
type page struct{ rows, members, total int }

// client asks a server in another process, with as many connections as there are callers.
type client struct {
	*child
	api
	http *http.Client
}

// connections is more than there are callers, so that none has to open one anew.
const connections = 128

func newClient(s serving, a api) (*client, error) {
	c, err := startServer(s)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxIdleConns: connections, MaxIdleConnsPerHost: connections, DisableCompression: true}
	return &client{c, a, &http.Client{Transport: transport, Timeout: patience}}, nil
}

func openRosterClient(dir string, w world) (contender, error) {
	return newClient(serving{Contender: rosterServer, Dir: dir, World: w}, rosterAPI{})
}

func openPocketBaseClient(dir string, w world) (contender, error) {
	return newClient(serving{Contender: pocketBaseServer, Dir: dir, World: w}, pocketBaseAPI{})
}

func openPocketBaseIndexedClient(dir string, w world) (contender, error) {
	return newClient(serving{Contender: pocketBaseServerIndexed, Dir: dir, World: w}, pocketBaseAPI{})
}

// ask sends a request, reads the answer to its end, so that the connection is used again, and says what its status means.
func (c *client) ask(method, path, body string, into io.Writer) error {
	request, err := http.NewRequest(method, c.URL+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(into, answer.Body); err != nil {
		return err
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusCreated:
		return nil
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return errRefused
	default:
		return fmt.Errorf("the server answered %s", answer.Status)
	}
}

// Join implements joiner.
func (c *client) Join(account, member int) error {
	path, body := c.join(c.Accounts[account], c.Members[member])
	return c.ask(http.MethodPost, path, body, io.Discard)
}

// fetch gets a page and does not look at it.
func (c *client) fetch(account int, withMembers bool) error {
	return c.ask(http.MethodGet, c.list(c.Accounts[account], 0, withMembers), "", io.Discard)
}

// look gets a page and reads it.
func (c *client) look(account, offset int, withMembers bool) (page, error) {
	var body bytes.Buffer
	if err := c.ask(http.MethodGet, c.list(c.Accounts[account], offset, withMembers), "", &body); err != nil {
		return page{}, err
	}
	return c.page(body.Bytes())
}

// List implements lister.
func (c *client) List(account, offset int) (rows, total int, err error) {
	p, err := c.look(account, offset, false)
	return p.rows, p.total, err
}

// ListWithMembers implements expander.
func (c *client) ListWithMembers(account int) (rows, members, total int, err error) {
	p, err := c.look(account, 0, true)
	return p.rows, p.members, p.total, err
}

// Count implements counter: the sum over all accounts.
func (c *client) Count() (int, error) {
	sum := 0
	for account := range c.Accounts {
		_, total, err := c.List(account, 0)
		if err != nil {
			return sum, err
		}
		sum += total
	}
	return sum, nil
}

// Close implements contender.
func (c *client) Close() error {
	c.http.CloseIdleConnections()
	return c.child.Close()
}

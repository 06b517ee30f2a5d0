package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

func TestADatabaseIsMadeByWhatMakesRowsOnly(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := shell{t, environment(envDB, path)}
	for _, args := range [][]string{{"account", "list"}, {"account", "update", "x", "--name", "y"}, {"tag", "get", "x"}, {"settings", "get"}, {"changes"}, {"membership", "add", "a", "b"}} {
		s.refused(exitError, []string{path, "--db", "--server"}, args...)
	}
	code, _, stderr := s.run("account", "create", "--name", "Acme")
	if code != 0 || stderr != "made "+path+"\n" {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if _, _, stderr := s.run("account", "create", "--name", "Acme"); stderr != "" {
		t.Errorf("the second says %q", stderr)
	}
	s.shows("actor\ncli\ncli\n", "changes", "-o", "csv", "--columns", "actor")
	shell{t, environment(envDB, path, "USER", "ann")}.must("tag", "create", "--name", "t")
	s.shows("actor\ncli:ann\n", "changes", "-o", "csv", "--columns", "actor", "--limit", "1")
}

func TestWhatToWorkWithIsSaidOnce(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	fill(t, path, func(svc *roster.Service) error {
		_, err := svc.CreateTag(t.Context(), membership.Tag{Name: "of the database"})
		return err
	})
	server := start(t, ownCredentials, "--in-memory")
	server.signIn("operator", "correct horse battery staple")
	server.want(http.StatusCreated, http.MethodPost, "/v2/account-tags", `{"data":{"type":"account_tag","name":"of the server"}}`)

	const ofDatabase, ofServer = "NAME\nof the database\n", "NAME\nof the server\n"
	credentials := []string{envClientID, "operator", envClientSecret, "correct horse battery staple"}
	tags := []string{"tag", "list", "--columns", "name"}
	for _, c := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"a database in the environment", []string{envDB, path}, nil, ofDatabase},
		{"a server in the environment", []string{envServer, server.url}, nil, ofServer},
		{"a server goes before a database", []string{envServer, server.url, envDB, path}, nil, ofServer},
		{"the command line goes before the environment", []string{envServer, server.url}, []string{"--db", path}, ofDatabase},
		{"a server on the command line", []string{envDB, path}, []string{"--server", server.url + "/"}, ofServer},
		{"the path of the API", nil, []string{"--server", server.url + "/v2/"}, ofServer},
		{"a token", []string{envClientID, "", envToken, server.token}, []string{"--server", server.url}, ofServer},
		{"a token goes before credentials", []string{envToken, server.token, envClientID, "x", envClientSecret, "y"}, []string{"--server", server.url}, ofServer},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := shell{t, environment(append(c.env, credentials...)...)}
			s.shows(c.want, append(tags, c.args...)...)
		})
	}
	for _, c := range []struct {
		name string
		env  []string
		args []string
		code int
		says []string
	}{
		{"both", nil, []string{"--db", path, "--server", server.url}, exitUsage, []string{"--db and --server"}},
		{"no server", nil, []string{"--server", ""}, exitUsage, []string{"--server"}},
		{"a name that is none", nil, []string{"--server", "example.com:8080"}, exitUsage, []string{"example.com:8080", "http://127.0.0.1:8080", "unix://"}},
		{"a token for a database", nil, []string{"--db", path, "--token", "x"}, exitUsage, []string{"--token", "--server"}},
		{"certificates for a database", nil, []string{"--db", path, "--ca", "x"}, exitUsage, []string{"--ca", "--server"}},
		{"certificates that are none", nil, []string{"--server", server.url, "--ca", path}, exitUsage, []string{path, "PEM"}},
		{"half of the credentials", []string{envClientID, "me"}, []string{"--server", server.url}, exitUsage, []string{envClientID, envClientSecret}},
		{"no credentials", nil, []string{"--server", server.url}, exitError, []string{envClientID, envClientSecret, envToken}},
		{"wrong credentials", []string{envClientID, "operator", envClientSecret, "hush"}, []string{"--server", server.url}, exitError, []string{envClientID, "roster credentials create"}},
		{"a wrong token", []string{envToken, "hush"}, []string{"--server", server.url}, exitError, []string{"access token", envClientID}},
		{"nobody there", nil, []string{"--server", "http://" + busyPort(t) + "x"}, exitUsage, []string{"must be like"}},
		{"nobody at the port", nil, []string{"--server", "http://127.0.0.1:1"}, exitError, []string{"http://127.0.0.1:1", "refused", "roster serve", "--server"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := shell{t, environment(c.env...)}
			s.refused(c.code, c.says, append(tags, c.args...)...)
			if _, _, stderr := s.run(append(tags, c.args...)...); strings.Contains(stderr, "hush") {
				t.Errorf("a secret is shown: %s", stderr)
			}
		})
	}
}

func TestCredentialsThatMayOnlyReadAreToldSo(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	made := shell{t, environment(envDB, path)}.must("credentials", "create", "--scope", "read", "-o", "csv")
	cells := strings.Split(strings.Split(made, "\n")[1], ",")
	server := start(t, ownCredentials, "--db", path)
	s := shell{t, environment(envServer, server.url, envClientID, cells[0], envClientSecret, cells[1])}
	s.must("account", "list")
	s.refused(exitError, []string{"not allowed", "write", "roster credentials create"}, "account", "create", "--name", "Acme")
}

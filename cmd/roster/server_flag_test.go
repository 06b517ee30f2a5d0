package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/cmd/roster/internal/command"
	"github.com/roster-go/roster/cmd/roster/internal/exit"
	"github.com/roster-go/roster/membership"
)

func TestADatabaseIsMadeByWhatMakesRowsOnly(t *testing.T) {
	t.Parallel()
	path := newDatabase(t)
	s := shell{t, environment(command.EnvDB, path)}
	for _, args := range [][]string{{"account", "list"}, {"account", "update", "x", "--name", "y"}, {"tag", "get", "x"}, {"settings", "get"}, {"changes"}, {"membership", "add", "a", "b"}} {
		s.refused(exit.Failed, []string{path, "--db", "--server"}, args...)
	}
	code, _, stderr := s.run("account", "create", "--name", "Acme")
	if code != 0 || stderr != "made "+path+"\n" {
		t.Errorf("exit %d, %q", code, stderr)
	}
	if _, _, stderr := s.run("account", "create", "--name", "Acme"); stderr != "" {
		t.Errorf("the second says %q", stderr)
	}
	s.shows("actor\ncli\ncli\n", "changes", "-o", "csv", "--columns", "actor")
	shell{t, environment(command.EnvDB, path, "USER", "ann")}.must("tag", "create", "--name", "t")
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
	credentials := []string{command.EnvClientID, "operator", command.EnvClientSecret, "correct horse battery staple"}
	tags := []string{"tag", "list", "--columns", "name"}
	for _, c := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"a database in the environment", []string{command.EnvDB, path}, nil, ofDatabase},
		{"a server in the environment", []string{command.EnvServer, server.url}, nil, ofServer},
		{"a server goes before a database", []string{command.EnvServer, server.url, command.EnvDB, path}, nil, ofServer},
		{"the command line goes before the environment", []string{command.EnvServer, server.url}, []string{"--db", path}, ofDatabase},
		{"a server on the command line", []string{command.EnvDB, path}, []string{"--server", server.url + "/"}, ofServer},
		{"the path of the API", nil, []string{"--server", server.url + "/v2/"}, ofServer},
		{"a token", []string{command.EnvClientID, "", command.EnvToken, server.token}, []string{"--server", server.url}, ofServer},
		{"a token goes before credentials", []string{command.EnvToken, server.token, command.EnvClientID, "x", command.EnvClientSecret, "y"}, []string{"--server", server.url}, ofServer},
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
		{"both", nil, []string{"--db", path, "--server", server.url}, exit.Usage, []string{"--db and --server"}},
		{"no server", nil, []string{"--server", ""}, exit.Usage, []string{"--server"}},
		{"a name that is none", nil, []string{"--server", "example.com:8080"}, exit.Usage, []string{"example.com:8080", "http://127.0.0.1:8080", "unix://"}},
		{"a token for a database", nil, []string{"--db", path, "--token", "x"}, exit.Usage, []string{"--token", "--server"}},
		{"certificates for a database", nil, []string{"--db", path, "--ca", "x"}, exit.Usage, []string{"--ca", "--server"}},
		{"certificates that are none", nil, []string{"--server", server.url, "--ca", path}, exit.Usage, []string{path, "PEM"}},
		{"half of the credentials", []string{command.EnvClientID, "me"}, []string{"--server", server.url}, exit.Usage, []string{command.EnvClientID, command.EnvClientSecret}},
		{"no credentials", nil, []string{"--server", server.url}, exit.Failed, []string{command.EnvClientID, command.EnvClientSecret, command.EnvToken}},
		{"wrong credentials", []string{command.EnvClientID, "operator", command.EnvClientSecret, "hush"}, []string{"--server", server.url}, exit.Failed, []string{command.EnvClientID, "roster credentials create"}},
		{"a wrong token", []string{command.EnvToken, "hush"}, []string{"--server", server.url}, exit.Failed, []string{"access token", command.EnvClientID}},
		{"nobody there", nil, []string{"--server", "http://" + busyPort(t) + "x"}, exit.Usage, []string{"must be like"}},
		{"nobody at the port", nil, []string{"--server", "http://127.0.0.1:1"}, exit.Failed, []string{"http://127.0.0.1:1", "refused", "roster serve", "--server"}},
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
	made := shell{t, environment(command.EnvDB, path)}.must("credentials", "create", "--scope", "read", "-o", "csv")
	cells := strings.Split(strings.Split(made, "\n")[1], ",")
	server := start(t, ownCredentials, "--db", path)
	s := shell{t, environment(command.EnvServer, server.url, command.EnvClientID, cells[0], command.EnvClientSecret, cells[1])}
	s.must("account", "list")
	s.refused(exit.Failed, []string{"not allowed", "write", "roster credentials create"}, "account", "create", "--name", "Acme")
}

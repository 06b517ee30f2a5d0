package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// postgresScript starts PostgreSQL servers, and removes them.
const postgresScript = "../scripts/postgres-cluster"

// postgresMemory is what a server has to itself: a quarter of a small machine's. The script's 64 MB are meant for tests.
const postgresMemory = "shared_buffers=256MB"

// postgresMissing says why there can be no PostgreSQL here; nil when there can.
var postgresMissing = sync.OnceValue(func() error {
	_, err := runPostgresScript("binaries")
	return err
})

// runPostgresScript returns the last line that the script printed. Its error has one line, too.
func runPostgresScript(args ...string) (string, error) {
	var stdout, stderr strings.Builder
	cmd := exec.Command(postgresScript, args...) //nolint:gosec // our own script
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if said := lastLine(stderr.String()); said != "" {
			err = errors.New(said)
		}
		return "", err
	}
	return lastLine(stdout.String()), nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// cluster is a PostgreSQL server that writes to disk what it acknowledges, or a primary with synchronous standbys.
type cluster struct {
	dir, url, version string
	databases         atomic.Int64
}

// startCluster starts one. It is gone with this process, if not before.
func startCluster(standbys int) (*cluster, error) {
	if err := postgresMissing(); err != nil {
		return nil, err
	}
	// Why not within another directory: the servers may run as somebody else, to whom that is closed.
	dir, err := os.MkdirTemp("", "roster-bench-postgres-")
	if err != nil {
		return nil, err
	}
	url, err := runPostgresScript("start", dir, "--standbys", strconv.Itoa(standbys), "--set", postgresMemory,
		"--while", strconv.Itoa(os.Getpid()))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	c := &cluster{dir: dir, url: url}
	err = c.connected("", func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, "SHOW server_version").Scan(&c.version)
	})
	if err != nil {
		return nil, errors.Join(err, c.remove())
	}
	return c, nil
}

func (c *cluster) remove() error {
	_, err := runPostgresScript("remove", c.dir)
	return err
}

// database is the URL of one of its databases; the first one has no name.
func (c *cluster) database(name string) string {
	if name == "" {
		return c.url
	}
	return c.url + "&dbname=" + name
}

// connected runs fn with a connection to a database.
func (c *cluster) connected(database string, fn func(context.Context, *pgx.Conn) error) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.database(database))
	if err != nil {
		return err
	}
	return errors.Join(fn(ctx, conn), conn.Close(ctx))
}

// execute runs statements, each in a transaction of its own.
func (c *cluster) execute(database string, statements ...string) error {
	return c.connected(database, func(ctx context.Context, conn *pgx.Conn) error {
		for _, statement := range statements {
			if _, err := conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return nil
	})
}

// create makes a database, a copy of another one, or an empty one, and returns its name. The other one must not be in use.
func (c *cluster) create(from string) (name string, err error) {
	if from == "" {
		from = "template0"
	}
	name = fmt.Sprint("bench", c.databases.Add(1))
	return name, c.execute("", "CREATE DATABASE "+name+" TEMPLATE "+from, "CHECKPOINT")
}

func (c *cluster) drop(name string) error {
	return c.execute("", "DROP DATABASE "+name+" WITH (FORCE)")
}

// cpu is the CPU time that all processes of all its servers have used.
func (c *cluster) cpu() ticker {
	files, err := filepath.Glob(filepath.Join(c.dir, "node*", "postmaster.pid"))
	if err != nil || len(files) == 0 {
		return ticker{}
	}
	var postmasters []int
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return ticker{}
		}
		first, _, _ := strings.Cut(string(text), "\n")
		pid, err := strconv.Atoi(strings.TrimSpace(first))
		if err != nil {
			return ticker{}
		}
		postmasters = append(postmasters, pid)
	}
	return treeCPU(postmasters)
}

// postgres is a single server that is started when it is asked for, and the databases in it that are there to be copied.
type postgres struct {
	mu     sync.Mutex
	server *cluster
	err    error
	grown  map[*grownFile]string
}

func newPostgres() *postgres { return &postgres{grown: map[*grownFile]string{}} }

func (p *postgres) start() (*cluster, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil && p.err == nil {
		p.server, p.err = startCluster(0)
	}
	return p.server, p.err
}

// remove removes the server, if there is one.
func (p *postgres) remove() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		return nil
	}
	return p.server.remove()
}

// said is what the server is; nothing when there is none.
func (p *postgres) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server == nil {
		return ""
	}
	return "PostgreSQL " + p.server.version + " with " + postgresMemory
}

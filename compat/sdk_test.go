package compat

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// oldestNode is the first version of Node.js that the tests are written for.
const oldestNode = 20

// TestSDK drives the binary through the official JavaScript SDK: a server and a Node.js process for each file of tests,
// because settings are one for all.
func TestSDK(t *testing.T) {
	t.Parallel()
	needNode(t)
	installSDK(t)
	files, err := filepath.Glob("sdk/*.test.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in sdk: %v", err)
	}
	for _, file := range append(files, "sdk/client.mjs", "sdk/reporter.mjs") {
		if _, err := os.Stat(file); err != nil { // lets the go command see when one of them changed
			t.Fatal(err)
		}
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".test.mjs"), func(t *testing.T) {
			t.Parallel()
			onEachStore(t, func(t *testing.T, s *server) { runNode(t, s, file) })
		})
	}
}

// needNode skips the test where there is no Node.js, or too old a one.
func needNode(t *testing.T) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: the JavaScript SDK is not tested, because there is no %s", program)
		}
	}
	out, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	version := strings.TrimSpace(string(out))
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, _ := strconv.Atoi(major); err != nil || n < oldestNode {
		t.Skipf("SKIPPED: the JavaScript SDK is not tested, because node is %q and not v%d or later", version, oldestNode)
	}
}

// installSDK runs npm ci, unless it has been done for the present lock file. Where npm cannot reach its registry, that
// fails in CI and skips the test elsewhere.
func installSDK(t *testing.T) {
	t.Helper()
	const installed = "node_modules/.installed"
	hash := sha256.New()
	for _, file := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = hash.Write(text)
	}
	want := hex.EncodeToString(hash.Sum(nil))
	if have, _ := os.ReadFile(installed); string(have) == want {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "ci", "--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000")
	out, err := npm.CombinedOutput()
	if err == nil {
		err = os.WriteFile(installed, []byte(want), 0o600)
	}
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	t.Skipf("SKIPPED: the JavaScript SDK is not tested, because npm ci failed: %v: %s", err, line)
}

// runNode runs one file of tests, and reports each of its tests as one of this one's.
func runNode(t *testing.T, s *server, file string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", "--test-reporter=./sdk/reporter.mjs", "--test-reporter-destination=stdout", file)
	node.Env = append(os.Environ(), "ROSTER_URL="+s.url, "ROSTER_CLIENT_ID="+clientID, "ROSTER_CLIENT_SECRET="+clientSecret)
	var stdout, stderr bytes.Buffer
	node.Stdout, node.Stderr = &stdout, &stderr
	ended := node.Run()

	tests, failed := 0, false
	lines := bufio.NewScanner(&stdout)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var result struct {
			Name, Error string
			Passed      bool
		}
		// What is no result was printed by the SDK.
		if json.Unmarshal(lines.Bytes(), &result) != nil || result.Name == "" {
			continue
		}
		tests++
		t.Run(result.Name, func(t *testing.T) {
			if !result.Passed {
				failed = true
				t.Error(result.Error)
			}
		})
	}
	if tests == 0 || (ended != nil && !failed) {
		t.Errorf("node %s: %v after %d tests: %s", file, ended, tests, stderr.String())
	}
}

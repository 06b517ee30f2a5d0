package compat

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	// envBrowser names a Chromium or Chrome; without it the usual names are looked for.
	envBrowser = "ROSTER_BROWSER"
	// envScreenshots names a folder that gets pictures of some pages: docs/screenshots, from time to time.
	envScreenshots = "ROSTER_SCREENSHOTS"
	// envConsoleURL, with envConsoleID and envConsoleSecret, names a server that is running; without it the test starts the
	// binary. The server should have no data.
	envConsoleURL    = "ROSTER_CONSOLE_URL"
	envConsoleID     = "ROSTER_CONSOLE_CLIENT_ID"
	envConsoleSecret = "ROSTER_CONSOLE_CLIENT_SECRET"
)

// TestConsole drives the admin console in a real browser: with JavaScript, without it, and under the eyes of axe-core.
func TestConsole(t *testing.T) {
	needNode(t)
	browser := needBrowser(t)
	installSDK(t)
	t.Parallel() // Why not before: the test of the SDK installs, too
	const script = "console/console.mjs"
	for _, file := range []string{script, "console/session.mjs", "console/pages.mjs"} {
		if _, err := os.Stat(file); err != nil { // lets the go command see when it changed
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	node := exec.CommandContext(ctx, "node", script)
	node.Env = append(os.Environ(), envBrowser+"="+browser, envScreenshots+"="+pictures(t))
	if os.Getenv(envConsoleURL) == "" {
		node.Env = append(node.Env, startConsole(t)...)
	}
	out, err := node.CombinedOutput()
	if err != nil {
		t.Fatalf("node %s: %v\n%s", script, err, out)
	}
	t.Logf("%s", out)
}

// needBrowser skips the test where there is no browser, which is a failure in CI.
func needBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv(envBrowser), "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	const missing = "there is no Chromium; install one, or say in " + envBrowser + " where it is"
	if os.Getenv("CI") == "true" {
		t.Fatal(missing)
	}
	t.Skip("SKIPPED: the console is not tested in a browser, because " + missing)
	return ""
}

// pictures is where screenshots go: nowhere, unless the environment asks for them.
func pictures(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(envScreenshots)
	if dir == "" {
		return ""
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", dir) // from the module's root
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// startConsole starts the binary with an empty database, and returns the environment that leads to its console.
func startConsole(t *testing.T) []string {
	t.Helper()
	return []string{envConsoleURL + "=" + start(t, "sqlite").url, envConsoleID + "=" + clientID, envConsoleSecret + "=" + clientSecret}
}

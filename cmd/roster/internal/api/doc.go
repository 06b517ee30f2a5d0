// Package api is a client of roster's HTTP API: of a server, or of a handler in the same process. So a command is
// written once for both.
package api

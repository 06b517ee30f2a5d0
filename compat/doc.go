// Package compat tests the built binary with programs that this project did not write, or with exactly what they send:
//
//   - the official JavaScript SDK, pinned in package-lock.json and driven by sdk/*.test.mjs;
//   - the requests of the official command line client and its runbooks, as it was seen to send them;
//   - the lines of the documentation's curl examples, and the requests of the published Postman collection.
//
// It also runs several of them on one database of PostgreSQL, under a crowd of clients, and ends servers and databases
// while they write: together they are one server, and nothing is lost or done twice.
//
// `make compat` runs it, and so does `go test ./...`. Node.js and npm are needed for the first part only, which is
// skipped, and says so, where they are missing.
package compat

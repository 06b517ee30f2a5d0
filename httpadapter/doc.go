// Package httpadapter serves a roster.Service over HTTP. It speaks the contract of Elastic Path's account management
// API, so that clients written for that API work against it: accounts with their hierarchy and tags, account members,
// account memberships, the custom fields of all three, the settings, and the users, password profiles and usernames of
// the one authentication realm; and of its own the change log. The document at /openapi.yaml describes every route.
//
// It translates and decides nothing: every rule is in package membership, every status code in this package.
//
//	tokens := httpadapter.NewTokenAuthority(svc, httpadapter.TokenOptions{})
//	handler := httpadapter.New(svc, httpadapter.Options{Tokens: tokens})
//	err := http.ListenAndServe("127.0.0.1:8080", handler)
//
// # Mounting
//
// A handler can be served under a prefix with http.StripPrefix; Options.Prefix then puts it into the links. Paths that
// end in slashes or have doubled ones mean the same resource and are answered directly. An http.ServeMux in front of
// the handler would answer doubled slashes with a redirect, which loses the body of a POST in many clients: where
// clients send them, choose by path in front of the handler, not with a ServeMux.
//
// # Signing in
//
// An application that has users of its own passes an [Authenticator]; a program that serves machine clients passes a
// [TokenAuthority], which is one and issues the tokens as well. With neither, every request under /v2 is answered with
// 401, unless Options.AllowAnonymous says that somebody else has looked.
//
// # Changes
//
// GET /v1/changes answers with a page of the change log or, to a client that accepts text/event-stream, with all
// changes as they come. Such a stream needs no goroutine beside its request's, and keeps no more than a batch of
// changes. It moves the server's WriteTimeout on and cuts off a client that does not read; middleware that wraps the
// http.ResponseWriter must have Unwrap. A server that is to shut down says so with Options.StreamsEnd.
//
// # Errors
//
// Every error is answered as {"errors": [...]}. Unforeseen ones say nothing but a request id, under which the
// Logger has the cause.
package httpadapter

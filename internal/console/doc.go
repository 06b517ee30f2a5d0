// Package console serves roster's admin console: the pages on which people look after accounts, members, memberships,
// custom fields and settings, and watch the change log.
//
// The pages are rendered here and work without JavaScript; what there is of it is served from the program too, and only
// adds a feed that moves and dialogs in place of pages that ask again. The console uses roster.Service and decides
// nothing: every rule is in package membership, every status in package httpadapter.
//
// # Signing in
//
// People sign in with the client id and the secret of a credential, as programs do. The access token that they get is kept
// in a cookie and looked up at every request, so a credential that is revoked is out at once. A credential that may only
// read is shown no forms that write, and is refused when it sends one.
//
// A form that another site sends is refused three times over: the cookie is not sent along (SameSite), the browser says
// where it comes from (http.CrossOriginProtection), and it has no form token, which is made of the access token.
package console

package httpadapter_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
	"github.com/roster-go/roster/store"
)

// failing is a store whose settings cannot be read.
type failing struct {
	store.Store
	settings func(context.Context) error
}

func (f failing) Settings(ctx context.Context) (membership.Settings, error) {
	return membership.Settings{}, f.settings(ctx)
}

const settingsPath = "/v2/settings/account-membership"

func failingWith(err error) func(*setup) {
	return withStore(failing{memstore.New(), func(context.Context) error { return err }})
}

// TestEveryErrorHasARow reads the sources, so that an error which is added there cannot be forgotten here.
func TestEveryErrorHasARow(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{}
	ast.Inspect(parse(t, "error.go")[0], func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "errorTable" {
			return true
		}
		ast.Inspect(spec, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				rows[selector.X.(*ast.Ident).Name+"."+selector.Sel.Name] = true
			}
			return true
		})
		return false
	})
	found := 0
	for pkg, dir := range map[string]string{"membership": "../membership", "store": "../store", "roster": ".."} {
		for _, name := range sentinels(t, dir) {
			found++
			if !rows[pkg+"."+name] {
				t.Errorf("%s.%s has no row in the table of errors", pkg, name)
			}
		}
	}
	if found < 36 {
		t.Errorf("found only %d errors: does this test still look in the right place?", found)
	}
}

// sentinels lists the exported variables of a package that are named like errors.
func sentinels(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	for _, file := range parse(t, filepath.Join(dir, "*.go")) {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if strings.HasPrefix(name.Name, "Err") {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names
}

func parse(t *testing.T, pattern string) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files at %s: %v", pattern, err)
	}
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// TestTheTableOfErrors: causes, however they are wrapped, and categories for causes that there are not yet.
func TestTheTableOfErrors(t *testing.T) {
	t.Parallel()
	member := membership.Membership{ID: membership.MembershipID{UUID: [16]byte{1}}}
	for _, c := range []struct {
		err          error
		status       int
		code, detail string
	}{
		{membership.ErrAccountNotFound, 404, "account_not_found", "account not found"},
		{membership.ErrMemberNotFound, 404, "member_not_found", "account member not found"},
		{membership.ErrMembershipNotFound, 404, "membership_not_found", "account membership not found"},
		{&membership.Error{Cause: membership.ErrAlreadyMember, Existing: member}, 409, "already_member",
			"account membership with the given account id and account member id already exists"},
		{&membership.Error{Cause: membership.ErrMemberImmutable, Field: "account_member_id", Existing: member}, 409, "member_immutable", "the account member of a membership cannot be changed"},
		{membership.ErrRegistrationIDTaken, 409, "registration_id_taken", "registration id is taken by another account"},
		{membership.ErrDuplicateID, 409, "duplicate_id", "id is taken"},
		{&membership.Error{Cause: membership.ErrAccountFull, Limit: 3, Used: 3}, 422, "account_full", "account is full"},
		{&membership.Error{Cause: membership.ErrMemberAtLimit, Limit: 3, Used: 4}, 422, "member_at_limit", "account member is in as many accounts as allowed"},
		{&membership.Error{Cause: membership.ErrInvalidField, Field: "name", Detail: "must rhyme"}, 400, "invalid_field", "name must rhyme"},
		{&membership.Error{Cause: membership.ErrInvalidFilter, Detail: "no"}, 400, "invalid_filter", "Could not parse the supplied filter: no"},
		{&membership.Error{Cause: membership.ErrUnknownField, Field: "x", Detail: "no"}, 400, "unknown_field", "unknown custom field: no"},
		{&membership.Error{Cause: membership.ErrInvalidValue, Field: "tier", Detail: "must be gold"}, 422, "invalid_value", "tier must be gold"},
		{&membership.Error{Cause: membership.ErrInvalidValue, Detail: "no"}, 422, "invalid_value", "invalid value: no"},
		{membership.ErrInvalidFilter, 400, "invalid_filter", "Could not parse the supplied filter"},
		{&membership.Error{Cause: membership.ErrInvalidOrder, Detail: "no"}, 400, "invalid_sort", "Could not use the supplied sort: no"},
		{membership.ErrCredentialNotFound, 401, "invalid_client", "the client id or the client secret is wrong"},
		{&membership.Error{Cause: membership.ErrPruned, Field: "after", Detail: "begin at 7", First: 7}, 410, "changes_pruned", "changes have been pruned: begin at 7"},
		{membership.ErrTokenNotFound, 401, "unauthorized", "a valid access token is required: send it as Authorization: Bearer TOKEN"},
		{membership.ErrTagNotFound, 404, "tag_not_found", "account tag not found"},
		{membership.ErrPasswordProfileNotFound, 404, "password_profile_not_found", "password profile not found"},
		{membership.ErrLoginNotFound, 404, "login_not_found", "user authentication password profile info not found"},
		{membership.ErrFlowNotFound, 404, "flow_not_found", "flow not found"},
		{membership.ErrFieldNotFound, 404, "field_not_found", "field not found"},
		{&membership.Error{Cause: membership.ErrFlowExists, Field: "slug"}, 409, "flow_exists", "a flow with this slug already exists"},
		{&membership.Error{Cause: membership.ErrFlowImmutable, Field: "slug"}, 409, "flow_immutable", "a flow keeps its slug, and a field its flow"},
		{membership.ErrFlowHasFields, 409, "flow_has_fields", "the flow has fields; delete them first"},
		{&membership.Error{Cause: membership.ErrSlugTaken, Field: "slug"}, 409, "slug_taken", "slug is taken by another field of the flow"},
		{&membership.Error{Cause: membership.ErrFieldTypeImmutable, Field: "field_type"}, 409, "field_type_immutable", "the type of a field cannot be changed"},
		{&membership.Error{Cause: membership.ErrTooManyFields, Limit: 100, Used: 100}, 422, "too_many_fields", "too many custom fields"},
		{&membership.Error{Cause: membership.ErrParentImmutable, Field: "parent_id"}, 409, "parent_immutable", "the parent of an account cannot be changed"},
		{membership.ErrTagNameTaken, 409, "tag_name_taken", "name is taken by another account tag"},
		{membership.ErrUsernameTaken, 409, "username_taken", "username is taken in the password profile"},
		{&membership.Error{Cause: membership.ErrHierarchyTooDeep, Limit: 3, Used: 3}, 422, "hierarchy_too_deep", "account hierarchy is too deep"},
		{roster.ErrNoPasswords, 501, "passwords_unavailable", "this program was not set up to keep passwords"},
		{membership.ErrInvalid, 400, "invalid", "invalid"},
		{membership.ErrNotFound, 404, "not_found", "not found"},
		{membership.ErrConflict, 409, "conflict", "conflict"},
		{membership.ErrLimit, 422, "limit_reached", "limit reached"},
		{httpadapter.ErrUnauthenticated, 401, "unauthorized", httpadapter.ErrUnauthenticated.Error()},
		{httpadapter.ErrForbidden, 403, "forbidden", "not allowed"},
		{store.ErrBusy, 503, "busy", "the store is busy, try again in a moment"},
		{store.ErrStorageFull, 507, "storage_full", "there is no room for it and nothing was changed; reading goes on, and writing will when the operator has made room"},
		{store.ErrStorageFailed, 500, "storage_failed", "the disk of the store has failed and nothing was changed"},
		{store.ErrOutcomeUnknown, 503, "outcome_unknown", "the store went away, or its disk failed, before it said whether the changes were made: look before you try again"},
		{store.ErrClosed, 503, "shutting_down", "the service is shutting down, try again in a moment"},
		{errors.New("SELECT failed at /var/db"), 500, "internal", "there was a problem processing your request"},
		{context.DeadlineExceeded, 500, "internal", "there was a problem processing your request"}, // not the request's own
	} {
		api := newAPI(t, failingWith(fmt.Errorf("settings: %w", c.err))).judgedByNobody()
		got := api.get(settingsPath).refused(c.status, c.code)
		if got.text("errors.0.detail") != c.detail {
			t.Errorf("%v: %q, want %q", c.err, got.text("errors.0.detail"), c.detail)
		}
		if retry := got.header.Get("Retry-After"); (c.status == http.StatusServiceUnavailable) != (retry == "1") {
			t.Errorf("%v: Retry-After is %q", c.err, retry)
		}
		if wanted := got.header.Get("WWW-Authenticate"); (c.status == http.StatusUnauthorized) != (wanted == "Bearer") {
			t.Errorf("%v: WWW-Authenticate is %q", c.err, wanted)
		}
		logged := c.status == http.StatusInternalServerError || errors.Is(c.err, store.ErrStorageFull) || errors.Is(c.err, store.ErrOutcomeUnknown)
		if logged != strings.Contains(api.log.String(), "request failed") {
			t.Errorf("%v: the log has %q", c.err, api.log)
		}
	}
}

func TestSeveralRefusalsAreAllAnswered(t *testing.T) {
	t.Parallel()
	_, err := membership.ParseMemberID("x")
	api := newAPI(t, failingWith(errors.Join(membership.Account{}.Validate(), err))).judgedByNobody()
	got := api.get(settingsPath).refused(http.StatusBadRequest, "invalid_field")
	if got.text("errors.0.source.pointer") != "/data/name" || got.text("errors.1.source.pointer") != "/data/account_member_id" {
		t.Errorf("got %s", got.body)
	}
}

// TestTheCodesOfTheDocument: openapi.yaml lists the codes that the sources have, and no others.
func TestTheCodesOfTheDocument(t *testing.T) {
	t.Parallel()
	_, documented, _ := theContract().find("", "components", "schemas", "ErrorCode", "enum")
	var sources strings.Builder
	paths, _ := filepath.Glob("*.go")
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(text)
	}
	codes := documented.([]any)
	answered := regexp.MustCompile(`\bcode:\s*"(\w+)"`).FindAllStringSubmatch(sources.String(), -1)
	if len(answered) < len(codes)/2 {
		t.Errorf("only %d codes were found in the sources", len(answered))
	}
	for _, code := range answered {
		if !slices.Contains(codes, any(code[1])) {
			t.Errorf("the document does not have the code %s", code[1])
		}
	}
	for _, code := range codes {
		if !strings.Contains(sources.String(), fmt.Sprintf("%q", code)) {
			t.Errorf("no source has the code %s", code)
		}
	}
	if !slices.IsSortedFunc(codes, func(a, b any) int { return strings.Compare(a.(string), b.(string)) }) {
		t.Error("the codes are not in order")
	}
}

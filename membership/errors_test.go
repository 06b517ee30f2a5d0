package membership_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"testing"

	"github.com/roster-go/roster/membership"
)

var categories = map[string]error{
	"ErrInvalid":  membership.ErrInvalid,
	"ErrNotFound": membership.ErrNotFound,
	"ErrConflict": membership.ErrConflict,
	"ErrLimit":    membership.ErrLimit,
}

// causes is checked against the source below, so a new one cannot be forgotten here.
var causes = map[string]error{
	"ErrInvalidField":             membership.ErrInvalidField,
	"ErrUnknownField":             membership.ErrUnknownField,
	"ErrInvalidValue":             membership.ErrInvalidValue,
	"ErrInvalidFilter":            membership.ErrInvalidFilter,
	"ErrInvalidOrder":             membership.ErrInvalidOrder,
	"ErrAccountNotFound":          membership.ErrAccountNotFound,
	"ErrMemberNotFound":           membership.ErrMemberNotFound,
	"ErrMembershipNotFound":       membership.ErrMembershipNotFound,
	"ErrTagNotFound":              membership.ErrTagNotFound,
	"ErrPasswordProfileNotFound":  membership.ErrPasswordProfileNotFound,
	"ErrLoginNotFound":            membership.ErrLoginNotFound,
	"ErrFlowNotFound":             membership.ErrFlowNotFound,
	"ErrFieldNotFound":            membership.ErrFieldNotFound,
	"ErrPruned":                   membership.ErrPruned,
	"ErrCredentialNotFound":       membership.ErrCredentialNotFound,
	"ErrTokenNotFound":            membership.ErrTokenNotFound,
	"ErrAlreadyMember":            membership.ErrAlreadyMember,
	"ErrMemberImmutable":          membership.ErrMemberImmutable,
	"ErrRegistrationIDTaken":      membership.ErrRegistrationIDTaken,
	"ErrParentImmutable":          membership.ErrParentImmutable,
	"ErrPasswordProfileImmutable": membership.ErrPasswordProfileImmutable,
	"ErrTagNameTaken":             membership.ErrTagNameTaken,
	"ErrUsernameTaken":            membership.ErrUsernameTaken,
	"ErrFlowExists":               membership.ErrFlowExists,
	"ErrFlowImmutable":            membership.ErrFlowImmutable,
	"ErrFlowHasFields":            membership.ErrFlowHasFields,
	"ErrSlugTaken":                membership.ErrSlugTaken,
	"ErrFieldTypeImmutable":       membership.ErrFieldTypeImmutable,
	"ErrReferenced":               membership.ErrReferenced,
	"ErrDuplicateID":              membership.ErrDuplicateID,
	"ErrAccountFull":              membership.ErrAccountFull,
	"ErrHierarchyTooDeep":         membership.ErrHierarchyTooDeep,
	"ErrTooManyFields":            membership.ErrTooManyFields,
	"ErrMemberAtLimit":            membership.ErrMemberAtLimit,
}

// declaredErrors reads errors.go: the categories, and of each cause its category's name.
func declaredErrors(t *testing.T) (declaredCategories []string, categoryOf map[string]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	categoryOf = map[string]string{}
	for node := range ast.Preorder(file) {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || !spec.Names[0].IsExported() {
			continue
		}
		call := spec.Values[0].(*ast.CallExpr)
		if fn, ok := call.Fun.(*ast.Ident); ok && fn.Name == "cause" {
			categoryOf[spec.Names[0].Name] = call.Args[0].(*ast.Ident).Name
		} else {
			declaredCategories = append(declaredCategories, spec.Names[0].Name)
		}
	}
	return declaredCategories, categoryOf
}

func TestEveryErrorIsListedInTheseTests(t *testing.T) {
	t.Parallel()
	declared, categoryOf := declaredErrors(t)
	slices.Sort(declared)
	if listed := slices.Sorted(maps.Keys(categories)); !slices.Equal(declared, listed) {
		t.Errorf("errors.go has the categories %v, these tests %v", declared, listed)
	}
	declared = slices.Sorted(maps.Keys(categoryOf))
	if listed := slices.Sorted(maps.Keys(causes)); !slices.Equal(declared, listed) {
		t.Errorf("errors.go has the causes %v, these tests %v", declared, listed)
	}
}

func TestACauseAnswersOnTwoLevels(t *testing.T) {
	t.Parallel()
	_, categoryOf := declaredErrors(t)
	for name, cause := range causes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrapped := map[string]error{
				"bare":       cause,
				"with facts": &membership.Error{Cause: cause},
				"wrapped":    fmt.Errorf("adding Ron: %w", &membership.Error{Cause: cause}),
				"joined":     errors.Join(errors.New("another"), cause),
			}
			for how, err := range wrapped {
				for other, sentinel := range causes {
					if got, want := errors.Is(err, sentinel), other == name; got != want {
						t.Errorf("%s: errors.Is(%s) is %t, want %t", how, other, got, want)
					}
				}
				for other, sentinel := range categories {
					if got, want := errors.Is(err, sentinel), other == categoryOf[name]; got != want {
						t.Errorf("%s: errors.Is(%s) is %t, want %t", how, other, got, want)
					}
				}
			}
		})
	}
}

func TestACategoryIsNoCause(t *testing.T) {
	t.Parallel()
	for name, category := range categories {
		for other, cause := range causes {
			if errors.Is(category, cause) {
				t.Errorf("%s is %s", name, other)
			}
		}
	}
}

func TestErrorTextsAreDistinctAndSayNothingTwice(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for name, err := range causes {
		if other, taken := seen[err.Error()]; taken {
			t.Errorf("%s and %s both say %q", name, other, err)
		}
		seen[err.Error()] = name
	}
}

func TestAnErrorSaysCauseFieldAndDetail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  membership.Error
		want string
	}{
		{membership.Error{Cause: membership.ErrAccountFull}, "account is full"},
		{membership.Error{Cause: membership.ErrInvalidField, Field: "name"}, `invalid field "name"`},
		{membership.Error{Cause: membership.ErrInvalidFilter, Detail: "why"}, "invalid filter: why"},
		{membership.Error{Cause: membership.ErrInvalidField, Field: "name", Detail: "why"}, `invalid field "name": why`},
		{
			membership.Error{Cause: membership.ErrAlreadyMember, Existing: membership.Membership{ID: membershipID(1)}},
			"account membership with the given account id and account member id already exists",
		},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestFaultsFindsEveryErrorInOrder(t *testing.T) {
	t.Parallel()
	var (
		name  = &membership.Error{Cause: membership.ErrInvalidField, Field: "name"}
		email = &membership.Error{Cause: membership.ErrInvalidField, Field: "email"}
		full  = &membership.Error{Cause: membership.ErrAccountFull}
	)
	tests := []struct {
		name string
		err  error
		want []*membership.Error
	}{
		{"no error", nil, nil},
		{"an error without facts", errors.New("disk on fire"), nil},
		{"a cause without facts", membership.ErrAccountNotFound, nil},
		{"one", name, []*membership.Error{name}},
		{"one, wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", name)), []*membership.Error{name}},
		{"several joined", errors.Join(email, nil, name), []*membership.Error{email, name}},
		{"joined and wrapped", fmt.Errorf("a: %w", errors.Join(name, email)), []*membership.Error{name, email}},
		{"joined by fmt", fmt.Errorf("%w and %w", full, name), []*membership.Error{full, name}},
		{
			"a tree", errors.Join(errors.Join(name, errors.New("plain")), fmt.Errorf("a: %w", errors.Join(full, email))),
			[]*membership.Error{name, full, email},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := membership.Faults(test.err); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestARefusalIsAnAnswerOfTheRules(t *testing.T) {
	t.Parallel()
	for name, cause := range causes {
		if !membership.IsRefusal(fmt.Errorf("wrapped: %w", cause)) {
			t.Errorf("%s is no refusal", name)
		}
	}
	for _, failure := range []error{nil, errors.New("disk"), fmt.Errorf("wrapped: %w", errors.ErrUnsupported)} {
		if membership.IsRefusal(failure) {
			t.Errorf("%v is a refusal", failure)
		}
	}
}

package access_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/torture"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/memstore"
)

// nameOfSecret is how something is called that holds one.
var nameOfSecret = regexp.MustCompile(`(?i)(secret|token|password|hash|csrf|session|cookie)s?$`)

// harmless are the comparisons of such names by == and != that tell nobody anything, and why.
var harmless = map[string]string{
	"other.session == session":                     "internal/console/upload.go: both are hashes of cookies that were recognised already",
	"up.session != session":                        "internal/console/upload.go: both are hashes of cookies that were recognised already",
	"up.session == session":                        "internal/console/upload.go: both are hashes of cookies that were recognised already",
	"client.SecretHash == membership.SecretHash{}": "httpadapter/token.go: whether there is any",
}

// TestSecretsAreComparedInConstantTime looks at every comparison in the program: a secret is compared with nothing but whether
// it is there.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	t.Parallel()
	compared, hidden, used := 0, 0, map[string]bool{}
	eachSource(t, func(file *ast.File, source string, at *token.FileSet) {
		text := func(n ast.Node) string { return source[at.Position(n.Pos()).Offset:at.Position(n.End()).Offset] }
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if n.Op != token.EQL && n.Op != token.NEQ {
					return true
				}
				compared++
				if !isSecret(n.X) && !isSecret(n.Y) || isConstant(n.X) || isConstant(n.Y) {
					return true
				}
				if used[text(n)] = true; harmless[text(n)] == "" {
					t.Errorf("%s: %s: compare secrets with SecretHash.Equal or subtle.ConstantTimeCompare, or say in harmless why not", at.Position(n.Pos()), text(n))
				}
			case *ast.SelectorExpr:
				if n.Sel.Name == "ConstantTimeCompare" {
					hidden++
				}
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "bytes" && n.Sel.Name == "Equal" {
					t.Errorf("%s: bytes.Equal was not needed for anything so far: see to it that these are no secrets", at.Position(n.Pos()))
				}
			}
			return true
		})
	})
	for expression := range harmless {
		if !used[expression] {
			t.Errorf("%s is nowhere any more", expression)
		}
	}
	if hidden != 2 {
		t.Errorf("there are %d comparisons in constant time, of hashes of secrets and of form tokens there were 2", hidden)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: compared,
		Promise:  "Secrets are compared as hashes and in constant time, and an unknown client costs what a wrong secret costs",
		Method:   "every == of the source is looked at; a secret of 32 MB, so that hashing it shows",
		Measured: fmt.Sprintf("%d in constant time, %d exceptions with a reason", hidden, len(harmless))})
}

// isSecret reports whether an expression is called like a secret.
func isSecret(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return nameOfSecret.MatchString(e.Name)
	case *ast.SelectorExpr:
		return nameOfSecret.MatchString(e.Sel.Name)
	case *ast.CallExpr:
		return isSecret(e.Fun)
	case *ast.StarExpr:
		return isSecret(e.X)
	case *ast.ParenExpr:
		return isSecret(e.X)
	}
	return false
}

// isConstant reports whether it is a literal or nil, which is no secret.
func isConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return e.Name == "nil"
	}
	return false
}

// eachSource calls look with every file of the program that is no test.
func eachSource(t *testing.T, look func(file *ast.File, source string, at *token.FileSet)) {
	t.Helper()
	root := filepath.Join("..", "..", "..")
	files := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		skipped := []string{"bench", "bin", "build", "node_modules", "examples", "torture", "servertest", "pgtest", "storetest"}
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (slices.Contains(skipped, d.Name()) || strings.HasPrefix(d.Name(), ".") && d.Name() != ".."):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		return lookAt(path, look)
	})
	if err != nil || files < 100 {
		t.Fatalf("%d files, %v", files, err)
	}
}

func lookAt(path string, look func(file *ast.File, source string, at *token.FileSet)) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	at := token.NewFileSet()
	file, err := parser.ParseFile(at, path, source, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	look(file, string(source), at)
	return nil
}

// TestAnUnknownClientCostsWhatAWrongSecretCosts: with a secret that takes long to hash, so that it shows whether it was. Sent
// over HTTP it could not be that long.
func TestAnUnknownClientCostsWhatAWrongSecretCosts(t *testing.T) {
	t.Parallel()
	svc := roster.New(memstore.New(), roster.Options{})
	known, _, err := svc.CreateCredential(t.Context(), membership.ScopeAll)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 32<<20)
	took := func(id string) time.Duration {
		began := time.Now()
		if _, err := svc.CheckCredential(t.Context(), id, long); err == nil {
			t.Error("a wrong secret is taken")
		}
		return time.Since(began)
	}
	// By turns, and the fastest of each: a busy machine makes some of them slow, and none of them fast.
	wrong, unknown := time.Hour, time.Hour
	for range 20 {
		wrong, unknown = min(wrong, took(known.ClientID)), min(unknown, took("nobody"))
		if unknown >= wrong/10 {
			return
		}
	}
	t.Errorf("a wrong secret takes %v, an unknown client %v: the answer's time tells them apart", wrong, unknown)
}

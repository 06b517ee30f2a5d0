package roster_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/roster-go/roster"

// rooms is the house's plan: what the packages that are embedded in other people's programs may import beside the
// standard library. docs/design.md gives the reason for every one of them.
var rooms = map[string][]string{
	"membership":      {"github.com/google/uuid"},
	"store":           {module + "/membership", "github.com/google/uuid"},
	"store/storetest": {module + "/store", module + "/membership", "github.com/google/uuid"},
	"store/storecopy": {module + "/store", module + "/membership", "github.com/google/uuid"},
	"memstore":        {module + "/store", module + "/membership", "github.com/google/uuid"},
	"internal/stored": {module + "/membership", "github.com/google/uuid"},
	"internal/gate":   {module + "/store"},
	"sqlitestore":     {module + "/store", module + "/membership", module + "/internal/gate", module + "/internal/stored", module + "/migrations", "github.com/google/uuid", "modernc.org/sqlite", "modernc.org/sqlite/lib"},
	"pgstore": {module + "/store", module + "/membership", module + "/internal/gate", module + "/internal/stored",
		module + "/migrations/postgres", "github.com/google/uuid", "github.com/jackc/pgx/v5", "github.com/jackc/pgx/v5/pgconn",
		"github.com/jackc/pgx/v5/pgtype", "github.com/jackc/pgx/v5/pgxpool", "github.com/jackc/pgx/v5/stdlib", "github.com/jackc/puddle/v2"},
	"migrations":          {"github.com/pressly/goose/v3", "github.com/pressly/goose/v3/database"},
	"migrations/postgres": {module + "/migrations", "github.com/pressly/goose/v3", "github.com/pressly/goose/v3/lock"},
	"internal/pgtest":     {"github.com/jackc/pgx/v5"},
	"internal/replay":     {module + "/store", module + "/membership", module + "/memstore"},
	"internal/torture":    {},
	"internal/history":    {module, module + "/internal/servertest", module + "/membership", module + "/store", "github.com/anishathalye/porcupine", "github.com/google/uuid"},
	"internal/servertest": {"go.uber.org/goleak", module + "/internal/pgtest", module + "/httpadapter", module + "/internal/console", module + "/internal/transfer", module + "/memstore", module + "/pgstore", module + "/sqlitestore"},
	"":                    {module + "/store", module + "/membership", "github.com/google/uuid"},
	"httpadapter":         {module, module + "/store", module + "/membership", "github.com/google/uuid"},
	"internal/transfer":   {module, module + "/httpadapter", module + "/membership", "github.com/google/uuid"},
	"internal/console":    {module, module + "/httpadapter", module + "/membership", module + "/store", "github.com/google/uuid"},
}

// goList runs go list in the module's root and returns the lines of its answer.
func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestEveryRoomImportsOnlyWhatThePlanAllows(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, line := range goList(t, "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...") {
		fields := strings.Fields(line)
		room := strings.TrimPrefix(strings.TrimPrefix(fields[0], module), "/")
		if strings.HasPrefix(room, "cmd/") || strings.HasPrefix(room, "examples/") || room == "compat" || strings.HasPrefix(room, "internal/torture/") {
			continue // the top floor, and what has nothing but tests, imports what it likes
		}
		allowed, known := rooms[room]
		if !known {
			t.Errorf("room %q is not in the plan: add it to docs/design.md, .golangci.yml and this test", room)
			continue
		}
		seen[room] = true
		for _, imported := range fields[1:] {
			isStandard := !strings.Contains(strings.Split(imported, "/")[0], ".")
			if !isStandard && !slices.Contains(allowed, imported) {
				t.Errorf("%s imports %s; allowed beside the standard library: %v", fields[0], imported, allowed)
			}
		}
	}
	for room := range rooms {
		if !seen[room] {
			t.Errorf("room %q is in the plan and not in the module", room)
		}
	}
}

func TestMembershipIsPure(t *testing.T) {
	t.Parallel()
	impure := []string{"context", "crypto/rand", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "sync", "syscall"}
	for _, imported := range goList(t, "-f", `{{join .Imports "\n"}}`, "./membership") {
		if slices.Contains(impure, imported) {
			t.Errorf("membership imports %s: it is told what time it is and what is stored, it does not find out", imported)
		}
	}
}

func TestProgramOnMemstoreLinksNoDatabase(t *testing.T) {
	t.Parallel()
	forbidden := []string{"database/sql", "net/http"} // google/uuid links database/sql/driver, which is types only
	for _, linked := range goList(t, "-deps", ".", "./memstore") {
		if slices.Contains(forbidden, linked) || strings.HasPrefix(linked, "modernc.org/") || strings.HasPrefix(linked, "github.com/pressly/") {
			t.Errorf("a program that imports roster and memstore links %s", linked)
		}
	}
}

func TestAStoreLinksNoOtherDatabase(t *testing.T) {
	t.Parallel()
	for room, others := range map[string][]string{
		"./sqlitestore": {"github.com/jackc/", module + "/pgstore"},
		"./pgstore":     {"modernc.org/", module + "/sqlitestore"},
	} {
		for _, linked := range goList(t, "-deps", room) {
			if slices.ContainsFunc(others, func(other string) bool { return strings.HasPrefix(linked, other) }) {
				t.Errorf("a program that imports %s links %s", room, linked)
			}
		}
	}
}

func TestNoLibraryPackageLinksTestingLibraries(t *testing.T) {
	t.Parallel()
	for _, linked := range goList(t, "-deps", ".", "./memstore", "./sqlitestore", "./pgstore", "./httpadapter") {
		if linked == "testing" || strings.HasPrefix(linked, "go.uber.org/goleak") || strings.Contains(linked, "jsonschema") {
			t.Errorf("a program that embeds roster links %s", linked)
		}
	}
}

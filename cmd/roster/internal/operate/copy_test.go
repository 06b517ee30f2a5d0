package operate

import (
	"strings"
	"testing"
)

func TestTwoSchemasAreNotTakenForOne(t *testing.T) {
	t.Parallel()
	const server = "postgres://roster:secret@db/app?search_path=one"
	if samePlace(server, strings.Replace(server, "one", "two", 1)) {
		t.Error("two schemas are taken for one")
	}
	if !samePlace(server, server+"&sslmode=disable") {
		t.Error("one schema is taken for two")
	}
}

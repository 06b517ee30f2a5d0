package transfer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestDerivedIDsIncreaseWithinAFileAndDifferBetweenFiles(t *testing.T) {
	t.Parallel()
	seen := map[uuid.UUID]bool{}
	for _, text := range []string{"", "a", "b"} {
		sum, size, err := fingerprintOf(strings.NewReader(text))
		if err != nil || size != int64(len(text)) {
			t.Fatal(size, err)
		}
		var last uuid.UUID
		for _, place := range []uint64{0, 1, 2, 255, 256, 1 << 20, 1 << 32, 1<<40 - 1} {
			id := sum.id(place)
			if bytes.Compare(id[:], last[:]) <= 0 {
				t.Errorf("%s follows %s", id, last)
			}
			last = id
			if again, _, _ := fingerprintOf(strings.NewReader(text)); again.id(place) != id {
				t.Error("the same row has another id")
			}
			checkCustom(t, seen, id)
		}
		checkCustom(t, seen, sum.named("press"))
		checkCustom(t, seen, sum.named("news"))
	}
}

// checkCustom checks that an id is one of version 8 and was not there before.
func checkCustom(t *testing.T, seen map[uuid.UUID]bool, id uuid.UUID) {
	t.Helper()
	if id.Version() != 8 || id.Variant() != uuid.RFC4122 || seen[id] {
		t.Errorf("%s has version %d and variant %v, seen before: %v", id, id.Version(), id.Variant(), seen[id])
	}
	seen[id] = true
}

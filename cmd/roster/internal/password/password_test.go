package password

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"github.com/roster-go/roster/membership"
)

func TestPasswordsAreKeptAsBcryptAndNeverCutOff(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("é", maxBytes/2)
	hash, err := Hash(longest)
	if err != nil || bcrypt.CompareHashAndPassword([]byte(hash), []byte(longest)) != nil {
		t.Errorf("%d bytes: %q %v", len(longest), hash, err)
	}

	_, err = Hash(longest + "x")
	refusal, ok := errors.AsType[*membership.Error](err)
	if !ok || !errors.Is(err, membership.ErrInvalidField) || refusal.Field != "password" || !strings.Contains(refusal.Detail, "72 bytes") {
		t.Errorf("one byte more: %v", err)
	}
}

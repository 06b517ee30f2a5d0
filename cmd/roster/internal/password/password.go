// Package password is how this program keeps the passwords of logins.
package password

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/bcrypt"

	"github.com/roster-go/roster/membership"
)

// maxBytes is how much of a password bcrypt looks at.
const maxBytes = 72

// Hash is how this program keeps the passwords of logins. A password that bcrypt would cut off is refused:
// two that differ only behind the cut would be the same.
func Hash(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", &membership.Error{
			Cause:  membership.ErrInvalidField,
			Field:  "password",
			Detail: fmt.Sprintf("must have at most %d bytes", maxBytes),
		}
	}
	return string(hash), err
}

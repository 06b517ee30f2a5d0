package membership

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest texts, in characters (Unicode code points).
const (
	MaxTextLength           = 2048 // names, legal names, external references, e-mail addresses
	MaxRegistrationIDLength = 63
)

// required checks a text that must not be blank.
func required(field, s string) error {
	if err := bounded(field, s, MaxTextLength); err != nil {
		return err
	}
	if strings.IndexFunc(s, visible) < 0 {
		return invalid(field, "is required and must not be blank")
	}
	return nil
}

// visible tells a character that can be seen from blanks, controls and characters of no width.
func visible(c rune) bool { return unicode.IsGraphic(c) && !unicode.IsSpace(c) }

// bounded checks a text that may be empty. NUL and invalid UTF-8 are refused because the engines treat them
// differently, and the stores must not.
func bounded(field, s string, most int) error {
	if err := storable(s); err != "" {
		return invalid(field, "%s", err)
	}
	if n := utf8.RuneCountInString(s); n > most {
		return invalid(field, "must have at most %d characters, has %d", most, n)
	}
	return nil
}

// storable says what keeps a text from being stored, or nothing.
func storable(s string) string {
	switch {
	case !utf8.ValidString(s):
		return "must be valid UTF-8"
	case strings.ContainsRune(s, 0):
		return "must not contain a NUL character"
	}
	return ""
}

// address checks an e-mail address that may be empty. It is kept as given, so only the bare form is taken: one
// with a display name, angle brackets or a quoted local part would be a second spelling of the same address.
func address(field, s string) error {
	if s == "" {
		return nil
	}
	if err := bounded(field, s, MaxTextLength); err != nil {
		return err
	}
	if parsed, err := mail.ParseAddress(s); err != nil || parsed.Address != s {
		return invalid(field, "must be an e-mail address such as ron@example.com")
	}
	return nil
}

// clip shortens what an error quotes back to whoever sent it.
func clip(s string) string {
	const most = 60
	for i := range s {
		if i >= most {
			return s[:i] + "..."
		}
	}
	return s
}

// set copies a new value over an old one where one is given.
func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

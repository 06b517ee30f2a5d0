package servertest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// leastSecret is how long a secret has to be to be looked for: a shorter one is in every text by chance.
const leastSecret = 8

// Shown are the spellings in which a text has a secret: as it is, escaped as in a URL, in JSON or in quotes, encoded, and as
// its SHA-256, which is what the stores keep of it. A secret of less than 8 characters is not looked for.
func Shown(text []byte, secret string) []string {
	if len(secret) < leastSecret {
		return nil
	}
	var shown []string
	for _, spelling := range spellings(secret) {
		if bytes.Contains(text, []byte(spelling)) && !slices.Contains(shown, spelling) {
			shown = append(shown, spelling)
		}
	}
	return shown
}

func spellings(secret string) []string {
	inJSON, _ := json.Marshal(secret) // a string always can be
	inQuotes := strconv.Quote(secret)
	hash := sha256.Sum256([]byte(secret))
	all := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), string(inJSON[1 : len(inJSON)-1]), inQuotes[1 : len(inQuotes)-1],
		hex.EncodeToString([]byte(secret)), hex.EncodeToString(hash[:]), string(hash[:])}
	for _, bytes := range [][]byte{[]byte(secret), hash[:]} {
		// Why without the last three: what follows a part of a text changes them.
		all = append(all, strings.TrimRight(base64.StdEncoding.EncodeToString(bytes), "=")[:len(bytes)-3], base64.RawURLEncoding.EncodeToString(bytes)[:len(bytes)-3])
	}
	return all
}

// secrets are what a log must not have in it.
type secrets struct {
	mu  sync.Mutex
	all []string
}

// add adds some; empty ones are none.
func (s *secrets) add(some ...string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, some...)
}

// in are the spellings of secrets that a text has.
func (s *secrets) in(text string) (shown []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range s.all {
		shown = append(shown, Shown([]byte(text), secret)...)
	}
	return shown
}

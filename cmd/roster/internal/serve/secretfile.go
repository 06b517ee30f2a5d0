package serve

import (
	"os"
	"strings"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

// readClient reads the credentials that are in files.
func (c *config) readClient() error {
	for _, one := range []struct {
		flag, file string
		value      *string
	}{{"client-id-file", c.clientIDFile, &c.clientID}, {"client-secret-file", c.clientSecretFile, &c.clientSecret}} {
		if one.file == "" {
			continue
		}
		value, err := readSecret(one.flag, one.file)
		if err != nil {
			return err
		}
		*one.value = value
	}
	return nil
}

// readSecret reads a file of one line.
func readSecret(flag, path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", exit.Usagef("--%s cannot be read: %v", flag, err)
	}
	value := strings.TrimRight(string(content), "\r\n")
	if value == "" || strings.ContainsAny(value, "\r\n") {
		return "", exit.Usagef("--%s names %s, which must hold one line and nothing else", flag, path)
	}
	return value, nil
}

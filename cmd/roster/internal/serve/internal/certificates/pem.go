package certificates

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
)

// hasBlock reports whether a PEM text has a block whose type ends as given; an encrypted one is none.
func hasBlock(text []byte, kind string) bool {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return false
		}
		if strings.HasSuffix(block.Type, kind) && !strings.Contains(block.Type, "ENCRYPTED") {
			return true
		}
		text = rest
	}
}

// parses reports whether the first certificate of a PEM text can be read.
func parses(text []byte) bool {
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return false
		}
		if block.Type == "CERTIFICATE" {
			_, err := x509.ParseCertificate(block.Bytes)
			return err == nil
		}
		text = rest
	}
}

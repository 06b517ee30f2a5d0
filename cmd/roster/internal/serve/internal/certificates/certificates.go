// Package certificates is a TLS certificate with its key in files that are replaced while they are in use.
package certificates

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Pair is a certificate with its key, as the files last had it when they fitted together.
type Pair struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]

	mu   sync.Mutex
	seen content // of the files, whether or not it was good
}

// content tells what was in two files from what was in them at another time.
type content struct{ cert, key [sha256.Size]byte }

// Load reads the files. An error says which of them is to blame.
func Load(certFile, keyFile string) (*Pair, error) {
	p := &Pair{certFile: certFile, keyFile: keyFile}
	if err := p.Reload(); err != nil {
		return nil, err
	}
	return p, nil
}

// Config is how a server uses the pair: TLS 1.2 and later. New connections get what was loaded last; those that there are
// go on with what they began with.
func (p *Pair) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.current.Load(), nil },
	}
}

// Expires is when the certificate ends.
func (p *Pair) Expires() time.Time { return p.current.Load().Leaf.NotAfter }

// Reload reads the files again. When they are broken, or do not fit together, the old pair stays.
func (p *Pair) Reload() error {
	_, err := p.reload(true)
	return err
}

// Watch looks at the files at every interval until ctx ends, reads them again when they have changed, and tells what became
// of it. Why not by the times of the files: a link that leads somewhere else now has a time that may be older.
func (p *Pair) Watch(ctx context.Context, interval time.Duration, changed func(error)) {
	ticks := time.NewTicker(interval)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		if did, err := p.reload(false); did {
			changed(err)
		}
	}
}

// reload reads the files, and uses them when they have changed or always. It says whether it has tried to.
func (p *Pair) reload(always bool) (tried bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cert, certErr := os.ReadFile(p.certFile)
	key, keyErr := os.ReadFile(p.keyFile)
	now := content{sha256.Sum256(cert), sha256.Sum256(key)} // of nothing where a file is missing
	if !always && now == p.seen {
		return false, nil
	}
	p.seen = now
	switch {
	case certErr != nil:
		return true, fmt.Errorf("cannot read the certificate: %w", certErr)
	case keyErr != nil:
		return true, fmt.Errorf("cannot read the key: %w", keyErr)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return true, p.blame(cert, key, err)
	}
	p.current.Store(&pair)
	return true, nil
}

// blame finds out which file is wrong.
func (p *Pair) blame(cert, key []byte, err error) error {
	switch {
	case !hasBlock(cert, "CERTIFICATE"):
		return fmt.Errorf("%s holds no certificate in PEM form", p.certFile)
	case !hasBlock(key, "PRIVATE KEY"):
		return fmt.Errorf("%s holds no private key in PEM form without a password", p.keyFile)
	case !parses(cert):
		return fmt.Errorf("the certificate in %s is damaged: %w", p.certFile, err)
	default:
		return fmt.Errorf("the key in %s is not that of the certificate in %s: %w", p.keyFile, p.certFile, err)
	}
}

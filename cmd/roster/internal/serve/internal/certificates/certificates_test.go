package certificates_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roster-go/roster/cmd/roster/internal/serve/internal/certificates"
)

// made is a new certificate with its key, in PEM form.
func made(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// files are where a pair lies.
type files struct{ cert, key string }

func newFiles(t *testing.T) files {
	dir := t.TempDir()
	return files{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

func (f files) write(t *testing.T, cert, key []byte) {
	t.Helper()
	for path, content := range map[string][]byte{f.cert: cert, f.key: key} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// served is the name in the certificate that a connection gets.
func served(t *testing.T, p *certificates.Pair) string {
	t.Helper()
	pair, err := p.Config().GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf.Subject.CommonName
}

func TestReloadTakesTheNewPairAndABrokenOneLeavesTheOld(t *testing.T) {
	t.Parallel()
	f := newFiles(t)
	cert, key := made(t, "first")
	f.write(t, cert, key)
	p, err := certificates.Load(f.cert, f.key)
	if err != nil || served(t, p) != "first" || p.Expires().Year() != 2100 {
		t.Fatal(err)
	}

	newer, newerKey := made(t, "second")
	f.write(t, newer, key)
	if err := p.Reload(); err == nil || served(t, p) != "first" {
		t.Errorf("a certificate with another's key: %v", err)
	}
	f.write(t, newer, newerKey)
	if err := p.Reload(); err != nil || served(t, p) != "second" {
		t.Errorf("%v", err)
	}
}

func TestAPairThatIsNoneSaysWhichFileIsWrong(t *testing.T) {
	t.Parallel()
	cert, key := made(t, "good")
	other, _ := made(t, "other")
	damaged := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("damaged")})
	for _, c := range []struct {
		name      string
		cert, key []byte
		says      func(f files) string
	}{
		{"no certificate", []byte("hello"), key, func(f files) string { return f.cert + " holds no certificate" }},
		{"no key", cert, []byte("hello"), func(f files) string { return f.key + " holds no private key" }},
		{"the two exchanged", key, cert, func(f files) string { return f.cert + " holds no certificate" }},
		{"a damaged certificate", damaged, key, func(f files) string { return "the certificate in " + f.cert + " is damaged" }},
		{"another's key", other, key, func(f files) string { return "the key in " + f.key + " is not that of the certificate in " + f.cert }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := newFiles(t)
			f.write(t, c.cert, c.key)
			if _, err := certificates.Load(f.cert, f.key); err == nil || !strings.Contains(err.Error(), c.says(f)) {
				t.Errorf("%v", err)
			}
		})
	}
	f := newFiles(t)
	f.write(t, cert, key)
	for _, missing := range []files{{f.cert + ".gone", f.key}, {f.cert, f.key + ".gone"}} {
		if _, err := certificates.Load(missing.cert, missing.key); err == nil || !strings.Contains(err.Error(), ".gone") {
			t.Errorf("%v", err)
		}
	}
}

func TestWatchTellsOfEachChangeOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := newFiles(t)
		cert, key := made(t, "first")
		f.write(t, cert, key)
		p, err := certificates.Load(f.cert, f.key)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		told := make(chan error, 10)
		go p.Watch(ctx, time.Second, func(err error) { told <- err })

		hour := func() int {
			<-time.After(time.Hour)
			synctest.Wait()
			return len(told)
		}
		if n := hour(); n != 0 {
			t.Errorf("told %d times of nothing", n)
		}
		newer, newerKey := made(t, "second")
		f.write(t, newer, key)
		if n := hour(); n != 1 || <-told == nil || served(t, p) != "first" {
			t.Errorf("half of a change: told %d times, %s", n, served(t, p))
		}
		f.write(t, newer, newerKey)
		if n := hour(); n != 1 || <-told != nil || served(t, p) != "second" {
			t.Errorf("the whole change: told %d times, %s", n, served(t, p))
		}
		if err := os.Remove(f.key); err != nil {
			t.Fatal(err)
		}
		if n := hour(); n != 1 || <-told == nil || served(t, p) != "second" {
			t.Errorf("a file that is gone: told %d times, %s", n, served(t, p))
		}
	})
}

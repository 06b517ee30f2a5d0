package console

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAForgottenUploadLeavesTheDisk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := newUploads(t.TempDir(), 100)
		up, err := u.take("session", "people.csv", strings.NewReader("ron"))
		if err != nil {
			t.Fatal(err)
		}
		u.ready(up)
		<-time.After(uploadLife)
		synctest.Wait()
		if _, err := os.Stat(up.path); !os.IsNotExist(err) {
			t.Errorf("the file is still there: %v", err)
		}
		if err := u.close(); err != nil {
			t.Error(err)
		}
	})
}

package servertest

import (
	"fmt"
	"regexp"
	"testing"
)

func TestWaitForFindsWhatComesAndWhatCameLast(t *testing.T) {
	t.Parallel()
	log, ended := new(Log), make(chan struct{})
	go func() {
		_, _ = fmt.Fprintln(log, "one 1")
		_, _ = fmt.Fprintln(log, "two 2")
		close(ended)
	}()
	if group, ok := log.WaitFor(regexp.MustCompile(`one (\d)`), ended); group != "1" || !ok {
		t.Errorf("the first group: %q, %t", group, ok)
	}
	<-ended
	if group, ok := log.WaitFor(regexp.MustCompile(`two \d`), ended); group != "two 2" || !ok {
		t.Errorf("a match without groups: %q, %t", group, ok)
	}
	if group, ok := log.WaitFor(regexp.MustCompile(`three`), ended); group != "" || ok {
		t.Errorf("what never came: %q, %t", group, ok)
	}
}

func TestOperationsAreFoundInBothFormsOfTheLog(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`time=2026-06-01T12:00:00.000Z level=INFO msg="metrics and profiles" url=http://127.0.0.1:9` + "\n",
		`{"time":"2026-06-01T12:00:00Z","level":"INFO","msg":"metrics and profiles","url":"http://127.0.0.1:9"}` + "\n",
	} {
		s := &Server{t: t, Log: new(Log)}
		_, _ = fmt.Fprint(s.Log, line)
		if url := s.Operations(); url != "http://127.0.0.1:9" {
			t.Errorf("%q in %s", url, line)
		}
	}
}

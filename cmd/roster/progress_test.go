package main

import (
	"bytes"
	"testing"
	"time"
)

func TestWhatHappensMeanwhileStandsAboveTheProgress(t *testing.T) {
	t.Parallel()
	var shown bytes.Buffer
	p := &progressLine{w: &shown, terminal: true, every: time.Hour}
	p.tell(step{doing: "importing", done: 1, total: 4, note: "1 row"})
	p.say("members.csv:2: no")
	p.tell(step{doing: "importing", done: 4, total: 4, note: "4 rows"})
	p.end()
	const want = "\r\x1b[Kimporting [######..................] 25%  1 row" +
		"\r\x1b[Kmembers.csv:2: no\n" +
		"\r\x1b[Kimporting [########################] 100%  4 rows\n"
	if shown.String() != want {
		t.Errorf("shown is %q, want %q", shown.String(), want)
	}
}

func TestNumbersAreSpelledForPeople(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1: "-1", -999: "-999", -1000: "-1,000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is spelled %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 229400: "229.4 kB", 12_345_678: "12.3 MB", 5e12: "5.0 TB", 7e15: "7000.0 TB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d bytes are spelled %s, want %s", n, got, want)
		}
	}
}

package terminal

import "testing"

func TestNumbersAreSpelledForPeople(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1: "-1", -999: "-999", -1000: "-1,000"} {
		if got := Grouped(n); got != want {
			t.Errorf("%d is spelled %s, want %s", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 229400: "229.4 kB", 12_345_678: "12.3 MB", 5e12: "5.0 TB", 7e15: "7000.0 TB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d bytes are spelled %s, want %s", n, got, want)
		}
	}
}

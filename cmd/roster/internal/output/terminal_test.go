//go:build unix

package output

import (
	"io"
	"os"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/terminal"
	"github.com/roster-go/roster/cmd/roster/internal/terminal/terminaltest"
)

func TestATerminalIsFilledAndNotOverfilled(t *testing.T) {
	t.Parallel()
	_, tty := terminaltest.Open(t, 60)
	nothing := func(string) string { return "" }
	wide := func(name string) string { return map[string]string{"COLUMNS": "72"}[name] }
	if n := tableWidth(tty, nothing); n != 60 {
		t.Errorf("a terminal of 60 columns has %d", n)
	}
	if n := tableWidth(tty, wide); n != 72 {
		t.Errorf("told to use 72 columns, it uses %d", n)
	}
	if n := tableWidth(io.Discard, wide); n != 0 {
		t.Errorf("what is no terminal has %d columns", n)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if terminal.Is(null) {
		t.Error("the device that swallows everything is no terminal")
	}
}

func TestJSONIsForPeopleOnATerminal(t *testing.T) {
	t.Parallel()
	keyboard, tty := terminaltest.Open(t, 60)
	o := Flags{Format: JSON}
	w, err := o.Rows(tty, nil, []Column{At("id")})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Row(row(t, `{"id":"1"}`)); err != nil {
		t.Fatal(err)
	}
	if err := w.End(); err != nil {
		t.Fatal(err)
	}
	const want = "[\r\n  {\r\n    \"id\": \"1\"\r\n  }\r\n]\r\n"
	got := make([]byte, len(want))
	for n := 0; n < len(got); {
		more, err := keyboard.Read(got[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += more
	}
	if string(got) != want {
		t.Errorf("shown is %q", got)
	}
}

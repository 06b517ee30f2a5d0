package api

import (
	"io"
	"log"
	"slices"
	"testing"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestARowKeepsItsOrderAndItsSpelling(t *testing.T) {
	t.Parallel()
	const text = `{"b":1.50,"a":"<&> \u2028","c":{"d":[1,null]},"e":null}`
	r, err := ParseRow([]byte(text))
	if err != nil || string(r.JSON()) != text {
		t.Fatalf("got %s, %v", r.JSON(), err)
	}
	changed := r.Without("e").With("f", "x<y", "b").With("a", 2, "").WithRaw("g", []byte("[]"))
	if got := string(changed.JSON()); got != `{"b":1.50,"f":"x<y","a":2,"c":{"d":[1,null]},"g":[]}` {
		t.Errorf("got %s", got)
	}
	if got := string(r.Put("c", r.Within("c").Without("d")).JSON()); got != `{"b":1.50,"a":"<&> \u2028","c":{},"e":null}` {
		t.Errorf("got %s", got)
	}
	if string(r.JSON()) != text {
		t.Errorf("the row has changed: %s", r.JSON())
	}
	if got := string((Row{}).With("a", "b", "").JSON()); got != `{"a":"b"}` {
		t.Errorf("got %s", got)
	}
}

func TestARowIsReadByNames(t *testing.T) {
	t.Parallel()
	r, err := ParseRow([]byte(`{"id":"1","n":-7.0,"t":true,"z":null,"in":{"side":{"x":"y"}},"l":["a",1]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		way  []string
		want string
	}{
		{[]string{"id"}, "1"}, {[]string{"n"}, "-7.0"}, {[]string{"t"}, "true"}, {[]string{"z"}, ""}, {[]string{"missing"}, ""},
		{[]string{"in", "side", "x"}, "y"}, {[]string{"in", "other", "x"}, ""}, {[]string{"n", "x"}, ""}, {[]string{"l"}, `["a",1]`},
	} {
		if got := r.Text(c.way...); got != c.want {
			t.Errorf("%v is %q instead of %q", c.way, got, c.want)
		}
	}
	if got := Texts(r.Raw("l")); !slices.Equal(got, []string{"a", "1"}) {
		t.Errorf("got %q", got)
	}
	if Texts(r.Raw("n")) != nil || r.ID() != "1" {
		t.Error("what is no list has texts")
	}
	for _, text := range []string{"", "[]", "null", `"x"`, `{"a"`, `{"a":`} {
		if _, err := ParseRow([]byte(text)); err == nil {
			t.Errorf("%s is a row", text)
		}
	}
}

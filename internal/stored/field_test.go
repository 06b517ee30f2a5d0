package stored

import (
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestDefinitionsComeBackFromTheirTexts(t *testing.T) {
	t.Parallel()
	date := func(s string) membership.Value {
		v, _ := membership.ParseDate(s)
		return v
	}
	text, integer := membership.StringValue, membership.IntegerValue
	for want, f := range map[FieldTexts]membership.Field{
		{"", "", `{}`}:          {Type: membership.TypeString},
		{"true", "false", `{}`}: {Type: membership.TypeBoolean, Default: membership.BooleanValue(true), Initial: membership.BooleanValue(false)},
		{`"a\"b"`, `""`, `{"enum":["a\"b","","\u003cé\u003e"],"format":"email"}`}: {Type: membership.TypeString, Default: text(`a"b`), Initial: text(""),
			Enum: []membership.Value{text(`a"b`), text(""), text("<é>")}, Format: "email"},
		{"9223372036854775807", "", `{"min":-9223372036854775808,"max":9223372036854775807}`}: {Type: membership.TypeInteger, Default: integer(1<<63 - 1),
			Min: integer(-1 << 63), Max: integer(1<<63 - 1)},
		{"1.50", "-0.0", `{"enum":[1E+3],"max":1.50}`}: {Type: membership.TypeFloat, Default: membership.NumberValue("1.50"),
			Initial: membership.NumberValue("-0.0"), Enum: []membership.Value{membership.NumberValue("1E+3")}, Max: membership.NumberValue("1.50")},
		{`"2024-02-29"`, `"0001-01-01"`, `{"min":"0001-01-01"}`}: {Type: membership.TypeDate, Default: date("2024-02-29"),
			Initial: date("0001-01-01"), Min: date("0001-01-01")},
	} {
		got := TextsOf(f)
		if got != want {
			t.Errorf("%+v is kept as %+v, want %+v", f, got, want)
		}
		again, err := got.Complete(membership.Field{Type: f.Type})
		if err != nil || !again.Equal(f) {
			t.Errorf("%+v: got %+v, %v; want %+v", got, again, err, f)
		}
	}
}

func TestDamagedDefinitionsAreAnError(t *testing.T) {
	t.Parallel()
	for texts, says := range map[FieldTexts]string{
		{"", "", ""}:                  "the rules of the field n are damaged",
		{"", "", "x"}:                 "the rules of the field n are damaged",
		{"", "", `{"enum":7}`}:        "the rules of the field n are damaged",
		{"x", "", `{}`}:               "the definition of the field n is damaged: a value is no whole number",
		{"", `"x"`, `{}`}:             "the definition of the field n is damaged: a value is no whole number",
		{"", "", `{"min":1.5}`}:       "the definition of the field n is damaged: a value is no whole number",
		{"", "", `{"max":"x"}`}:       "the definition of the field n is damaged: a value is no whole number",
		{"", "", `{"enum":[1,true]}`}: "the definition of the field n is damaged: a value is no whole number",
	} {
		got, err := texts.Complete(membership.Field{Slug: "n", Type: membership.TypeInteger})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: got %+v, %v; want an error that says %q", texts, got, err, says)
		}
	}
	if _, err := (FieldTexts{"1", "", `{}`}).Complete(membership.Field{Slug: "n", Type: "duration"}); err == nil ||
		!strings.Contains(err.Error(), "a type that this program does not know") {
		t.Errorf("an unknown type: %v", err)
	}
}

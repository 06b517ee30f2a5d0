package membership

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Kind is the kind of a [Value].
type Kind uint8

// The kinds of values that attributes have.
const (
	KindNull Kind = iota // unset
	KindText
	KindID
	KindTime    // whole milliseconds
	KindInteger // 64 bits
	KindFloat   // a number as it was spelled; compared as the nearest 64-bit float
	KindBoolean
	KindDate // a date or time as it was spelled; compared in whole milliseconds, UTC where it names no zone
)

var kindNames = map[Kind]string{
	KindNull: "null", KindText: "a text", KindID: "an id", KindTime: "a time", KindInteger: "an integer", KindFloat: "a float",
	KindBoolean: "a boolean", KindDate: "a date",
}

// String names the kind, for errors.
func (k Kind) String() string { return kindNames[k] }

// Value is one value of a row, an attribute's or a custom field's, or the operand of a filter. The zero Value is null.
// Values that are equal with == have the same spelling, too; those that only mean the same, such as the floats 1 and
// 1.0, are equal by [Value.Compare].
type Value struct {
	kind   Kind
	text   string // a text; the spelling of a float or a date
	id     uuid.UUID
	number int64 // what the other kinds are compared by
}

// TextValue is a text of the resource's own; the empty text is null, because an optional text that is unset is empty.
// For custom fields see [StringValue].
func TextValue(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{kind: KindText, text: s}
}

// IDValue is an id of any noun.
func IDValue(id uuid.UUID) Value { return Value{kind: KindID, id: id} }

// TimeValue is a time, cut to the millisecond.
func TimeValue(t time.Time) Value { return Value{kind: KindTime, number: t.UnixMilli()} }

// Kind tells what the value is.
func (v Value) Kind() Kind { return v.kind }

// Text is the text of a [KindText] value and the spelling of a [KindFloat] or a [KindDate] value, else empty.
func (v Value) Text() string { return v.text }

// ID is the id of a [KindID] value, else zero.
func (v Value) ID() uuid.UUID { return v.id }

// Number is what values of one kind are compared by, other than texts and ids: milliseconds since 1970 of a [KindTime]
// or a [KindDate] value, a [KindInteger] itself, 0 or 1 of a [KindBoolean], and of a [KindFloat] a number that is
// greater wherever the float is.
func (v Value) Number() int64 { return v.number }

// String is the value as a filter spells it, before quoting.
func (v Value) String() string {
	switch v.kind {
	case KindText:
		return v.text
	case KindID:
		return v.id.String()
	case KindTime:
		return time.UnixMilli(v.number).UTC().Format(timeLayout)
	case KindInteger:
		return strconv.FormatInt(v.number, 10)
	case KindBoolean:
		return strconv.FormatBool(v.number != 0)
	case KindFloat, KindDate:
		return v.text
	case KindNull:
	}
	return ""
}

// Compare orders two values of one attribute: -1, 0 or 1. Null comes first, texts and ids are compared byte by
// byte.
func (v Value) Compare(w Value) int {
	if v.kind != w.kind {
		return cmp.Compare(v.kind, w.kind)
	}
	switch v.kind {
	case KindText:
		return cmp.Compare(v.text, w.text)
	case KindID:
		return bytes.Compare(v.id[:], w.id[:])
	case KindTime, KindInteger, KindFloat, KindBoolean, KindDate:
		return cmp.Compare(v.number, w.number)
	case KindNull:
	}
	return 0
}

const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// parseValue reads a filter's operand as a value of a kind, or says what the kind would have accepted.
func parseValue(kind Kind, s string) (v Value, expected string) {
	switch kind {
	case KindID:
		s = strings.TrimRight(s, " ")
		if id, err := parseID("", s); err == nil {
			return IDValue(id), ""
		}
		return Value{}, "a UUID"
	case KindTime:
		if t, ok := parseTime(strings.TrimRight(s, " ")); ok {
			return TimeValue(t), ""
		}
		return Value{}, "a time: RFC 3339, YYYY-MM-DD, or milliseconds since 1970"
	case KindInteger:
		if v := NumberValue(strings.TrimRight(s, " ")); v.kind == KindInteger {
			return v, ""
		}
		return Value{}, expectedInteger
	case KindFloat:
		if v := NumberValue(strings.TrimRight(s, " ")); v.storable() == "" {
			return v.float(), ""
		}
		return Value{}, "a number"
	case KindBoolean:
		switch strings.TrimRight(s, " ") {
		case "true":
			return BooleanValue(true), ""
		case "false":
			return BooleanValue(false), ""
		}
		return Value{}, "true or false"
	case KindDate:
		if v, ok := ParseDate(strings.TrimRight(s, " ")); ok {
			return v, ""
		}
		return Value{}, expectedDate
	case KindText, KindNull:
	}
	return TextValue(s), ""
}

// The first and last times that [Value.String] can spell, which bound what a filter may name.
const (
	minMillis = -62_135_596_800_000 // 0001-01-01T00:00:00Z
	maxMillis = 253_402_300_799_999 // 9999-12-31T23:59:59.999Z
)

func spellable(millis int64) bool { return minMillis <= millis && millis <= maxMillis }

func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, spellable(t.UnixMilli())
		}
	}
	if strings.HasPrefix(s, "+") {
		return time.Time{}, false
	}
	millis, err := strconv.ParseInt(s, 10, 64)
	return time.UnixMilli(millis), err == nil && spellable(millis)
}

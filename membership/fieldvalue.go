package membership

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// StringValue is a custom field's text. Unlike [TextValue] it may be empty, which is something else than unset.
func StringValue(s string) Value { return Value{kind: KindText, text: s} }

// IntegerValue is a whole number of 64 bits.
func IntegerValue(n int64) Value { return Value{kind: KindInteger, number: n} }

// BooleanValue is true or false.
func BooleanValue(b bool) Value {
	v := Value{kind: KindBoolean}
	if b {
		v.number = 1
	}
	return v
}

// FloatValue is a number, spelled as short as it can be. No field takes infinity or what is not a number.
func FloatValue(f float64) Value {
	format := byte('f')
	if size := math.Abs(f); size != 0 && size < 1e-6 || size >= 1e21 {
		format = 'e'
	}
	return Value{kind: KindFloat, text: strconv.FormatFloat(f, format, -1, 64), number: floatOrder(f)}
}

// DateValue is a time, cut to the millisecond.
func DateValue(t time.Time) Value {
	return Value{kind: KindDate, text: TimeValue(t).String(), number: t.UnixMilli()}
}

// maxNumberLength bounds the spelling of a number or a date, in bytes: more digits than 64 bits can tell apart.
const maxNumberLength = 64

// NumberValue is a number as JSON spells it: an integer where it has neither fraction nor exponent and fits into 64
// bits, else a float that keeps its spelling. Text that is no number becomes a value that no field and no filter takes.
func NumberValue(s string) Value {
	if !strings.ContainsAny(s, ".eE") { // Why: an error costs more than the number
		if n, err := strconv.ParseInt(s, 10, 64); err == nil && strconv.FormatInt(n, 10) == s {
			return IntegerValue(n)
		}
	}
	f := math.NaN()
	if jsonNumber(s) {
		f, _ = strconv.ParseFloat(s, 64) // what is out of range is infinite
	}
	return Value{kind: KindFloat, text: s, number: floatOrder(f)}
}

// jsonNumber tells JSON's numbers from the other spellings that Go reads, such as 0x1p4, +1 and 1_000.
func jsonNumber(s string) bool {
	i := 0
	digits := func() bool {
		start := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := i
	if !digits() || s[whole] == '0' && i > whole+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}

// The places of what is no finite number, and so of no row's value.
var (
	largest  = floatOrder(math.MaxFloat64)
	smallest = floatOrder(-math.MaxFloat64)
)

// floatOrder maps a float to a number that orders as floats do: their bits, read as sign and magnitude. Both zeros are
// 0.
func floatOrder(f float64) int64 {
	bits := int64(math.Float64bits(f)) //nolint:gosec // the same bits
	if bits < 0 {
		return math.MinInt64 - bits
	}
	return bits
}

// float is the value as a float: an integer becomes one with the same spelling.
func (v Value) float() Value {
	if v.kind != KindInteger {
		return v
	}
	return Value{kind: KindFloat, text: v.String(), number: floatOrder(float64(v.number))}
}

// Float is the number of a [KindFloat] or a [KindInteger] value, else 0.
func (v Value) Float() float64 {
	switch v.kind {
	case KindInteger:
		return float64(v.number)
	case KindFloat:
		f, _ := strconv.ParseFloat(v.text, 64) // what is out of range is infinite
		return f
	case KindNull, KindText, KindID, KindTime, KindBoolean, KindDate:
	}
	return 0
}

// Boolean is the truth of a [KindBoolean] value, else false.
func (v Value) Boolean() bool { return v.kind == KindBoolean && v.number != 0 }

// Time is the time of a [KindTime] or a [KindDate] value, in UTC, else the zero time.
func (v Value) Time() time.Time {
	if v.kind != KindTime && v.kind != KindDate {
		return time.Time{}
	}
	return time.UnixMilli(v.number).UTC()
}

// ParseDate reads a date as custom fields take it: YYYY-MM-DD, YYYY-MM-DD HH:MM:SS, both UTC, or RFC 3339. It keeps the
// spelling.
func ParseDate(s string) (v Value, ok bool) {
	var t time.Time
	var err error
	switch len(s) {
	case len(time.DateOnly):
		t, err = time.Parse(time.DateOnly, s)
	case len(time.DateTime):
		t, err = time.Parse(time.DateTime, s)
	default:
		t, err = time.Parse(time.RFC3339, s)
		if err == nil && !strictRFC3339(s) {
			return Value{}, false
		}
	}
	if err != nil || !spellable(t.UnixMilli()) || len(s) > maxNumberLength {
		return Value{}, false
	}
	return Value{kind: KindDate, text: s, number: t.UnixMilli()}, true
}

// strictRFC3339 tells RFC 3339 from what else [time.Parse] takes for it: an hour of one digit, a comma before the
// fraction, and a zone beyond 23:59.
func strictRFC3339(s string) bool {
	if s[len("2006-01-02T15")] != ':' || strings.Contains(s, ",") {
		return false
	}
	zone := s[len(s)-len("15:04"):]
	return strings.HasSuffix(s, "Z") || zone[:2] <= "23" && zone[3:] <= "59"
}

// What the types take, for errors.
const (
	expectedInteger = "a whole number from -9223372036854775808 to 9223372036854775807, without fraction or exponent"
	expectedDate    = "a date: YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or RFC 3339"
)

// storable says what keeps a value from being stored or compared, or nothing.
func (v Value) storable() string {
	switch {
	case v.kind == KindFloat && (v.number > largest || v.number < smallest):
		return "must be a finite number of 64 bits"
	case v.kind == KindFloat && len(v.text) > maxNumberLength:
		return "must have at most " + strconv.Itoa(maxNumberLength) + " characters"
	case v.kind == KindDate && !spellable(v.number):
		return "must be a time from year 1 to 9999"
	}
	return storable(v.text)
}

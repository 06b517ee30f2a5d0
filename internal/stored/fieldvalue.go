package stored

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/roster-go/roster/membership"
)

// KeysName is the member that has what the floats and dates among a row's values are compared by. A slug has no dollar
// sign, so none is in its way.
const KeysName = "$keys"

// Keyed reports whether values of a type are compared by their keys.
func Keyed(t membership.FieldType) bool { return t == membership.TypeFloat || t == membership.TypeDate }

// EncodeFields spells the values of a row; empty when there are none.
func EncodeFields(f membership.Fields) string {
	if f.IsZero() {
		return ""
	}
	var keys []byte
	buf := append(make([]byte, 0, 256), '{')
	for slug, v := range f.All() {
		buf = appendValue(appendName(buf, slug), v)
		if kind := v.Kind(); kind == membership.KindFloat || kind == membership.KindDate {
			keys = strconv.AppendInt(appendName(keys, slug), v.Number(), 10)
		}
	}
	if len(keys) > 0 {
		buf = append(append(appendName(buf, KeysName), '{'), keys...)
		buf = append(buf, '}')
	}
	return string(append(buf, '}'))
}

// appendName begins a member of an object.
func appendName(buf []byte, name string) []byte {
	if n := len(buf); n > 0 && buf[n-1] != '{' {
		buf = append(buf, ',')
	}
	return append(append(append(buf, '"'), name...), `":`...)
}

// EncodeValue spells a value as JSON, null as well. [DecodeValue] reads it.
func EncodeValue(v membership.Value) string { return string(appendValue(nil, v)) }

func appendValue(buf []byte, v membership.Value) []byte {
	switch v.Kind() {
	case membership.KindText, membership.KindDate:
		return appendString(buf, v.Text())
	case membership.KindInteger:
		return strconv.AppendInt(buf, v.Number(), 10)
	case membership.KindBoolean:
		return strconv.AppendBool(buf, v.Boolean())
	case membership.KindFloat:
		return append(buf, v.Text()...) // which is spelled as JSON spells numbers
	case membership.KindNull, membership.KindID, membership.KindTime:
	}
	return append(buf, `null`...)
}

func appendString(buf []byte, s string) []byte {
	const digits = "0123456789abcdef"
	buf = append(buf, '"')
	from := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"', c == '\\':
			buf = append(append(buf, s[from:i]...), '\\', c)
		case c < ' ':
			buf = append(append(buf, s[from:i]...), '\\', 'u', '0', '0', digits[c>>4], digits[c&0xf])
		default:
			continue
		}
		from = i + 1
	}
	return append(append(buf, s[from:]...), '"')
}

// typedSlug is a field that a value may be of.
type typedSlug struct {
	slug string
	typ  membership.FieldType
}

func (s typedSlug) compare(slug string) int { return strings.Compare(s.slug, slug) }

// errNotMinified says that a text is not spelled as this package and engines spell it.
var errNotMinified = errors.New("it is no JSON object")

// decodeFields reads the values of a row. The slots, by slug, are the fields to look for; values of others are left
// out.
func decodeFields(text string, slots []typedSlug) (membership.Fields, error) {
	var room [16]membership.FieldValue // Why: most rows need no more, and this costs no allocation
	values, err := scanFields(room[:0], text, slots)
	if err == nil {
		return membership.NewFields(values...), nil
	}
	// Not as we write it. Somebody may have edited it by hand.
	var minified bytes.Buffer
	if fault := json.Compact(&minified, []byte(text)); fault != nil {
		return membership.Fields{}, damaged(fault)
	}
	if values, err = scanFields(values[:0], minified.String(), slots); err != nil {
		return membership.Fields{}, damaged(err)
	}
	return membership.NewFields(values...), nil
}

func damaged(err error) error {
	return fmt.Errorf("roster: the column fields of a row is damaged: %w", err)
}

// scanFields reads an object that has no space between its parts.
func scanFields(values []membership.FieldValue, text string, slots []typedSlug) ([]membership.FieldValue, error) {
	if text == `{}` {
		return values, nil
	}
	if text == "" || text[0] != '{' {
		return values, errNotMinified
	}
	next := 0 // the typedSlug that is expected: both are mostly in the order of the slugs
	for rest := text; ; {
		name, after, ok := cutString(rest[1:])
		if !ok || after == "" || after[0] != ':' {
			return values, errNotMinified
		}
		token, after := cutToken(after[1:])
		if token == "" || after == "" {
			return values, errNotMinified
		}
		if next >= len(slots) || slots[next].slug != name {
			next, ok = slices.BinarySearchFunc(slots, name, typedSlug.compare)
		}
		if ok {
			v, err := DecodeValue(token, slots[next].typ)
			if err != nil {
				return values, fmt.Errorf("the value of %s %w", name, err)
			}
			values = append(values, membership.FieldValue{Slug: name, Value: v})
			next++
		}
		switch {
		case after == "}":
			return values, nil
		case after[0] != ',':
			return values, errNotMinified
		}
		rest = after
	}
}

// cutString takes a string off that a text begins with.
func cutString(text string) (s, rest string, ok bool) {
	end, escaped := stringEnd(text)
	if end < 0 {
		return "", "", false
	}
	if !escaped {
		return text[1 : end-1], text[end:], true
	}
	s, ok = unescape(text[:end])
	return s, text[end:], ok
}

func unescape(quoted string) (s string, ok bool) {
	err := json.Unmarshal([]byte(quoted), &s)
	return s, err == nil
}

// stringEnd finds where the string ends that a text begins with, and tells whether anything in it is escaped; below 0
// when the text does not begin with one.
func stringEnd(text string) (end int, escaped bool) {
	if text == "" || text[0] != '"' {
		return -1, false
	}
	end = strings.IndexByte(text[1:], '"') + 1
	if end == 0 {
		return -1, false
	}
	if strings.IndexByte(text[1:end], '\\') < 0 {
		return end + 1, false
	}
	for end = 1; end < len(text); end++ {
		switch text[end] {
		case '"':
			return end + 1, true
		case '\\':
			end++
		}
	}
	return -1, false
}

// cutToken takes a value off, whatever it is: up to the comma or the brace behind it.
func cutToken(text string) (token, rest string) {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			end, _ := stringEnd(text[i:])
			if end < 0 {
				return text, ""
			}
			i += end - 1
		case c == '{', c == '[':
			depth++
		case depth == 0 && (c == ',' || c == '}'):
			return text[:i], text[i:]
		case c == '}', c == ']':
			depth--
		}
	}
	return text, ""
}

var (
	errNoString  = errors.New("is no string")
	errNoUTF8    = errors.New("is not valid UTF-8")
	errNoInteger = errors.New("is no whole number of 64 bits")
	errNoBoolean = errors.New("is neither true nor false")
	errNoNumber  = errors.New("is no finite number")
	errNoDate    = errors.New("is no date")
	errNoType    = errors.New("has a type that this program does not know")
)

// DecodeValue reads a value of a type from its JSON without space around it. Its error is the end of a sentence about the
// value.
func DecodeValue(token string, t membership.FieldType) (membership.Value, error) {
	if token == `null` {
		return membership.Value{}, nil
	}
	switch t {
	case membership.TypeString, membership.TypeDate:
		s, rest, ok := cutString(token)
		if !ok || rest != "" {
			return membership.Value{}, errNoString
		}
		if !utf8.ValidString(s) { // Why not mended: it is not the text that somebody meant, and would be written back
			return membership.Value{}, errNoUTF8
		}
		if t == membership.TypeString {
			return membership.StringValue(s), nil
		}
		if v, ok := membership.ParseDate(s); ok {
			return v, nil
		}
		return membership.Value{}, errNoDate
	case membership.TypeInteger:
		if v := membership.NumberValue(token); v.Kind() == membership.KindInteger {
			return v, nil
		}
		return membership.Value{}, errNoInteger
	case membership.TypeFloat:
		return decodeFloat(token)
	case membership.TypeBoolean:
		if token == `true` || token == `false` {
			return membership.BooleanValue(token == `true`), nil
		}
		return membership.Value{}, errNoBoolean
	}
	return membership.Value{}, errNoType
}

// aFloat is a field that makes a float of a whole number, with the same spelling.
var aFloat = membership.Field{Type: membership.TypeFloat}

// greatest is what the greatest finite float is compared by. Beyond it are infinity and what is no number.
var greatest = membership.FloatValue(math.MaxFloat64).Number()

func decodeFloat(token string) (membership.Value, error) {
	v := membership.NumberValue(token)
	if v.Kind() == membership.KindInteger {
		v, _ = aFloat.Check(v) // which every whole number of 64 bits passes
	}
	if n := v.Number(); n < -greatest || n > greatest {
		return membership.Value{}, errNoNumber
	}
	return v, nil
}

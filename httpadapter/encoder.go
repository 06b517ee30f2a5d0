package httpadapter

import (
	"encoding/hex"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// encoder writes the JSON of an answer. Its methods append a value each, with a comma in front where one is needed, and
// cannot fail. Why not encoding/json: a list of 25 took five times as long with it, and 300 allocations.
type encoder struct {
	buf  []byte
	base string // what links begin with
	path span   // of the last link, in buf: what is behind base
}

// span is a part of what an encoder has written.
type span struct{ from, to int }

var encoders = sync.Pool{New: func() any { return new(encoder) }}

func newEncoder() *encoder { return encoders.Get().(*encoder) }

// maxKeptBuffer is how large the buffer of an encoder may be that is kept for another answer.
const maxKeptBuffer = 256 << 10

// release keeps the encoder for another answer. Nobody may use it, or what it wrote, any more.
func (e *encoder) release() {
	if cap(e.buf) > maxKeptBuffer {
		return
	}
	*e = encoder{buf: e.buf[:0]}
	encoders.Put(e)
}

// reset takes back whatever was written.
func (e *encoder) reset() { e.buf = e.buf[:0] }

// line is what was written, with the end of its line; empty where nothing was.
func (e *encoder) line() []byte {
	if len(e.buf) > 0 {
		e.buf = append(e.buf, '\n')
	}
	return e.buf
}

// comma goes in front of every value and of every name. Values end in none of the characters that need no comma
// behind them; the blank is that of an event stream.
func (e *encoder) comma() {
	if len(e.buf) == 0 {
		return
	}
	switch e.buf[len(e.buf)-1] {
	case '{', '[', ':', ' ':
	default:
		e.buf = append(e.buf, ',')
	}
}

// name begins a member of an object: its value follows. The name must have nothing to escape.
func (e *encoder) name(name string) *encoder {
	e.comma()
	e.buf = append(e.buf, '"')
	e.buf = append(e.buf, name...)
	e.buf = append(e.buf, '"', ':')
	return e
}

func (e *encoder) open() {
	e.comma()
	e.buf = append(e.buf, '{')
}

func (e *encoder) close() { e.buf = append(e.buf, '}') }

func (e *encoder) openList() {
	e.comma()
	e.buf = append(e.buf, '[')
}

func (e *encoder) closeList() { e.buf = append(e.buf, ']') }

// each writes a list.
func each[T any](e *encoder, items []T, spell func(*encoder, T)) {
	e.openList()
	for _, item := range items {
		spell(e, item)
	}
	e.closeList()
}

func (e *encoder) null() {
	e.comma()
	e.buf = append(e.buf, "null"...)
}

func (e *encoder) flag(b bool) {
	e.comma()
	e.buf = strconv.AppendBool(e.buf, b)
}

func (e *encoder) number(n int64) {
	e.comma()
	e.buf = strconv.AppendInt(e.buf, n, 10)
}

func (e *encoder) text(s string) {
	e.comma()
	e.buf = append(e.buf, '"')
	e.buf = appendEscaped(e.buf, s)
	e.buf = append(e.buf, '"')
}

// textOrNull writes an optional text: null when it is unset.
func (e *encoder) textOrNull(s string) {
	if s == "" {
		e.null()
		return
	}
	e.text(s)
}

func (e *encoder) id(id uuid.UUID) {
	e.comma()
	e.buf = append(e.buf, '"')
	e.buf = appendID(e.buf, id)
	e.buf = append(e.buf, '"')
}

// idOrNull writes an optional id: null when it is unset.
func (e *encoder) idOrNull(id uuid.UUID) {
	if id == uuid.Nil {
		e.null()
		return
	}
	e.id(id)
}

func (e *encoder) time(t time.Time) {
	e.comma()
	e.buf = append(e.buf, '"')
	e.buf = appendTime(e.buf, t)
	e.buf = append(e.buf, '"')
}

// value writes a custom field's value: numbers and dates keep their spelling.
func (e *encoder) value(v membership.Value) {
	switch v.Kind() {
	case membership.KindNull:
		e.null()
	case membership.KindInteger:
		e.number(v.Number())
	case membership.KindFloat:
		e.comma()
		e.buf = append(e.buf, v.Text()...)
	case membership.KindBoolean:
		e.flag(v.Boolean())
	case membership.KindText, membership.KindDate, membership.KindID, membership.KindTime:
		e.text(v.String())
	}
}

// raw appends texts as they are: what surrounds the JSON of an event.
func (e *encoder) raw(texts ...string) {
	for _, s := range texts {
		e.buf = append(e.buf, s...)
	}
}

const hexDigits = "0123456789abcdef"

// appendEscaped appends what stands between the quotes of a JSON string. It is what encoding/json writes when it is not
// to escape HTML: U+2028 and U+2029, at which JavaScript may end a line, are escaped, what is not UTF-8 is U+FFFD.
func appendEscaped(dst []byte, s string) []byte {
	kept := 0 // what is before it has been appended
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				dst = appendEscape(append(dst, s[kept:i]...), c)
				kept = i + 1
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(append(dst, s[kept:i]...), `\ufffd`...)
			kept = i + size
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, s[kept:i]...), `\u202`...)
			dst = append(dst, hexDigits[r&0xf])
			kept = i + size
		}
		i += size
	}
	return append(dst, s[kept:]...)
}

// appendEscape appends a control character, a quote or a backslash.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	default:
		return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
	}
}

// appendID appends an id in its canonical form.
func appendID(dst []byte, id uuid.UUID) []byte {
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	hex.Encode(text[:], id[:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	return append(dst, text[:]...)
}

// appendTime appends a time in UTC, cut to the millisecond: as [membership.TimeValue] spells it.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	dst = t.AppendFormat(dst, time.RFC3339) // Why without milliseconds: package time has a short way for this layout only
	milli := t.Nanosecond() / int(time.Millisecond)
	return append(dst[:len(dst)-len("Z")],
		'.', hexDigits[milli/100], hexDigits[milli/10%10], hexDigits[milli%10], 'Z')
}

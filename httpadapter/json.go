package httpadapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep objects and arrays of a body may nest.
const maxDepth = 32

// parseJSON reads exactly one JSON value, and strictly: encoding/json alone takes the last of two equal keys, and mends
// invalid text. Objects become map[string]any, arrays []any, numbers json.Number.
func parseJSON(text []byte) (any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, malformed(`the body is empty; it must be {"data": {...}}`, "")
	}
	if !utf8.Valid(text) {
		return nil, malformed("the body is not valid UTF-8", "")
	}
	if !json.Valid(text) {
		return nil, notJSON(json.Unmarshal(text, new(json.RawMessage))) // which says why
	}
	if loneSurrogate(text) {
		return nil, malformed(`the body has half of a surrogate pair (\uD800 to \uDFFF) in it`, "")
	}
	r := jsonReader{text: text}
	return r.value(0)
}

func malformed(detail, pointer string) *fault {
	f := &fault{status: http.StatusBadRequest, code: "malformed_body", detail: detail}
	if pointer != "" {
		f.source = &errorSource{Pointer: pointer}
	}
	return f
}

func notJSON(err error) *fault {
	detail := "the body is not JSON: " + err.Error()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		detail += fmt.Sprintf(", at byte %d", syntax.Offset)
	}
	return malformed(detail, "")
}

// jsonReader reads a text that is known to be valid JSON.
type jsonReader struct {
	text []byte
	at   int
}

// next is the next character that is no blank.
func (r *jsonReader) next() byte {
	for {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return c
		}
	}
}

func (r *jsonReader) value(depth int) (any, error) {
	if depth > maxDepth {
		return nil, malformed(fmt.Sprintf("the body nests deeper than %d levels", maxDepth), "")
	}
	switch r.next() {
	case '{':
		return r.object(depth)
	case '[':
		return r.array(depth)
	case '"':
		return r.string(), nil
	case 't':
		r.at += len("true")
		return true, nil
	case 'f':
		r.at += len("false")
		return false, nil
	case 'n':
		r.at += len("null")
		return nil, nil
	default:
		return r.number(), nil
	}
}

func (r *jsonReader) object(depth int) (any, error) {
	object := map[string]any{}
	for r.at++; r.next() != '}'; {
		name := r.string()
		if _, twice := object[name]; twice {
			return nil, malformed(fmt.Sprintf("the body has the key %q twice in one object", clip(name)), pointerTo(name))
		}
		r.next()
		r.at++ // the colon
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, within(name, err)
		}
		object[name] = value
		r.skipComma()
	}
	r.at++
	return object, nil
}

func (r *jsonReader) array(depth int) (any, error) {
	array := []any{}
	for r.at++; r.next() != ']'; {
		value, err := r.value(depth + 1)
		if err != nil {
			return nil, within(strconv.Itoa(len(array)), err)
		}
		array = append(array, value)
		r.skipComma()
	}
	r.at++
	return array, nil
}

func (r *jsonReader) skipComma() {
	if r.next() == ',' {
		r.at++
	}
}

func (r *jsonReader) string() string {
	from, escapes := r.at, false
	for r.at++; r.text[r.at] != '"'; r.at++ {
		if r.text[r.at] == '\\' {
			escapes = true
			r.at++ // what is escaped may be a quote
		}
	}
	r.at++
	if !escapes {
		return string(r.text[from+1 : r.at-1])
	}
	var s string
	_ = json.Unmarshal(r.text[from:r.at], &s) // valid like the whole
	return s
}

func (r *jsonReader) number() json.Number {
	from := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.0123456789Ee", r.text[r.at]) >= 0 {
		r.at++
	}
	return json.Number(r.text[from:r.at])
}

// within puts a name in front of a fault's pointer. Why on the way out: a pointer for every value that is read would
// cost the square of the body's length.
func within(name string, err error) error {
	if f, ok := errors.AsType[*fault](err); ok && f.source != nil {
		f.source.Pointer = pointerTo(name) + f.source.Pointer
	}
	return err
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")

func pointerTo(name string) string { return "/" + pointerEscaper.Replace(clip(name)) }

// clip shortens a name that is sent back to whoever sent it.
func clip(name string) string {
	const most = 100
	for i := range name {
		if i >= most {
			return name[:i] + "..."
		}
	}
	return name
}

// loneSurrogate looks for an escape of half a character, in text that is valid JSON.
func loneSurrogate(text []byte) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		i++ // the escaped character
		switch {
		case lowSurrogate(text[i:]):
			return true
		case !highSurrogate(text[i:]):
		case len(text) > i+6 && text[i+5] == '\\' && lowSurrogate(text[i+6:]):
			i += 6
		default:
			return true
		}
	}
	return false
}

// highSurrogate and lowSurrogate look at an escape without its backslash: uD83D.
func highSurrogate(s []byte) bool { return surrogate(s, "89abAB") }
func lowSurrogate(s []byte) bool  { return surrogate(s, "cdefCDEF") }

func surrogate(s []byte, third string) bool {
	return len(s) > 2 && s[0] == 'u' && (s[1] == 'd' || s[1] == 'D') && strings.IndexByte(third, s[2]) >= 0
}

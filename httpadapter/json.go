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
	if err := json.Unmarshal(text, new(json.RawMessage)); err != nil {
		return nil, notJSON(err)
	}
	if loneSurrogate(text) {
		return nil, malformed(`the body has half of a surrogate pair (\uD800 to \uDFFF) in it`, "")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return parseValue(dec, 0)
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

func parseValue(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, malformed(fmt.Sprintf("the body nests deeper than %d levels", maxDepth), "")
	}
	token, err := dec.Token()
	if err != nil {
		return nil, notJSON(err)
	}
	switch token {
	case json.Delim('{'):
		return parseObject(dec, depth)
	case json.Delim('['):
		return parseArray(dec, depth)
	default:
		return token, nil
	}
}

func parseObject(dec *json.Decoder, depth int) (any, error) {
	object := map[string]any{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, notJSON(err)
		}
		name, _ := key.(string)
		if _, twice := object[name]; twice {
			return nil, malformed(fmt.Sprintf("the body has the key %q twice in one object", clip(name)), pointerTo(name))
		}
		if object[name], err = parseValue(dec, depth+1); err != nil {
			return nil, within(name, err)
		}
	}
	_, err := dec.Token()
	return object, err
}

func parseArray(dec *json.Decoder, depth int) (any, error) {
	array := []any{}
	for i := 0; dec.More(); i++ {
		value, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, within(strconv.Itoa(i), err)
		}
		array = append(array, value)
	}
	_, err := dec.Token()
	return array, err
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

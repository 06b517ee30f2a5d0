package transfer

import (
	"encoding/json"
	"fmt"
	"io"
)

// list reads what the API answers with, and a bare list.
func (s *cursor) list(yield func(Row) bool) error {
	var err error
	switch c, _ := s.next(); c {
	case '[':
		err = s.elements(yield)
	case '{':
		err = s.document(yield)
	default:
		err = s.unexpected(`[ or {: the list of a JSON file is [...] or {"data": [...]}`)
	}
	if err != nil {
		return err
	}
	if _, more := s.next(); more {
		return s.unexpected("the end of the file; for a JSON object on each line, use the format ndjson")
	}
	return s.failure()
}

// unexpected says that there is something else here than what must be.
func (s *cursor) unexpected(wanted string) error {
	if s.failure() != nil {
		return s.failure()
	}
	found := "the end of the file"
	if c, ok := s.peek(); ok {
		found = fmt.Sprintf("%q", c)
	}
	return fmt.Errorf("line %d: found %s instead of %s", s.line, found, wanted)
}

// next is the next byte that is no blank.
func (s *cursor) next() (byte, bool) {
	for {
		switch c, ok := s.peek(); {
		case !ok, c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return c, ok
		}
		s.skip()
	}
}

// document reads an object with data, or one that is a row itself.
func (s *cursor) document(yield func(Row) bool) error {
	line := s.begin()
	if err := s.value(); err != nil || s.long { // Why go on: rows before a fault are rows, and a list may have any length
		s.back(line)
		_, err := s.members(yield)
		return err
	}
	inner := &cursor{buf: s.row(), line: line, err: io.EOF, most: s.most}
	found, err := inner.members(yield)
	if !found && err == nil && !yield(objectRow(s.row(), line)) {
		return errLeft
	}
	return err
}

// members reads the rows that are the data of an object, and reports whether it has data.
func (s *cursor) members(yield func(Row) bool) (found bool, err error) {
	for s.skip(); ; s.skip() { // the brace, and the commas
		if c, _ := s.next(); c == '}' {
			s.skip()
			return found, nil
		}
		name, err := s.name()
		if err != nil {
			return found, err
		}
		if name == "data" {
			found = true
			err = s.data(yield)
		} else {
			s.begin()
			s.skips = true
			err = s.value()
		}
		if err != nil {
			return found, err
		}
		switch c, _ := s.next(); c {
		case ',':
		case '}':
			s.skip()
			return found, nil
		default:
			return found, s.unexpected("a comma or }")
		}
	}
}

// name reads the name of a member, and goes to its value.
func (s *cursor) name() (name string, err error) {
	if c, _ := s.next(); c != '"' {
		return "", s.unexpected("a name in quotes")
	}
	line := s.begin()
	if err := s.value(); err != nil {
		return "", err
	}
	if json.Unmarshal(s.row(), &name) != nil {
		return "", fmt.Errorf("line %d: the name %s is not JSON", line, s.row())
	}
	if c, _ := s.next(); c != ':' {
		return "", s.unexpected("a colon")
	}
	s.skip()
	s.next()
	return name, nil
}

// data reads a list of rows, or one.
func (s *cursor) data(yield func(Row) bool) error {
	if c, _ := s.next(); c == '[' {
		return s.elements(yield)
	}
	return s.element(yield)
}

// elements reads a list of rows.
func (s *cursor) elements(yield func(Row) bool) error {
	s.skip() // the bracket
	if c, _ := s.next(); c == ']' {
		s.skip()
		return nil
	}
	for {
		if err := s.element(yield); err != nil {
			return err
		}
		switch c, _ := s.next(); c {
		case ',':
			s.skip()
			s.next()
		case ']':
			s.skip()
			return nil
		default:
			return s.unexpected("a comma or ]")
		}
	}
}

// element reads one row.
func (s *cursor) element(yield func(Row) bool) error {
	line := s.begin()
	s.skips = true
	if err := s.value(); err != nil {
		return err
	}
	text := s.row()
	if s.long || len(text) > s.most {
		text = nil
	}
	if !yield(objectRow(text, line)) {
		return errLeft
	}
	return nil
}

// value goes behind a value that begins here. It finds only where that ends: whether it is JSON is for others to say.
func (s *cursor) value() error {
	switch c, _ := s.peek(); c {
	case '{', '[':
		return s.nested()
	case '"':
		return s.text()
	case 0, ',', ':', '}', ']':
		return s.unexpected("a value")
	}
	for {
		switch c, ok := s.peek(); {
		case !ok, c == ',', c == '}', c == ']', c == ' ', c == '\t', c == '\r', c == '\n':
			return s.failure()
		}
		s.skip()
	}
}

// nested goes behind an object or a list.
func (s *cursor) nested() error {
	for depth := 0; ; {
		c, ok := s.peek()
		switch {
		case !ok:
			return s.unclosed("} or ]")
		case c == '"':
			if err := s.text(); err != nil {
				return err
			}
			continue
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			depth--
		}
		if s.skip(); depth == 0 {
			return nil
		}
	}
}

// text goes behind a text in quotes.
func (s *cursor) text() error {
	for s.skip(); ; s.skip() {
		switch c, ok := s.peek(); {
		case !ok:
			return s.unclosed(`"`)
		case c == '"':
			s.skip()
			return nil
		case c == '\\':
			if s.skip(); s.ended() {
				return s.unclosed(`"`)
			}
		}
	}
}

func (s *cursor) ended() bool {
	_, more := s.peek()
	return !more
}

// unclosed says that something has no end.
func (s *cursor) unclosed(wanted string) error {
	if s.long {
		return errTooLong
	}
	return s.unexpected(wanted)
}

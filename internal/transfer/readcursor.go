package transfer

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

// MaxRow is how many bytes a row may have in a file. It is more than any row has that an export writes.
const MaxRow = 16 << 20

// cursor is a file that is being read. It keeps what was read since the mark, which is where a row begins.
type cursor struct {
	r     io.Reader
	buf   []byte
	mark  int   // where the row begins in buf; what is before it may be forgotten
	at    int   // where the next byte is in buf
	line  int   // the number of its line, from 1
	err   error // why no more can be read
	most  int   // how many bytes a row may have
	long  bool  // this one has more
	skips bool  // go on reading one that is too long, and forget it
}

func newCursor(r io.Reader, most int) *cursor { return &cursor{r: r, line: 1, most: most} }

// readSize is how much is read at once, at least.
const readSize = 64 << 10

// maxEmptyReads is how often a reader may answer with nothing before it counts as broken.
const maxEmptyReads = 100

// more reads more, if there is more.
func (s *cursor) more() bool {
	if s.err != nil {
		return false
	}
	if len(s.buf) == cap(s.buf) && s.mark > 0 {
		s.buf = s.buf[:copy(s.buf, s.buf[s.mark:])]
		s.at -= s.mark
		s.mark = 0
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = slices.Grow(s.buf, max(readSize, len(s.buf)))
	}
	for range maxEmptyReads {
		if s.err != nil {
			return false
		}
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf, s.err = s.buf[:len(s.buf)+n], err
		if n > 0 {
			return true
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// failure is why reading ended before the end of the file; nil where it did not.
func (s *cursor) failure() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}

// peek is the next byte. There is none at the end of the file, and at the end of what a row may have.
func (s *cursor) peek() (byte, bool) {
	if s.at < len(s.buf) {
		return s.buf[s.at], true
	}
	if s.at-s.mark > s.most {
		if s.long = true; !s.skips {
			return 0, false
		}
		s.mark = s.at
	}
	if !s.more() {
		return 0, false
	}
	return s.buf[s.at], true
}

// skip goes behind the next byte, which was peeked at.
func (s *cursor) skip() {
	if s.buf[s.at] == '\n' {
		s.line++
	}
	s.at++
}

// begin marks where a row begins, and returns its line.
func (s *cursor) begin() int {
	s.mark, s.long, s.skips = s.at, false, false
	return s.line
}

// back goes back to where a row begins, on its line.
func (s *cursor) back(line int) { s.at, s.line, s.long = s.mark, line, false }

// row is what was read of a row. It is good until more is read.
func (s *cursor) row() []byte { return s.buf[s.mark:s.at] }

// takeLine goes behind the line that begins here and returns it, without its end; nil where it is too long. It is good
// until more is read. ok is false at the end of the file, and where the rest of the line could not be read.
func (s *cursor) takeLine() (text []byte, ok bool) {
	s.begin()
	for s.skips = true; ; {
		if end := bytes.IndexByte(s.buf[s.at:], '\n'); end >= 0 {
			s.at += end
			text = s.row()
			s.skip()
			break
		}
		s.at = len(s.buf)
		if _, more := s.peek(); more {
			continue
		}
		if s.failure() != nil || len(s.row()) == 0 && !s.long {
			return nil, false
		}
		text = s.row()
		break
	}
	if s.long || len(text) > s.most {
		return nil, true
	}
	return bytes.TrimSuffix(text, []byte("\r")), true
}

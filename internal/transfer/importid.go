package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"io"

	"github.com/google/uuid"
)

// A row that names no id gets one that is derived from the content of its file and its place in it:
//
//	48 bits  of the file's SHA-256
//	 4 bits  the version: 8, an id of the maker's own kind
//	12 bits  of the SHA-256
//	 2 bits  the variant
//	22 bits  of the SHA-256
//	40 bits  the place of the row among those of the file, from 0
//
// Why: whoever imports the same file again means the same rows, also those that have no key of their own. So an import
// that was killed goes on when it is run again, and makes nothing twice. The ids of one file increase, which keeps the
// indexes compact, and the first two parts are enough for those of two files never to meet.

// fingerprint is the SHA-256 of a file's content.
type fingerprint [sha256.Size]byte

// fingerprintOf reads a file to its end, and tells how many bytes it has.
func fingerprintOf(r io.Reader) (sum fingerprint, size int64, err error) {
	h := sha256.New()
	size, err = io.Copy(h, r)
	h.Sum(sum[:0])
	return sum, size, err
}

const placeBits = 40

// id is that of the row at a place.
func (f fingerprint) id(place uint64) uuid.UUID {
	var id uuid.UUID
	copy(id[:8], f[:8])
	binary.BigEndian.PutUint64(id[8:], binary.BigEndian.Uint64(f[8:])<<placeBits|place&(1<<placeBits-1))
	return custom(id)
}

// named is the id of something that has no row in the file, but a name.
func (f fingerprint) named(name string) uuid.UUID {
	sum := sha256.Sum256(append(f[:], name...))
	var id uuid.UUID
	copy(id[:6], f[:6])
	copy(id[6:], sum[:])
	return custom(id)
}

// custom marks an id as one of version 8.
func custom(id uuid.UUID) uuid.UUID {
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return id
}

package httpadapter

import (
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// begin begins a resource: its other members follow.
func (e *encoder) begin(id uuid.UUID, resourceType string) {
	e.open()
	e.name("id").id(id)
	e.name("type").text(resourceType)
}

// fields writes custom fields behind a resource's own members. Their names differ from those, and have nothing to
// escape: see [membership.CheckSlug].
func (e *encoder) fields(all membership.Fields) {
	for slug, v := range all.All() {
		e.name(slug).value(v)
	}
}

// links writes the links member of what is at a place.
func (e *encoder) links(at place) {
	e.name("links").open()
	e.name("self").openLink(at)
	e.closeLink()
	e.close()
}

// linksAgain writes the links member of what is at a path that was written before.
func (e *encoder) linksAgain(path span) {
	e.name("links").open()
	e.name("self").openBase()
	e.buf = append(e.buf, e.buf[path.from:path.to]...)
	e.closeLink()
	e.close()
}

// openLink begins the link to a place: a query string may follow.
func (e *encoder) openLink(at place) {
	e.openBase()
	e.path.from = len(e.buf)
	e.buf = at.appendTo(e.buf)
	e.path.to = len(e.buf)
}

func (e *encoder) openBase() {
	e.comma()
	e.buf = append(e.buf, '"')
	e.buf = appendEscaped(e.buf, e.base)
}

func (e *encoder) closeLink() { e.buf = append(e.buf, '"') }

// timestamps writes the meta member of most resources.
func (e *encoder) timestamps(createdAt, updatedAt time.Time) {
	e.name("meta").open()
	e.name("timestamps").open()
	e.times(createdAt, updatedAt)
	e.close()
	e.close()
}

// flatTimestamps writes the meta member of what is below a realm.
func (e *encoder) flatTimestamps(createdAt, updatedAt time.Time) {
	e.name("meta").open()
	e.times(createdAt, updatedAt)
	e.close()
}

func (e *encoder) times(createdAt, updatedAt time.Time) {
	e.name("created_at")
	from := len(e.buf)
	e.time(createdAt)
	text := e.buf[from:]
	if e.name("updated_at"); updatedAt.Equal(createdAt) { // as in most rows
		e.buf = append(e.buf, text...)
		return
	}
	e.time(updatedAt)
}

// reference names a resource within another one.
func (e *encoder) reference(id uuid.UUID, resourceType string) {
	e.begin(id, resourceType)
	e.close()
}

// relationship is a reference as the API wraps it.
func (e *encoder) relationship(id uuid.UUID, resourceType string) {
	e.open()
	e.name("data").reference(id, resourceType)
	e.close()
}

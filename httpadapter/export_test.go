package httpadapter

import (
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// ParseJSON reads a body.
var ParseJSON = parseJSON

// MaxKeptBuffer is how large a buffer may be that is kept for another answer.
const MaxKeptBuffer = maxKeptBuffer

// Encoded is an object with a member of every kind.
func Encoded(text string, t time.Time, id uuid.UUID, n membership.Value) []byte {
	e := &encoder{base: text}
	e.open()
	e.name("text").text(text)
	each(e.name("list"), []string{"", text, text}, (*encoder).textOrNull)
	e.times(t, t.Round(0))
	e.name("id").id(id)
	e.name("none").idOrNull(uuid.Nil)
	e.name("number").value(n)
	e.name("flag").flag(true)
	e.links(place{names: "/v2", id: id})
	e.close()
	return e.line()
}

// RouteKeys lists the handler's routes as "METHOD /path".
func (h *Handler) RouteKeys() []string {
	var keys []string
	for _, r := range h.routes() {
		keys = append(keys, r.method+" "+r.path)
	}
	return keys
}

// MaxAddresses is how many addresses the rate limit remembers.
const MaxAddresses = maxAddresses

// SetStreams changes how often streams show that they are alive, and how long a client may take to read.
func (h *Handler) SetStreams(heartbeat, patience time.Duration) {
	h.streams.heartbeat, h.streams.patience = heartbeat, patience
}

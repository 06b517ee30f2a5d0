package httpadapter

import "time"

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

package httpadapter

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

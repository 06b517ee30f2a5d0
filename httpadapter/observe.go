package httpadapter

import "net/http"

// Observation is what a [Handler] knows about a request when it answers.
type Observation struct {
	// Route is the pattern of the path, such as "/v2/accounts/{account}"; empty where there is nothing. There are as many as
	// the adapter has paths, whatever clients send.
	Route string

	// Subject is who sent the request, as far as that was found out.
	Subject string

	// Status is the answer's.
	Status int

	// Codes are the codes of the answer's errors, one for each.
	Codes []string

	// Stream says that the answer is an event stream, which goes on until the request ends.
	Stream bool
}

// observation is what there is to tell about the answer to a call.
func (c *call) observation(res response) Observation {
	_, isStream := res.body.(stream)
	o := Observation{
		Subject: c.subject,
		Status:  res.status,
		Codes:   c.codes,
		Stream:  isStream && c.request.Method != http.MethodHead,
	}
	if c.request.Pattern != "/" {
		o.Route = c.request.Pattern
	}
	return o
}

// ClientAddress is where a request comes from: its RemoteAddr or, with trustForwarded, what the nearest proxy wrote into
// X-Forwarded-For.
func ClientAddress(r *http.Request, trustForwarded bool) string {
	if trustForwarded {
		if address := forwarded(r, "X-Forwarded-For"); address != "" {
			return address
		}
	}
	return r.RemoteAddr
}

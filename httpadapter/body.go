package httpadapter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
)

// readBody reads a request's whole body, whatever its Content-Type says.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.Body == nil { // a request that did not come through net/http's server
		return nil, nil
	}
	if coded(r.Header.Values("Content-Encoding")) {
		return nil, &fault{status: http.StatusUnsupportedMediaType, code: "unsupported_encoding",
			detail: "the body has a Content-Encoding; send it as it is"}
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return nil, &fault{status: http.StatusRequestEntityTooLarge, code: "body_too_large",
			detail: fmt.Sprintf("the body has more than %d bytes", limit)}
	}
	if err != nil {
		return nil, malformed("the body could not be read to its end", "")
	}
	return text, nil
}

// coded reports whether a body was sent in a form that would have to be undone. Why nobody does: a small one may become any
// size.
func coded(encodings []string) bool {
	return slices.ContainsFunc(encodings, func(name string) bool {
		return name != "" && !strings.EqualFold(name, "identity")
	})
}

// body is the data of a request's body. Its methods read members by their exact names and remember every fault, so that
// a client learns of all of them at once; err tells them. Members that nobody asks for do not matter.
type body struct {
	data   map[string]any
	faults []error
}

// data reads {"data": ...}. Data that is missing is nil.
func (c *call) data() (any, error) {
	text, err := readBody(c.writer, c.request, c.maxBody)
	if err != nil {
		return nil, err
	}
	document, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	members, ok := document.(map[string]any)
	if !ok {
		return nil, malformed(`the body must be an object: {"data": ...}`, "")
	}
	return members["data"], nil
}

func invalidData(detail string) *fault {
	return &fault{status: http.StatusBadRequest, code: "invalid_field", detail: "data " + detail,
		source: &errorSource{Pointer: "/data"}}
}

// body reads {"data": {"type": resourceType, ...}}.
func (c *call) body(resourceType string) (*body, error) {
	document, err := c.data()
	if err != nil {
		return nil, err
	}
	data, ok := document.(map[string]any)
	if !ok {
		return nil, invalidData("is required and must be an object")
	}
	b := &body{data: data}
	if data["type"] != resourceType {
		b.refuse("type", fmt.Sprintf("is required and must be %q", resourceType))
	}
	return b, nil
}

func (b *body) refuse(name, detail string) { b.faults = append(b.faults, invalidField(name, detail)) }

// refuseWithin refuses what is deeper in data than its members, such as validation_rules, 0, type.
func (b *body) refuseWithin(detail string, path ...string) {
	f := invalidField(strings.Join(path, "/"), detail)
	f.detail = strings.Join(path, ".") + " " + detail
	b.faults = append(b.faults, f)
}

// text is a text for a new row: empty when the member is absent or null.
func (b *body) text(name string) string {
	if s := b.change(name); s != nil {
		return *s
	}
	return ""
}

// change is a text for a partial update: nil when the member is absent, the empty text when it is null.
func (b *body) change(name string) *string {
	value, given := b.data[name]
	if !given {
		return nil
	}
	text, ok := value.(string)
	if !ok && value != nil {
		b.refuse(name, "must be a string")
	}
	return &text
}

// whole is a whole number for a partial update: nil when the member is absent.
func (b *body) whole(name string) *int {
	value, given := b.data[name]
	if !given {
		return nil
	}
	number, _ := value.(json.Number)
	float, err := strconv.ParseFloat(number.String(), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || float != math.Trunc(float) {
		b.refuse(name, "must be a whole number")
		return nil
	}
	// A number beyond these bounds is beyond every rule's, which says its own. As many seconds still are a
	// time.Duration.
	whole := int(max(-math.MaxUint32, min(float, math.MaxUint32)))
	return &whole
}

// flag is a truth value for a partial update: nil when the member is absent.
func (b *body) flag(name string) *bool {
	value, given := b.data[name]
	if !given {
		return nil
	}
	flag, ok := value.(bool)
	if !ok {
		b.refuse(name, "must be true or false")
	}
	return &flag
}

// bodyID is an id: nil when the member is absent or at fault.
func bodyID[ID any](b *body, name string, parse func(string) (ID, error)) *ID {
	value, given := b.data[name]
	if !given {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		b.refuse(name, "must be a string")
		return nil
	}
	id, err := parse(text)
	if err != nil {
		b.refuse(name, detailOf(err))
		return nil
	}
	return &id
}

// requiredID is an id that must be there: nil when it is at fault.
func requiredID[ID any](b *body, name string, parse func(string) (ID, error)) *ID {
	if _, given := b.data[name]; !given {
		b.refuse(name, "is required")
	}
	return bodyID(b, name, parse)
}

// detailOf is what a rule says about a value, without the name that the rule has for it.
func detailOf(err error) string {
	var all []string
	for _, f := range membership.Faults(err) {
		all = append(all, f.Detail)
	}
	return strings.Join(all, ", ")
}

// err is every fault so far, and behind them those of the rules about members that were not at fault before.
func (b *body) err(rules error) error {
	all := b.faults
	for _, f := range faultsOf(rules) {
		if !b.blames(f.source) {
			all = append(all, f)
		}
	}
	return errors.Join(all...)
}

func (b *body) blames(source *errorSource) bool {
	for _, f := range faultsOf(errors.Join(b.faults...)) {
		if source != nil && f.source != nil && *f.source == *source {
			return true
		}
	}
	return false
}

// transaction is how a request is run whose faults may be more than those of its body. One that is at fault already
// writes nothing: it only learns the rest.
func (b *body) transaction(svc *roster.Service, rules error) viewOrUpdate {
	if b.err(rules) != nil {
		return svc.View
	}
	return svc.Update
}

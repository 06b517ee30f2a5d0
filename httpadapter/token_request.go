package httpadapter

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
)

// The ways to ask for a token.
const (
	grantCredentials = "client_credentials"
	grantImplicit    = "implicit"
)

// maxTokenBody is how large the body of a request for a token may be.
const maxTokenBody = 16 << 10

// tokenRequest asks for a token.
type tokenRequest struct {
	grant      string
	clientID   string
	candidates []idAndSecret // any of which will do; at least one unless the grant is implicit
}

// idAndSecret is a client id with the secret that was sent for it.
type idAndSecret struct{ clientID, secret string }

// readTokenRequest reads a form, whatever its Content-Type says, or JSON, and HTTP Basic before either.
func readTokenRequest(w http.ResponseWriter, r *http.Request) (tokenRequest, error) {
	text, err := readBody(w, r, maxTokenBody)
	if err != nil {
		return tokenRequest{}, err
	}
	form, err := parseForm(text)
	if err != nil {
		return tokenRequest{}, err
	}
	req := tokenRequest{grant: form.Get("grant_type"), clientID: form.Get("client_id")}
	if req.grant != grantCredentials && req.grant != grantImplicit {
		return tokenRequest{}, invalidForm("grant_type", "must be "+grantCredentials+" or "+grantImplicit)
	}
	if id, secret, ok := r.BasicAuth(); ok {
		req.clientID, req.candidates = id, basicCandidates(id, secret)
		return req, nil
	}
	req.candidates = []idAndSecret{{req.clientID, form.Get("client_secret")}}
	return req, req.check()
}

// check refuses a request that leaves something out.
func (req tokenRequest) check() error {
	var faults []error
	if req.clientID == "" {
		faults = append(faults, invalidForm("client_id", "is required"))
	}
	if req.grant == grantCredentials && req.candidates[0].secret == "" {
		faults = append(faults, invalidForm("client_secret", "is required"))
	}
	return errors.Join(faults...)
}

// basicCandidates reads HTTP Basic both ways: as it is, which most clients mean, and form-encoded, as OAuth has it.
func basicCandidates(id, secret string) []idAndSecret {
	plain := idAndSecret{id, secret}
	decodedID, idErr := url.QueryUnescape(id)
	decodedSecret, secretErr := url.QueryUnescape(secret)
	decoded := idAndSecret{decodedID, decodedSecret}
	if idErr != nil || secretErr != nil || decoded == plain {
		return []idAndSecret{plain}
	}
	return []idAndSecret{plain, decoded}
}

func invalidForm(name, detail string) *fault {
	return &fault{status: http.StatusBadRequest, code: "invalid_field", detail: name + " " + detail,
		source: &errorSource{Pointer: "/" + name}}
}

// parseForm reads a form or a JSON object of strings. No form begins with a brace.
func parseForm(text []byte) (url.Values, error) {
	if text = bytes.TrimSpace(text); bytes.HasPrefix(text, []byte("{")) {
		return parseJSONForm(text)
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, malformed("the body is no form: "+formError(err), "")
	}
	for name, values := range form {
		if len(values) > 1 {
			return nil, invalidForm(name, "is given more than once")
		}
	}
	return form, nil
}

// formError says what is wrong without repeating what was sent, which may be a secret.
func formError(err error) string {
	if _, ok := errors.AsType[url.EscapeError](err); ok {
		return "a percent sign must be sent as %25"
	}
	return "it must be like grant_type=client_credentials&client_id=ID&client_secret=SECRET, with a semicolon sent as %3B"
}

func parseJSONForm(text []byte) (url.Values, error) {
	value, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	object, _ := value.(map[string]any)
	form := url.Values{}
	for _, name := range []string{"grant_type", "client_id", "client_secret"} {
		switch value := object[name].(type) {
		case nil:
		case string:
			form.Set(name, value)
		default:
			return nil, invalidForm(name, "must be a string")
		}
	}
	return form, nil
}

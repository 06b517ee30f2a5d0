package httpadapter_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/roster-go/roster/httpadapter"
)

// contract is openapi.yaml, ready to judge answers by.
type contract struct {
	document any
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

var theContract = sync.OnceValue(func() *contract {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		panic(err)
	}
	var fromYAML any
	if err := yaml.Unmarshal(text, &fromYAML); err != nil {
		panic(err)
	}
	asJSON, err := json.Marshal(fromYAML)
	if err != nil {
		panic(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		panic(err)
	}
	c := &contract{document: document, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource("openapi.json", document); err != nil {
		panic(err)
	}
	return c
})

// escaped and unescaped spell the parts of a JSON pointer.
var (
	escaped   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaped = strings.NewReplacer("~1", "/", "~0", "~")
)

// find follows keys from a JSON pointer, through references, and returns the pointer of what it arrives at.
func (c *contract) find(pointer string, keys ...string) (string, any, bool) {
	value := c.document
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if part == "" {
			continue
		}
		value = value.(map[string]any)[unescaped.Replace(part)]
	}
	for {
		if object, ok := value.(map[string]any); ok {
			if ref, ok := object["$ref"].(string); ok {
				return c.find(strings.TrimPrefix(ref, "#"), keys...)
			}
		}
		if len(keys) == 0 {
			return pointer, value, value != nil
		}
		object, ok := value.(map[string]any)
		if !ok {
			return pointer, nil, false
		}
		value = object[keys[0]]
		pointer += "/" + escaped.Replace(keys[0])
		keys = keys[1:]
	}
}

// validate judges a value by the schema at a pointer.
func (c *contract) validate(pointer string, value any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	schema := c.schemas[pointer]
	if schema == nil {
		var err error
		if schema, err = c.compiler.Compile("openapi.json#" + pointer); err != nil {
			return err
		}
		c.schemas[pointer] = schema
	}
	return schema.Validate(value)
}

// template finds the path of the document that a request's path belongs to.
func (c *contract) template(path string) (string, bool) {
	got := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	_, paths, _ := c.find("", "paths")
	best, bestLiterals := "", -1
	for template := range paths.(map[string]any) {
		if literals := literals(strings.Split(template[1:], "/"), got); literals > bestLiterals {
			best, bestLiterals = template, literals
		}
	}
	return best, bestLiterals >= 0
}

// literals counts the segments that match letter for letter; below 0 means that the path does not match.
func literals(template, path []string) int {
	if len(template) != len(path) {
		return -1
	}
	n := 0
	for i, want := range template {
		switch {
		case strings.HasPrefix(want, "{"):
		case want == path[i]:
			n++
		default:
			return -1
		}
	}
	return n
}

// responseFor is the pointer of the description of an answer.
func (c *contract) responseFor(method, path string, status int) (string, error) {
	template, ok := c.template(path)
	if !ok {
		if status != http.StatusNotFound {
			return "", fmt.Errorf("a path that is not in the document is answered with %d", status)
		}
		return "/components/responses/NotFound", nil
	}
	if method == http.MethodHead {
		method = http.MethodGet
	}
	_, _, known := c.find("", "paths", template, strings.ToLower(method))
	if !known || method != strings.ToUpper(method) { // methods have a case
		if status != http.StatusMethodNotAllowed {
			return "", fmt.Errorf("a method that is not in the document is answered with %d", status)
		}
		return "/components/responses/MethodNotAllowed", nil
	}
	pointer, _, ok := c.find("", "paths", template, strings.ToLower(method), "responses", strconv.Itoa(status))
	if !ok {
		return "", fmt.Errorf("status %d is not in the document for %s %s", status, method, template)
	}
	return pointer, nil
}

// check judges an answer: its status, its headers, its body.
func (c *contract) check(method, path string, status int, header http.Header, body []byte) error {
	pointer, err := c.responseFor(method, path, status)
	if err != nil {
		return err
	}
	if _, headers, ok := c.find(pointer, "headers"); ok {
		for name := range headers.(map[string]any) {
			if _, required, _ := c.find(pointer, "headers", name, "required"); required == true && header.Get(name) == "" {
				return fmt.Errorf("header %s is missing", name)
			}
		}
	}
	if _, _, ok := c.find(pointer, "content"); !ok || method == http.MethodHead {
		if len(body) != 0 {
			return fmt.Errorf("there should be no body")
		}
		return nil
	}
	mediaType, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	schema, _, ok := c.find(pointer, "content", mediaType, "schema")
	if !ok {
		return fmt.Errorf("media type %s is not in the document", mediaType)
	}
	if mediaType == "text/event-stream" {
		return c.checkEvents(body)
	}
	if mediaType != "application/json" {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return c.validate(schema, value)
}

// checkEvents judges what an event stream has sent.
func (c *contract) checkEvents(stream []byte) error {
	for e := range eventsIn(bytes.NewReader(stream)) {
		schema := "/components/schemas/Change"
		if e.name == "error" {
			schema = "/components/schemas/Errors"
		}
		if e.data == "" {
			continue
		}
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(e.data))
		if err == nil {
			err = c.validate(schema, value)
		}
		if err != nil {
			return fmt.Errorf("event %s: %w", e.id, err)
		}
	}
	return nil
}

func TestTheDocumentAndTheRoutesAreTheSame(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	var documented []string
	_, paths, _ := theContract().find("", "paths")
	for path, operations := range paths.(map[string]any) {
		for method := range operations.(map[string]any) {
			if method != "parameters" {
				documented = append(documented, strings.ToUpper(method)+" "+path)
			}
		}
	}
	served := api.handler.(*httpadapter.Handler).RouteKeys()
	slices.Sort(documented)
	slices.Sort(served)
	if !slices.Equal(documented, served) {
		t.Errorf("documented and served differ:\n%s\n--\n%s", strings.Join(documented, "\n"), strings.Join(served, "\n"))
	}
}

func TestEveryExampleOfTheDocumentFitsItsSchema(t *testing.T) {
	t.Parallel()
	found := 0
	var walk func(pointer string, value any)
	walk = func(pointer string, value any) {
		object, ok := value.(map[string]any)
		if !ok {
			return
		}
		if _, examples, ok := theContract().find(pointer, "examples"); ok && object["schema"] != nil {
			schema, _, _ := theContract().find(pointer, "schema")
			for name := range examples.(map[string]any) {
				_, example, _ := theContract().find(pointer, "examples", name, "value")
				found++
				if err := theContract().validate(schema, example); err != nil {
					t.Errorf("%s, example %s: %v", pointer, name, err)
				}
				if strings.HasSuffix(pointer, "/text~1event-stream") {
					if err := theContract().checkEvents([]byte(example.(string))); err != nil {
						t.Errorf("%s, example %s: %v", pointer, name, err)
					}
				}
			}
		}
		for key, inner := range object {
			walk(pointer+"/"+escaped.Replace(key), inner)
		}
	}
	walk("", theContract().document)
	if found < 20 {
		t.Errorf("found only %d examples", found)
	}
}

func TestTheDocumentIsServedToEverybody(t *testing.T) {
	t.Parallel()
	api := newAPI(t, withOptions(func(o *httpadapter.Options) { o.AllowAnonymous = false }))
	got := api.get("/openapi.yaml").want(http.StatusOK)
	if got.header.Get("Content-Type") != "application/yaml" || !bytes.HasPrefix(got.body, []byte("openapi: 3.1")) {
		t.Errorf("got %s: %.40q", got.header.Get("Content-Type"), got.body)
	}
}

package httpadapter_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// operations calls do with every operation of openapi.yaml: its pointer, method and path.
func operations(do func(pointer, method, path string)) {
	_, paths, _ := theContract().find("", "paths")
	for path, item := range paths.(map[string]any) {
		for method := range item.(map[string]any) {
			if pointer, _, ok := theContract().find("", "paths", path, method, "responses"); ok {
				do(strings.TrimSuffix(pointer, "/responses"), strings.ToUpper(method), path)
			}
		}
	}
}

// success is the good status of an operation.
func success(pointer string) int {
	_, responses, _ := theContract().find(pointer, "responses")
	for status := range keys(responses) {
		if n, _ := strconv.Atoi(status); n < http.StatusBadRequest {
			return n
		}
	}
	return 0
}

func TestEveryOperationHasExamples(t *testing.T) {
	t.Parallel()
	check := func(pointer string) {
		_, content, ok := theContract().find(pointer, "content")
		if !ok {
			return
		}
		for mediaType := range keys(content) {
			if _, _, ok := theContract().find(pointer, "content", mediaType, "examples"); !ok {
				t.Errorf("%s has no example of %s", pointer, mediaType)
			}
		}
	}
	operations(func(pointer, _, _ string) {
		check(pointer + "/requestBody")
		check(pointer + "/responses/" + strconv.Itoa(success(pointer)))
	})
}

// TestEveryExampleOfARequestIsTaken sends every example in a world of its own.
func TestEveryExampleOfARequestIsTaken(t *testing.T) {
	t.Parallel()
	sent := 0
	operations(func(pointer, method, path string) {
		_, content, ok := theContract().find(pointer, "requestBody", "content")
		if !ok {
			world := newWorld(t)
			prepare(world, method, path)
			world.send(method, withExamples(path), "").want(success(pointer))
			sent += sendParameters(world, pointer, method, withExamples(path))
			return
		}
		for mediaType := range keys(content) {
			examples, names, _ := theContract().find(pointer, "requestBody", "content", mediaType, "examples")
			for name := range keys(names) {
				_, example, _ := theContract().find(examples, name, "value")
				body := asJSON(t, example)
				if mediaType != "application/json" {
					body = form(example)
				}
				world := newWorld(t)
				prepare(world, method, path)
				world.with("Content-Type", mediaType).send(method, withExamples(path), body).want(success(pointer))
				sent++
			}
		}
	})
	if sent < 35 {
		t.Errorf("sent only %d examples", sent)
	}
}

// sendParameters sends the examples of an operation's query and header parameters, each alone and for each media type
// of the answer.
func sendParameters(world *api, pointer, method, path string) (sent int) {
	_, parameters, _ := theContract().find(pointer, "parameters")
	list, _ := parameters.([]any)
	_, mediaTypes, _ := theContract().find(pointer, "responses", strconv.Itoa(success(pointer)), "content")
	for _, p := range list {
		at := strings.TrimPrefix(p.(map[string]any)["$ref"].(string), "#")
		_, name, _ := theContract().find(at, "name")
		_, in, _ := theContract().find(at, "in")
		_, example, ok := theContract().find(at, "example")
		if !ok {
			continue
		}
		value := fmt.Sprint(example)
		if many, ok := example.([]any); ok {
			value = strings.Trim(strings.ReplaceAll(fmt.Sprint(many), " ", ","), "[]")
		}
		for mediaType := range keys(mediaTypes) {
			client, query := world.with("Accept", mediaType), ""
			if in == "header" {
				client = client.with(name.(string), value)
			} else {
				query = "?" + url.Values{name.(string): {value}}.Encode()
			}
			got := client.send(method, path+query, "").want(success(pointer))
			if !strings.HasPrefix(got.header.Get("Content-Type"), mediaType) {
				world.t.Errorf("%s: asked for %s, got %v", got.said, mediaType, got.header)
			}
			sent++
		}
	}
	return sent
}

// prepare takes away what is in the way of an example: what it is about to create, and what it cannot be deleted with.
// It writes what there is to be read, and lets a stream end when it has begun.
func prepare(world *api, method, path string) {
	const memberships = "/v2/accounts/{account}/account-memberships"
	if method == http.MethodPost && path == memberships {
		world.delete(withExamples(memberships + "/{membership}")).want(http.StatusNoContent)
	}
	if path == "/v1/changes" {
		world.delete(withExamples(memberships + "/{membership}")).want(http.StatusNoContent)
		world.endStreams()
	}
	if method == http.MethodDelete && path == "/v2/flows/{flow}" {
		world.delete(withExamples("/v2/fields/{field}")).want(http.StatusNoContent)
	}
}

func form(example any) string {
	values := url.Values{}
	for name, value := range example.(map[string]any) {
		values.Set(name, value.(string))
	}
	return values.Encode()
}

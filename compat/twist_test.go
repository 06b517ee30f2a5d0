package compat

import (
	"net/http"
	"testing"

	"github.com/anishathalye/porcupine"
)

// twists make one answer of a history wrong. The history ends with two lists of each account, one after the other, when
// nobody else asks for anything any more.
var twists = map[string]func(t *testing.T, history []porcupine.Operation){
	"a membership that is made twice": func(t *testing.T, history []porcupine.Operation) {
		twistOne(t, history, func(in input, out *output) bool {
			found := in.kind == add && out.status == http.StatusConflict
			if found {
				out.status = http.StatusCreated
			}
			return found
		})
	},
	"a membership that ends by itself": func(t *testing.T, history []porcupine.Operation) {
		twistOne(t, history, func(in input, out *output) bool {
			found := in.kind == remove && out.status == http.StatusNoContent
			if found {
				out.status = http.StatusNotFound
			}
			return found
		})
	},
	"a member who is overlooked, or seen where he is not": func(_ *testing.T, history []porcupine.Operation) {
		last := &history[len(history)-1]
		out := last.Output.(output)
		if out.members[0] == "" {
			out.members[0] = unknownID
		} else {
			out.members[0] = ""
		}
		out.count = out.members.used()
		last.Output = out
	},
	"an answer that was right once": func(t *testing.T, history []porcupine.Operation) {
		last := history[len(history)-1]
		for n, op := range history {
			if op.Input == last.Input && op.Output.(output).members != last.Output.(output).members {
				history[n].Call, history[n].Return = last.Return+1, last.Return+2
				return
			}
		}
		t.Fatal("the account was always the same")
	},
}

// twistOne makes the first answer wrong that lends itself to it.
func twistOne(t *testing.T, history []porcupine.Operation, twist func(in input, out *output) bool) {
	t.Helper()
	for n := range history {
		out := history[n].Output.(output)
		if twist(history[n].Input.(input), &out) {
			history[n].Output = out
			return
		}
	}
	t.Fatal("there is no such answer in the history")
}

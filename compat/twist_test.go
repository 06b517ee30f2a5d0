package compat

import (
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/roster-go/roster/internal/history"
)

// twists make one answer of a history wrong. The history ends with two lists of each account, one after the other, when
// nobody else asks for anything any more.
var twists = map[string]func(t *testing.T, operations []porcupine.Operation){
	"a membership that is made twice": func(t *testing.T, operations []porcupine.Operation) {
		twistOne(t, operations, func(in history.Input, out *history.Output) bool {
			found := in.Kind == history.Add && out.Answer == history.Taken
			if found {
				out.Answer = history.Done
			}
			return found
		})
	},
	"a membership that ends by itself": func(t *testing.T, operations []porcupine.Operation) {
		twistOne(t, operations, func(in history.Input, out *history.Output) bool {
			found := in.Kind == history.Remove && out.Answer == history.Done
			if found {
				out.Answer = history.Missing
			}
			return found
		})
	},
	"a member who is overlooked, or seen where he is not": func(_ *testing.T, operations []porcupine.Operation) {
		last := &operations[len(operations)-1]
		out := last.Output.(history.Output)
		if out.Members[0] == "" {
			out.Members[0] = unknownID
		} else {
			out.Members[0] = ""
		}
		out.Count = out.Members.Used()
		last.Output = out
	},
	"an answer that was right once": func(t *testing.T, operations []porcupine.Operation) {
		last := operations[len(operations)-1]
		for n, op := range operations {
			if op.Input == last.Input && op.Output.(history.Output).Members != last.Output.(history.Output).Members {
				operations[n].Call, operations[n].Return = last.Return+1, last.Return+2
				return
			}
		}
		t.Fatal("the account was always the same")
	},
}

// twistOne makes the first answer wrong that lends itself to it.
func twistOne(t *testing.T, operations []porcupine.Operation, twist func(in history.Input, out *history.Output) bool) {
	t.Helper()
	for n := range operations {
		out := operations[n].Output.(history.Output)
		if twist(operations[n].Input.(history.Input), &out) {
			operations[n].Output = out
			return
		}
	}
	t.Fatal("there is no such answer in the history")
}

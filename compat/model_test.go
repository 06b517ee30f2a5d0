package compat

import (
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/anishathalye/porcupine"
)

// kind is what a request of a history asks for.
type kind int

const (
	add    kind = iota
	remove      // a membership, by its id
	get         // a membership, by its id
	find        // a member's membership, in the account's list with a filter
	list        // those of all the members that come and go
	count       // how many there are
	kinds
)

func (k kind) String() string { return [...]string{"add", "remove", "get", "find", "list", "count"}[k] }

// input is a request of a history.
type input struct {
	club   int
	kind   kind
	member int
	id     string
}

// output is its answer. The zero value is for one that never came: the request may have been carried out at any time since.
type output struct {
	status  int
	id      string // that was made, or was in the way
	members state  // that were found
	count   int    // of memberships, in the list that was asked for
}

func (o output) unknown() bool { return o.status == 0 }

// expected reports whether a request about a known account may be answered so at all.
func (o output) expected() bool {
	return slices.Contains([]int{http.StatusOK, http.StatusCreated, http.StatusNoContent, http.StatusNotFound,
		http.StatusConflict, http.StatusUnprocessableEntity}, o.status)
}

// whenever is when a request without an answer ends.
const whenever = math.MaxInt64

// state is what the model knows of an account: the memberships of those who come and go, empty where there is none.
type state [pairs]string

// unheard is the id of a membership that was made without an answer. It may turn out to be any.
const unheard = "unheard"

// holds reports whether a member's membership is this one, and the state in which that has turned out.
func (s state) holds(member int, id string) (bool, state) {
	if s[member] == unheard && id != "" {
		s[member] = id
	}
	return s[member] == id, s
}

func (s state) used() (n int) {
	for _, id := range s {
		if id != "" {
			n++
		}
	}
	return n
}

// model is a single server that does one thing at a time. Accounts have nothing to do with each other.
var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		var parts [][]porcupine.Operation
		for _, op := range history {
			for len(parts) <= op.Input.(input).club {
				parts = append(parts, nil)
			}
			n := op.Input.(input).club
			parts[n] = append(parts[n], op)
		}
		return parts
	},
	Init: func() any { return state{} },
	Step: func(s, in, out any) (bool, any) { return step(s.(state), in.(input), out.(output)) },
	DescribeOperation: func(in, out any) string {
		return fmt.Sprintf("%v -> %v", in, out)
	},
}

func step(s state, in input, out output) (bool, state) {
	switch in.kind {
	case add:
		return stepAdd(s, in.member, out)
	case remove:
		return stepRemove(s, in, out)
	}
	switch {
	case out.unknown():
		return true, s
	case in.kind == count:
		return out.count == s.used(), s
	case out.status == http.StatusNotFound:
		return s[in.member] != in.id, s
	case in.kind == get:
		return s.holds(in.member, in.id)
	case in.kind == find:
		found, after := s.holds(in.member, out.members[in.member])
		return found && out.count == out.members.used(), after
	default:
		all := out.count == out.members.used()
		for member, id := range out.members {
			var found bool
			found, s = s.holds(member, id)
			all = all && found
		}
		return all, s
	}
}

func stepRemove(s state, in input, out output) (bool, state) {
	if out.status == http.StatusNotFound {
		return s[in.member] != in.id, s
	}
	there, after := s.holds(in.member, in.id)
	if there {
		after[in.member] = ""
	}
	return there || out.unknown(), after
}

func stepAdd(s state, member int, out output) (bool, state) {
	free := s[member] == "" && s.used() < seats
	switch out.status {
	case http.StatusCreated:
		s[member] = out.id
		return free, s
	case http.StatusConflict:
		return s.holds(member, out.id)
	case http.StatusUnprocessableEntity:
		return s[member] == "" && s.used() == seats, s
	default: // no answer
		if free {
			s[member] = unheard
		}
		return true, s
	}
}

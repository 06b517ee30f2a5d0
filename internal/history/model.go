package history

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// State is what the model knows of a club: the memberships of those who come and go, empty where there is none.
type State [Pairs]string

// unheard is the id of a membership that was made without an answer. It may turn out to be any.
const unheard = "unheard"

// holds reports whether a member's membership is this one, and the state in which that has turned out.
func (s State) holds(member int, id string) (bool, State) {
	if s[member] == unheard && id != "" {
		s[member] = id
	}
	return s[member] == id, s
}

// Used is how many memberships there are.
func (s State) Used() (n int) {
	for _, id := range s {
		if id != "" {
			n++
		}
	}
	return n
}

// Model is a single server that does one thing at a time. Clubs have nothing to do with each other.
var Model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		var parts [][]porcupine.Operation
		for _, op := range history {
			for len(parts) <= op.Input.(Input).Club {
				parts = append(parts, nil)
			}
			n := op.Input.(Input).Club
			parts[n] = append(parts[n], op)
		}
		return parts
	},
	Init: func() any { return State{} },
	Step: func(s, in, out any) (bool, any) { return step(s.(State), in.(Input), out.(Output)) },
	DescribeOperation: func(in, out any) string {
		return fmt.Sprintf("%v -> %v", in, out)
	},
}

func step(s State, in Input, out Output) (bool, State) {
	switch {
	case out.Answer == Busy:
		return true, s
	case in.Kind == Add:
		return stepAdd(s, in.Member, out)
	case in.Kind == Remove:
		return stepRemove(s, in, out)
	case out.Answer == Unknown:
		return true, s
	case out.Answer == Missing:
		return s[in.Member] != in.ID, s
	case out.Answer != Done:
		return false, s
	}
	return stepLook(s, in, out)
}

func stepLook(s State, in Input, out Output) (bool, State) {
	switch in.Kind {
	case Count:
		return out.Count == s.Used(), s
	case IsMember:
		return (out.Count > 0) == (s[in.Member] != ""), s
	case Get:
		return s.holds(in.Member, in.ID)
	case Find:
		found, after := s.holds(in.Member, out.Members[in.Member])
		return found && out.Count == out.Members.Used(), after
	default:
		all := out.Count == out.Members.Used()
		for member, id := range out.Members {
			var found bool
			found, s = s.holds(member, id)
			all = all && found
		}
		return all, s
	}
}

func stepRemove(s State, in Input, out Output) (bool, State) {
	if out.Answer == Missing {
		return s[in.Member] != in.ID, s
	}
	there, after := s.holds(in.Member, in.ID)
	if there {
		after[in.Member] = ""
	}
	return there && out.Answer == Done || out.Answer == Unknown, after
}

func stepAdd(s State, member int, out Output) (bool, State) {
	free := s[member] == "" && s.Used() < Seats
	switch out.Answer {
	case Done:
		s[member] = out.ID
		return free, s
	case Taken:
		return s.holds(member, out.ID)
	case Full:
		return s[member] == "" && s.Used() == Seats, s
	case Unknown:
		if free {
			s[member] = unheard
		}
		return true, s
	default:
		return false, s
	}
}

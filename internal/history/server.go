package history

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/roster-go/roster/internal/servertest"
)

// Server is a client of a server.
type Server struct{ *servertest.Client }

var _ Client = Server{}

// Do implements [Client].
func (s Server) Do(ctx context.Context, club *Club, in Input) (Output, error) {
	r, err := s.ask(ctx, club, in)
	if err != nil {
		return Output{}, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	out := Output{Answer: answerOf(in.Kind, r)}
	if out.Answer == Unknown {
		code, _ := r.Fault()
		err := fmt.Errorf("%d %s", r.Status, r.Body)
		if code == "outcome_unknown" {
			err = fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
		return out, err
	}
	switch in.Kind {
	case Add:
		if _, out.ID = r.Fault(); out.Answer == Done {
			out.ID = r.Text("data", "id")
		}
	case Count:
		out.Count = r.Total() - club.Sitting
	case IsMember, Find, List:
		out.Count = r.Total()
	}
	for _, row := range r.Rows() { // of a list
		id, _ := row["id"].(string)
		member, _ := row["account_member_id"].(string)
		if n := club.number(member); n >= 0 && in.Kind != IsMember {
			out.Members[n] = id
		}
	}
	return out, nil
}

func (s Server) ask(ctx context.Context, club *Club, in Input) (servertest.Reply, error) {
	path := "/v2/accounts/" + club.Account + "/account-memberships"
	switch in.Kind {
	case Add:
		return s.Ask(ctx, http.MethodPost, path, `{"data": {"type": "account_membership", "account_member_id": "`+club.Members[in.Member]+`"}}`)
	case Remove:
		return s.Ask(ctx, http.MethodDelete, path+"/"+in.ID, "")
	case Get:
		return s.Ask(ctx, http.MethodGet, path+"/"+in.ID, "")
	case IsMember, Find:
		return s.Ask(ctx, http.MethodGet, path+"?filter=eq(account_member_id,"+club.Members[in.Member]+")", "")
	case List:
		return s.Ask(ctx, http.MethodGet, path+"?filter=in(account_member_id,"+strings.Join(club.Members, ",")+")", "")
	default:
		return s.Ask(ctx, http.MethodGet, path+"?page[limit]=0", "")
	}
}

// answerOf is what a reply means; Unknown where that is nothing that is promised.
func answerOf(kind Kind, r servertest.Reply) Answer {
	code, _ := r.Fault()
	done := map[Kind]int{Add: http.StatusCreated, Remove: http.StatusNoContent}[kind]
	if done == 0 {
		done = http.StatusOK
	}
	switch {
	case r.Status == done:
		return Done
	case r.Status == http.StatusNotFound && code == "membership_not_found":
		return Missing
	case r.Status == http.StatusServiceUnavailable && code == "busy":
		return Busy
	case kind == Add && code == "already_member":
		return Taken
	case kind == Add && code == "account_full":
		return Full
	case kind == Add && code == "member_at_limit":
		return AtLimit
	}
	return Unknown
}

package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// Service is a client within the program. Its account limit leaves Seats beside those who stay.
type Service struct{ *roster.Service }

var _ Client = Service{}

// Do implements [Client].
func (s Service) Do(ctx context.Context, club *Club, in Input) (Output, error) {
	out, err := s.ask(ctx, club, in)
	if err != nil {
		return refused(in, err)
	}
	out.Answer = Done
	return out, nil
}

// refused is what an error answers.
func refused(in Input, err error) (Output, error) {
	out := answerTo(in.Kind, err)
	switch {
	case out.Answer != Unknown:
		return out, nil
	case errors.Is(err, store.ErrOutcomeUnknown):
		return out, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	return out, err
}

// answerTo is what an error means; Unknown where that is nothing that is promised.
func answerTo(kind Kind, err error) Output {
	switch {
	case kind == Add && errors.Is(err, membership.ErrAlreadyMember):
		if refusal, ok := errors.AsType[*membership.Error](err); ok {
			return Output{Answer: Taken, ID: refusal.Existing.ID.String()}
		}
	case kind == Add && errors.Is(err, membership.ErrAccountFull):
		return Output{Answer: Full}
	case kind == Add && errors.Is(err, membership.ErrMemberAtLimit):
		return Output{Answer: AtLimit}
	case errors.Is(err, membership.ErrMembershipNotFound):
		return Output{Answer: Missing}
	case errors.Is(err, store.ErrBusy):
		return Output{Answer: Busy}
	}
	return Output{}
}

func (s Service) ask(ctx context.Context, club *Club, in Input) (out Output, err error) {
	account := membership.AccountID{UUID: uuid.MustParse(club.Account)}
	switch in.Kind {
	case Add:
		var m membership.Membership
		m, err = s.Add(ctx, account, memberID(club.Members[in.Member]))
		out.ID = m.ID.String()
	case Remove:
		err = s.Remove(ctx, account, membership.MembershipID{UUID: uuid.MustParse(in.ID)})
	case Get:
		_, err = s.Membership(ctx, account, membership.MembershipID{UUID: uuid.MustParse(in.ID)})
	case IsMember:
		var is bool
		if is, err = s.IsMember(ctx, account, memberID(club.Members[in.Member])); is {
			out.Count = 1
		}
	case Find:
		out, err = s.list(ctx, club, account, club.Members[in.Member])
	case List:
		out, err = s.list(ctx, club, account, club.Members...)
	case Count:
		var page membership.Page[membership.Membership]
		page, err = s.Memberships(ctx, membership.Scope{Account: account}, membership.Query{Limit: -1})
		out.Count = page.Total - club.Sitting
	}
	return out, err
}

// list looks for some members in the account's list.
func (s Service) list(ctx context.Context, club *Club, account membership.AccountID, members ...string) (out Output, err error) {
	values := make([]membership.Value, len(members))
	for n, member := range members {
		values[n] = membership.IDValue(uuid.MustParse(member))
	}
	page, err := s.Memberships(ctx, membership.Scope{Account: account},
		membership.Query{Filter: membership.All(membership.In(membership.AttrMemberID, values...))})
	out.Count = page.Total
	for _, m := range page.Items {
		if n := club.number(m.MemberID.String()); n >= 0 {
			out.Members[n] = m.ID.String()
		}
	}
	return out, err
}

func memberID(id string) membership.MemberID { return membership.MemberID{UUID: uuid.MustParse(id)} }

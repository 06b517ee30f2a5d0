package storetest

import (
	"context"
	"time"

	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

// logOperation writes and reads the change log, and the settings. Where the log is sparse, only these.
func (s *script) logOperation(kind, n, a, m int) operation {
	if s.sparse {
		kind = 56 + kind%2
	}
	number := int64(s.pick(20))
	consumer := texts[s.pick(scriptNouns)] + "c"
	switch kind {
	case 56:
		settings := membership.Settings{MembershipLimit: 1 + s.pick(membership.MaxMembershipLimit), AutoCreateAccounts: s.pick(2) == 1,
			SelfSignup: s.pick(2) == 1, SelfManagement: membership.SelfManagementUpdateOnly, TokenTimeout: time.Duration(1+s.pick(200)) * time.Second}
		return writing("UpdateSettings", func(ctx context.Context, tx store.Tx) error { return tx.UpdateSettings(ctx, settings) })
	case 57:
		return reading("Settings", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Settings(ctx) })
	case 58, 59:
		changes := s.changes(n, a, m)
		return reading("AppendChanges", func(ctx context.Context, tx store.Tx) (any, error) { return tx.AppendChanges(ctx, changes) })
	case 60:
		q := s.changeQuery(number, a, m)
		return reading("Changes", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Changes(ctx, q) })
	case 61:
		before := time.Time{}
		if s.pick(2) == 1 {
			before = at(s.pick(256))
		}
		keep, most := s.pick(4), s.pick(4)
		return reading("PruneChanges", func(ctx context.Context, tx store.Tx) (any, error) { return tx.PruneChanges(ctx, before, keep, most) })
	case 62:
		return s.restore(s.changes(n, a, m), number+1)
	default:
		return s.consumerOperation(consumer, number)
	}
}

// restore adds changes with numbers: right behind the last one, or too small ones, which are refused. Why no gaps: stores may
// count what was left out as changes that are left.
func (s *script) restore(changes []membership.Change, first int64) operation {
	low := int64(s.pick(8) / 7)
	return writing("RestoreChanges", func(ctx context.Context, tx store.Tx) error {
		last, err := tx.AppendChanges(ctx, nil)
		if err != nil {
			return err
		}
		begin := first
		if last > 0 {
			begin = last + 1 - low
		}
		for i := range changes {
			changes[i].Sequence = begin + int64(i)
		}
		return tx.RestoreChanges(ctx, begin+low, changes)
	})
}

func (s *script) consumerOperation(name string, position int64) operation {
	switch s.pick(3) {
	case 0:
		return writing("SetConsumerPosition", func(ctx context.Context, tx store.Tx) error { return tx.SetConsumerPosition(ctx, name, position) })
	case 1:
		return writing("DeleteConsumer", func(ctx context.Context, tx store.Tx) error { return tx.DeleteConsumer(ctx, name) })
	default:
		return reading("ConsumerPosition", func(ctx context.Context, tx store.Tx) (any, error) { return tx.ConsumerPosition(ctx, name) })
	}
}

// changes are at most three, with any images.
func (s *script) changes(n, a, m int) []membership.Change {
	all := make([]membership.Change, s.pick(4))
	for i := range all {
		c := change(n)
		c.Type = membership.ChangeTypes()[s.pick(len(membership.ChangeTypes()))]
		c.Actor, c.RequestID = texts[s.pick(len(texts))], texts[s.pick(len(texts))]
		c.AccountID, c.MemberID, c.MembershipID = accountID(a), memberID(m), membershipID(s.pick(scriptMemberships))
		c.Before, c.After = scriptImages[s.pick(len(scriptImages))], scriptImages[s.pick(len(scriptImages))]
		all[i] = c
	}
	return all
}

// scriptImages are images of every kind, and none.
var scriptImages = append(images(), nil)

func (s *script) changeQuery(after int64, a, m int) membership.ChangeQuery {
	q := membership.ChangeQuery{After: after - 1, Limit: s.pick(5) - 1}
	switch s.pick(4) {
	case 1:
		q.Account = accountID(a)
	case 2:
		q.Member, q.Membership = memberID(m), membershipID(s.pick(scriptMemberships))
	case 3:
		for range s.pick(4) {
			q.Types = append(q.Types, membership.ChangeTypes()[s.pick(len(membership.ChangeTypes()))])
		}
	}
	return q
}

// credentialOperation keeps what clients sign in with.
func (s *script) credentialOperation(kind, n, a int) operation {
	name := texts[1+a]
	hash := membership.HashSecret(texts[s.pick(scriptNouns)])
	scopes := membership.Scopes(s.pick(4))
	switch kind {
	case 50:
		c := membership.Credential{ClientID: name, SecretHash: hash, Scopes: scopes, CreatedAt: at(n % 3)}
		return writing("InsertCredential", func(ctx context.Context, tx store.Tx) error { return tx.InsertCredential(ctx, c) })
	case 51:
		if s.pick(2) == 1 {
			return reading("Credential", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Credential(ctx, name) })
		}
		return writing("DeleteCredential", func(ctx context.Context, tx store.Tx) error { return tx.DeleteCredential(ctx, name) })
	case 52:
		token := membership.Token{Hash: hash, ClientID: name, Scopes: scopes, ExpiresAt: at(s.pick(3))}
		return writing("InsertToken", func(ctx context.Context, tx store.Tx) error { return tx.InsertToken(ctx, token) })
	case 53:
		return reading("Token", func(ctx context.Context, tx store.Tx) (any, error) { return tx.Token(ctx, hash) })
	case 54:
		return writing("DeleteToken", func(ctx context.Context, tx store.Tx) error { return tx.DeleteToken(ctx, hash) })
	default:
		expired := at(s.pick(3))
		return writing("DeleteTokens", func(ctx context.Context, tx store.Tx) error { return tx.DeleteTokens(ctx, expired) })
	}
}

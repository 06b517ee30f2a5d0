package sqlitestore

import "context"

// Ready reports whether what is written would find room. The first time that it is asked in a store of [Open], and from when
// an Update has answered store.ErrStorageFull or store.ErrStorageFailed, it tries whether a file beside the database
// can be written, and whether a transaction can be committed that changes nothing. When both can be, or many Updates have
// been committed meanwhile, that is over, and the answer is nil; until then it says why not.
//
// Nothing is tried as long as nothing has failed, so it may be asked often.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.gate.Enter(); err != nil {
		return err
	}
	defer s.gate.Leave()
	if !s.trouble.is() {
		return nil
	}
	if err := tryRoom(s.file); err != nil {
		return translate(ctx, err)
	}
	g, err := s.queue.enter(ctx, true)
	if err != nil {
		return err
	}
	defer s.queue.leave(g.size)
	if err := rewriteHeader(ctx, s.db); err != nil {
		return askForRoom(s.file, translate(ctx, err))
	}
	s.trouble.end()
	return nil
}

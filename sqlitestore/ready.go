package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
)

// Ready reports whether what is written would find room. The first time that it is asked in a store of [Open], and from when
// an Update has answered store.ErrStorageFull, store.ErrStorageFailed or store.ErrOutcomeUnknown, it tries whether there is
// room beside the database for a file of 1 MiB and of what the log has yet to bring into the database, and whether a
// transaction can be committed that changes nothing. When both can be, or many Updates have been committed meanwhile, that
// is over, and the answer is nil; until then it says why not.
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
	growth, err := s.growth(ctx)
	if err != nil {
		return err
	}
	err = s.trouble.readying.try(func() error { return tryRoom(s.file, growth) })
	if err != nil && !errors.Is(err, fs.ErrPermission) { // Why not: who may write the database need not be allowed more files
		return translate(ctx, err)
	}
	g, err := s.queue.enter(ctx, true)
	if err != nil {
		return err
	}
	defer s.queue.leave(g.size)
	if err := rewriteHeader(ctx, s.db); err != nil {
		return s.askForRoom(translate(ctx, err))
	}
	s.trouble.end()
	return nil
}

const selectSize = `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`

// growth is how much larger the file gets when the log is copied back into it. Why it matters: that happens behind a commit,
// and may take all the room that there was for the next.
func (s *Store) growth(ctx context.Context) (int64, error) {
	if s.file == "" {
		return 0, nil
	}
	var size int64
	if _, err := s.row(ctx, selectSize, []sql.Scanner{scanNumber(&size)}); err != nil {
		return 0, err
	}
	now, err := sizeOf(s.file)
	return max(size-now, 0), translate(ctx, err)
}

// askForRoom is askForRoom about the store's own file.
func (s *Store) askForRoom(err error) error {
	return askForRoom(err, func() error { return s.trouble.asking.try(tries(s.file)) })
}

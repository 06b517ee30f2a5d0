package storecopy

// stream yields rows in an order, as long as ok.
type stream[T any] func() (row T, ok bool, err error)

// pages is a stream of pages, of which next reads the one behind a row, nil for the first one. More says whether there may
// be another one.
func pages[T any](next func(after *T) (page []T, more bool, err error)) stream[T] {
	var page []T
	var last *T
	more := true
	return func() (row T, ok bool, err error) {
		if len(page) == 0 && more {
			if page, more, err = next(last); err != nil {
				return row, false, err
			}
			if len(page) > 0 {
				last = &page[len(page)-1]
			}
		}
		if len(page) == 0 {
			return row, false, nil
		}
		row, page = page[0], page[1:]
		return row, true, nil
	}
}

// listed is a stream of rows that are all at hand.
func listed[T any](rows []T) stream[T] {
	return pages(func(*T) ([]T, bool, error) { return rows, false, nil })
}

// merge walks two streams of the same order side by side. Each is called with rows that are the same by that order, which is
// 0 then, or with one of the first, which is below 0, or of the second.
func merge[T any](first, second stream[T], order func(a, b T) int, each func(which int, a, b T) error) error {
	a, moreA, err := first()
	if err != nil {
		return err
	}
	b, moreB, err := second()
	for err == nil && (moreA || moreB) {
		which := 0
		switch {
		case !moreB:
			which = -1
		case !moreA:
			which = 1
		default:
			which = order(a, b)
		}
		if err := each(which, a, b); err != nil {
			return err
		}
		if which <= 0 {
			a, moreA, err = first()
		}
		if which >= 0 && err == nil {
			b, moreB, err = second()
		}
	}
	return err
}

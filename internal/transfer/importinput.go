package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
)

// input is a file whose content was read once.
type input struct {
	File
	sum  fingerprint
	size int64
}

// read opens the file for a function.
func (in *input) read(fn func(io.Reader) error) error {
	r, err := in.Open()
	if err != nil {
		return fmt.Errorf("%s could not be opened: %w", in.Name, err)
	}
	err = fn(r)
	return errors.Join(err, r.Close())
}

// cancelled is a reader that ends with a context.
type cancelled struct {
	ctx context.Context
	io.Reader
}

func (c *cancelled) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.Reader.Read(p)
}

// counting is a reader that counts.
type counting struct {
	io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// rows are those of the file, each with its place.
func (in *input) rows(r io.Reader, opts ReadOptions) iter.Seq2[placed, error] {
	return func(yield func(placed, error) bool) {
		place := uint64(0)
		if opts.Format == "" {
			opts.Format = FormatOf(in.Name)
		}
		for row, err := range Read(r, opts) {
			if err != nil {
				yield(placed{}, fmt.Errorf("%s: %w", in.Name, err))
				return
			}
			if !yield(placed{row, in, place}, nil) {
				return
			}
			place++
		}
	}
}

// placed is a row with its place in its file, from 0.
type placed struct {
	Row
	file  *input
	place uint64
}

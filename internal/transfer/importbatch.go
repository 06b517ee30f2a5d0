package transfer

import (
	"errors"
	"iter"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// outcome is what became of a row.
type outcome uint8

const (
	refused outcome = iota
	created
	updated
	unchanged
	skipped
)

// entry is a row on its way into the store.
type entry struct {
	placed
	kind  string // its type; empty where it has none
	doc   *httpadapter.Document
	id    uuid.UUID // the one that it names, or else the one that is derived from its place
	named bool      // it names one

	// The members by which a membership names what it joins; empty where it does not say.
	account, member string

	outcome outcome
	fault   error // why it was refused
}

// batch is some rows that are written in one transaction, one after the other, as far as anybody can tell: rows to be
// created wait until one comes that could see the difference, and are created together.
type batch struct {
	*importer
	svc      *roster.Service // within the transaction
	entries  []*entry
	warnings []columnOf

	accounts *index[membership.Account]
	members  *index[membership.Member]
	tags     map[string]membership.Tag // by name; zero where there is none
	schemas  map[membership.Resource]membership.Schema
	noted    map[columnOf]bool

	waiting []newcomer
	claimed map[any]bool // the ids and names of those that wait
}

// newcomer is a row that waits to be created.
type newcomer struct {
	*entry
	row  membership.Row
	tags tagging // of an account
}

func newBatch(im *importer, svc *roster.Service, rows []placed) *batch {
	b := &batch{importer: im, svc: svc,
		accounts: accountIndex(im.ctx, svc),
		members:  memberIndex(im.ctx, svc),
		tags:     map[string]membership.Tag{},
		schemas:  map[membership.Resource]membership.Schema{},
		noted:    map[columnOf]bool{},
		claimed:  map[any]bool{},
	}
	entries := make([]entry, len(rows))
	for i, row := range rows {
		entries[i].placed = row
		b.entries = append(b.entries, &entries[i])
	}
	return b
}

// write writes every row, or says of each that was refused why.
func (b *batch) write() error {
	for _, e := range b.entries {
		e.read()
	}
	if err := b.lookAhead(); err != nil {
		return err
	}
	for _, e := range b.entries {
		if e.fault != nil {
			continue
		}
		if err := b.take(e); err != nil {
			return err
		}
	}
	return b.flush()
}

// take does with a row what is to be done with it, or lets it wait.
func (b *batch) take(e *entry) error {
	if err := b.respell(e); err != nil {
		return err
	}
	if err := b.note(e); err != nil {
		return err
	}
	switch e.kind {
	case accountType:
		return b.answer(e, b.account(e))
	case memberType:
		return b.answer(e, b.member(e))
	case membershipType:
		return b.answer(e, b.membership(e))
	}
	if err := b.flush(); err != nil { // Why: these are few, and rows behind them may depend on them
		return err
	}
	switch e.kind {
	case tagType:
		return b.answer(e, b.tag(e))
	case flowType:
		return b.answer(e, b.flow(e))
	case fieldType:
		return b.answer(e, b.field(e))
	default:
		return b.answer(e, b.settings(e))
	}
}

// answer makes a refusal of what the rules say, and leaves other errors to the import.
func (b *batch) answer(e *entry, err error) error {
	if err == nil {
		return nil
	}
	if !isRefusal(err) {
		return err
	}
	e.refuse(err)
	return nil
}

func (e *entry) refuse(fault error) { e.outcome, e.fault = refused, fault }

// documentError is what a row itself has wrong.
type documentError struct{ error }

func (e documentError) Unwrap() error { return e.error }

// check is every fault that was met in a row.
func (e *entry) check() error {
	if err := e.doc.Err(nil); err != nil {
		return documentError{err}
	}
	return nil
}

// isRefusal tells an answer of the rules from a failure.
func isRefusal(err error) bool {
	if _, ok := errors.AsType[documentError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*ambiguousError](err); ok {
		return true
	}
	return membership.IsRefusal(err)
}

// schema is everything about the custom fields of a resource.
func (b *batch) schema(r membership.Resource) (membership.Schema, error) {
	if s, known := b.schemas[r]; known {
		return s, nil
	}
	s, err := b.svc.Schema(b.ctx, r)
	if err == nil {
		b.schemas[r] = s
	}
	return s, err
}

// redefined forgets what was known about custom fields.
func (b *batch) redefined() {
	clear(b.schemas)
	clear(b.noted)
}

// settle lets those be created that wait, if one of them has one of the ids or names.
func settle[K uuid.UUID | name](b *batch, keys ...K) error {
	for _, key := range keys {
		if b.claimed[key] {
			return b.flush()
		}
	}
	return nil
}

// wait lets a row wait to be created, under the ids and the names that it will have.
func (b *batch) wait(n newcomer, names ...name) {
	b.waiting = append(b.waiting, n)
	b.claimed[n.id] = true
	for _, n := range names {
		b.claimed[n] = true
	}
}

// flush creates the rows that wait.
func (b *batch) flush() error {
	if len(b.waiting) == 0 {
		return nil
	}
	waited := b.waiting
	b.waiting = nil
	clear(b.claimed)
	for result, err := range b.imported(waited...) {
		if err != nil {
			return err
		}
		n := waited[result.Index]
		if err := b.answer(n.entry, b.settled(n, result)); err != nil {
			return err
		}
	}
	return nil
}

// imported creates rows, and tells what became of each.
func (b *batch) imported(all ...newcomer) iter.Seq2[roster.Imported, error] {
	rows := func(yield func(membership.Row) bool) {
		for _, n := range all {
			if !yield(n.row) {
				return
			}
		}
	}
	return b.svc.Import(b.ctx, rows, roster.ImportOptions{Batch: len(all)})
}

// create creates a row at once.
func (b *batch) create(e *entry, row membership.Row) (made membership.Row, err error) {
	for result, err := range b.imported(newcomer{entry: e, row: row}) {
		if err == nil {
			err = result.Err
		}
		if err != nil {
			return nil, err
		}
		made = result.Row
	}
	e.outcome = created
	return made, nil
}

// settled deals with what became of a row that waited.
func (b *batch) settled(n newcomer, result roster.Imported) error {
	if m, joins := n.row.(membership.Membership); joins && result.Err != nil {
		return b.notJoined(n.entry, m, result.Err)
	}
	if result.Err != nil {
		return result.Err
	}
	n.outcome = created
	switch row := result.Row.(type) {
	case membership.Account:
		b.accounts.put(row)
		return b.retag(row.ID, nil, n.tags)
	case membership.Member:
		b.members.put(row)
	}
	return nil
}

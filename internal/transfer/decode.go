package transfer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// The names by which rows of files refer to others, beside those of the API.
const (
	parentRefMember   = "parent_external_ref"
	accountRefMember  = "account_external_ref"
	accountRegMember  = "account_registration_id"
	memberShortMember = "member_id"
	memberMailMember  = "account_member_email"
	mailMember        = "email"
)

// isSettings reports whether rows of the type are no rows of a list, and have no id that means anything.
func isSettings(kind string) bool {
	return kind == membershipSettingsType || kind == authSettingsType
}

// read reads the type and the id of a row, or says what is wrong with it.
func (e *entry) read() {
	if e.Err != nil {
		e.refuse(&unreadableError{e.Err})
		return
	}
	e.doc = httpadapter.NewDocument(e.Data, e.Texts)
	kind, _ := e.Data[typeColumn].(string)
	if !slices.Contains(Types(), kind) {
		e.doc.Refuse(typeColumn, "is required and must be one of "+strings.Join(Types(), ", "))
		e.refuse(e.check())
		return
	}
	e.kind = kind
	if isSettings(kind) {
		return
	}
	if id := e.doc.ID("id"); id != nil {
		if *id == uuid.Nil { // Why: it would get a new one, and another one when the same is imported again
			e.doc.Refuse("id", "must not be zero; leave it out")
		}
		e.id, e.named = *id, true
		return
	}
	e.id = e.file.sum.id(e.place)
}

// respell gives what a table says to the custom field that is called exactly as the table spells it. Until then it was what
// the rows have themselves, because a file is read without the custom fields.
func (b *batch) respell(e *entry) error {
	r := membership.Resource(e.kind)
	if len(e.spelled) == 0 || !slices.Contains(membership.FlowResources(), r) {
		return nil
	}
	custom, err := b.schema(r)
	if err != nil {
		return err
	}
	for name, spelled := range e.spelled {
		value, said := e.Data[name]
		if _, found := custom.Find(spelled); found && said {
			delete(e.Data, name)
			e.Data[spelled] = value
		}
	}
	return nil
}

// note notes the columns of a table that mean nothing. In JSON members that nobody asks for do not matter, as in the API.
func (b *batch) note(e *entry) error {
	if !e.Texts {
		return nil
	}
	for column := range e.Data {
		c := columnOf{e.file, e.kind, column}
		if b.noted[c] {
			continue
		}
		b.noted[c] = true
		known, err := b.knows(e.kind, column)
		if err != nil {
			return err
		}
		if !known {
			b.warnings = append(b.warnings, c)
		}
	}
	return nil
}

// knows reports whether rows of a type can have a column.
func (b *batch) knows(kind, column string) (bool, error) {
	if isOwn(kind, column) || column == relationshipsColumn {
		return true, nil
	}
	r := membership.Resource(kind)
	if !slices.Contains(membership.FlowResources(), r) {
		return false, nil
	}
	custom, err := b.schema(r)
	_, known := custom.Find(column)
	return known, err
}

// text is a text of the row, empty where it is none: for looking ahead only.
func (e *entry) text(member string) string {
	text, _ := e.Data[member].(string)
	return text
}

// lookAhead looks up at once what the rows will be matched by and refer to: first by their ids, and by names only those
// that are not found so.
func (b *batch) lookAhead() error {
	var accounts, members []uuid.UUID
	for _, e := range b.entries {
		switch e.kind {
		case accountType:
			accounts = append(accounts, e.id)
		case memberType:
			members = append(members, e.id)
		}
	}
	if err := errors.Join(b.accounts.askIDs(accounts), b.members.askIDs(members)); err != nil {
		return err
	}
	var accountNames, memberNames []name
	for _, e := range b.entries {
		switch e.kind {
		case accountType:
			if _, found := b.accounts.rows[e.id]; !found && !e.named {
				accountNames = append(accountNames, b.used(e.accountNames())...)
			}
			accountNames = append(accountNames, e.names(b.parentSide().names)...)
		case memberType:
			if _, found := b.members.rows[e.id]; !found && !e.named {
				memberNames = append(memberNames, b.used(e.memberNames())...)
			}
		case membershipType:
			accountNames = append(accountNames, e.names(b.accountSide().names)...)
			memberNames = append(memberNames, e.names(b.memberSide().names)...)
		}
	}
	return errors.Join(b.accounts.ask(nil, accountNames), b.members.ask(nil, memberNames))
}

// names are those that a row says.
func (e *entry) names(members []named) (all []name) {
	for _, n := range members {
		if text := e.text(n.member); text != "" {
			all = append(all, name{n.attr, text})
		}
	}
	return all
}

// used are those of some names that rows are matched by.
func (b *batch) used(names []name) []name {
	return slices.DeleteFunc(names, func(n name) bool { return !b.matches[Key(n.attr)] })
}

// accountNames are what an account may be matched by where it names no id, the strongest first.
func (e *entry) accountNames() []name {
	return []name{{membership.AttrRegistrationID, e.text("registration_id")}, {membership.AttrExternalRef, e.text("external_ref")}}
}

func (e *entry) memberNames() []name { return []name{{membership.AttrEmail, e.text("email")}} }

// reference is a row that another one refers to.
type reference struct {
	id     uuid.UUID
	member string // where it is said; empty where nothing is said
}

// side is how rows of a file say which row of another kind they belong to.
type side[T membership.Row] struct {
	in           *index[T]
	missing      error    // the error where there is no such row
	ids          []string // members with its id
	relationship string   // or empty
	names        []named  // members with one of its names
}

// named is a member that has the value of another row's attribute.
type named struct {
	member string
	attr   membership.Attribute
}

func (b *batch) accountSide() side[membership.Account] {
	return side[membership.Account]{b.accounts, membership.ErrAccountNotFound, []string{"account_id"}, "account",
		[]named{{accountRegMember, membership.AttrRegistrationID}, {accountRefMember, membership.AttrExternalRef}}}
}

func (b *batch) memberSide() side[membership.Member] {
	return side[membership.Member]{b.members, membership.ErrMemberNotFound, []string{"account_member_id", memberShortMember}, "account_member",
		[]named{{memberMailMember, membership.AttrEmail}, {mailMember, membership.AttrEmail}}}
}

func (b *batch) parentSide() side[membership.Account] {
	return side[membership.Account]{in: b.accounts, missing: membership.ErrAccountNotFound,
		names: []named{{parentRefMember, membership.AttrExternalRef}}}
}

// of reads which row an entry belongs to. A member that is a custom field of the entry means that.
func (s side[T]) of(b *batch, e *entry, custom membership.Schema) (reference, error) {
	for _, member := range s.ids {
		if _, own := custom.Find(member); own {
			continue
		}
		if id := e.doc.ID(member); id != nil {
			return reference{*id, member}, nil
		}
	}
	if s.relationship != "" {
		if id := e.doc.RelatedID(s.relationship); id != nil {
			return reference{*id, "relationships/" + s.relationship + "/data/id"}, nil
		}
	}
	for _, n := range s.names {
		if _, own := custom.Find(n.member); own {
			continue
		}
		if text := e.doc.Text(n.member); text != nil && *text != "" {
			return s.called(b, n, *text)
		}
	}
	return reference{}, nil
}

// called finds the row that has a name.
func (s side[T]) called(b *batch, n named, text string) (reference, error) {
	called := name{n.attr, text}
	if err := settle(b, called); err != nil {
		return reference{}, err
	}
	row, found, err := s.in.called(called)
	if ambiguous, ok := errors.AsType[*ambiguousError](err); ok {
		ambiguous.field = n.member
	}
	if err == nil && !found {
		err = &membership.Error{Cause: s.missing, Field: n.member, Detail: fmt.Sprintf("none has the %s %q", n.attr, text)}
	}
	if err != nil {
		return reference{}, err
	}
	return reference{idOf(row), n.member}, nil
}

// pointed says which member of a row named what was not found.
func pointed(err error, cause error, member string) error {
	fault, ok := errors.AsType[*membership.Error](err)
	if !errors.Is(err, cause) || ok && fault.Field != "" && fault.Field != "parent_id" {
		return err
	}
	return &membership.Error{Cause: cause, Field: member}
}

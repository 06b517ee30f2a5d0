package httpadapter

import (
	"encoding/json"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// Document is what somebody says about a resource outside of a request: in the shape that data has in a body, and read as
// that is. Members that nobody asks for do not matter. Its methods remember every fault that they meet, and answer then
// as if the member were absent; [Document.Err] tells them.
type Document struct {
	body  body
	texts bool
	own   bool // the members are a copy
}

// NewDocument is the document that has the members: strings, json.Number, booleans, nil, map[string]any and []any. With
// texts, all that is not nil may be spelled as a string, because its writer knew nothing else: "12" is a number where the
// attribute is one, and the rules of a field are a text of JSON. The document changes no member, and keeps none.
func NewDocument(members map[string]any, texts bool) *Document {
	return &Document{body: body{data: members}, texts: texts}
}

// Has reports whether the document has a member, null or not.
func (d *Document) Has(name string) bool {
	_, given := d.body.data[name]
	return given
}

// Refuse adds a fault of a member.
func (d *Document) Refuse(name, detail string) { d.body.refuse(name, detail) }

// Err is every fault that was met, and behind them those of the rules about members that are not at fault yet; nil when
// there is none. See [Faults].
func (d *Document) Err(rules error) error { return d.body.err(rules) }

// Text is a text: nil when the member is absent, the empty text when it is null.
func (d *Document) Text(name string) *string { return d.body.change(name) }

// ID is an id: nil when the member is absent or null.
func (d *Document) ID(name string) *uuid.UUID {
	if d.body.data[name] == nil {
		return nil
	}
	return bodyID(&d.body, name, parseUUID)
}

// RelatedID is the id of what a relationship names: nil where there is none.
func (d *Document) RelatedID(relationship string) *uuid.UUID {
	way := []string{"relationships", relationship, "data", "id"}
	member := d.body.within(way)
	if member == nil {
		return nil
	}
	text, ok := member.(string)
	if !ok {
		d.body.refuseWithin("must be a string", way...)
		return nil
	}
	id, err := parseUUID(text)
	if err != nil {
		d.body.refuseWithin(detailOf(err), way...)
		return nil
	}
	return &id
}

// Related are the ids of those that a relationship names; given is false where the document has no such relationship.
func (d *Document) Related(relationship string) (ids []uuid.UUID, given bool) {
	way := []string{"relationships", relationship, "data"}
	member := d.body.within(way)
	elements, ok := member.([]any)
	if !ok {
		if member != nil {
			d.body.refuseWithin("must be a list", way...)
		}
		return nil, false
	}
	for _, element := range elements {
		members, _ := element.(map[string]any)
		text, _ := members["id"].(string)
		id, err := parseUUID(text)
		if err != nil {
			d.body.refuseWithin("must be a list of objects with an id each", way...)
			return nil, true
		}
		ids = append(ids, id)
	}
	return ids, true
}

func parseUUID(text string) (uuid.UUID, error) {
	id, err := membership.ParseAccountID(text) // which spells its faults as all ids do
	return id.UUID, err
}

// Times are the times of the resource, zero where it does not say: those of meta.timestamps, or created_at and updated_at
// beside the other members. Whether they can be kept is for [membership.CheckTimes] to say.
func (d *Document) Times() (createdAt, updatedAt time.Time) {
	return d.time("created_at"), d.time("updated_at")
}

func (d *Document) time(name string) time.Time {
	member := d.body.within([]string{"meta", "timestamps", name})
	if member == nil {
		member = d.body.data[name]
	}
	if member == nil {
		return time.Time{}
	}
	text, _ := member.(string)
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at
	}
	if date, ok := membership.ParseDate(text); ok {
		return date.Time()
	}
	d.Refuse(name, "must be a time: RFC 3339, YYYY-MM-DD HH:MM:SS or YYYY-MM-DD")
	return time.Time{}
}

// AccountUpdate is what the document says about an account, but for its custom fields.
func (d *Document) AccountUpdate() membership.AccountUpdate { return d.body.accountChange() }

// MemberUpdate is what the document says about an account member, but for its custom fields.
func (d *Document) MemberUpdate() membership.MemberUpdate { return d.body.memberChange() }

// TagUpdate is what the document says about an account tag.
func (d *Document) TagUpdate() membership.TagUpdate { return d.body.tagChange() }

// FlowUpdate is what the document says about a flow.
func (d *Document) FlowUpdate() membership.FlowUpdate {
	d.read("enabled", readFlag)
	return d.body.flowUpdate()
}

// FieldUpdate is what the document says about a field, but for its flow.
func (d *Document) FieldUpdate() membership.FieldUpdate {
	for _, name := range []string{"required", "enabled", "omit_null", "index"} {
		d.read(name, readFlag)
	}
	d.read("order", readNumber)
	fieldType, _ := d.body.data["field_type"].(string)
	d.read("default", readAs(membership.FieldType(fieldType)))
	d.read(rulesField, readJSON)
	return d.body.fieldChange()
}

// SettingsUpdate is what the document says about the settings of memberships.
func (d *Document) SettingsUpdate() membership.SettingsUpdate {
	d.read(limitField, readNumber)
	return d.body.settingsChange()
}

// AuthenticationSettingsUpdate is what the document says about the settings of authentication.
func (d *Document) AuthenticationSettingsUpdate() membership.SettingsUpdate {
	d.read("enable_self_signup", readFlag)
	d.read("auto_create_account_for_account_members", readFlag)
	d.read(tokenTimeoutField, readNumber)
	return d.body.authSettingsChange()
}

// Fields are what the document says about custom fields, those that are enabled.
func (d *Document) Fields(schema membership.Schema) membership.Fields {
	if d.texts {
		for _, f := range schema.Enabled() {
			d.read(f.Slug, readAs(f.Type))
		}
	}
	return d.body.fields(schema)
}

// read reads a member that is a text only because its writer knew nothing else. What cannot be read stays as it is: it is
// refused as whatever else has the wrong type.
func (d *Document) read(name string, as func(text string) any) {
	text, ok := d.body.data[name].(string)
	if !d.texts || !ok {
		return
	}
	if !d.own {
		d.body.data, d.own = maps.Clone(d.body.data), true
	}
	d.body.data[name] = as(text)
}

func readFlag(text string) any {
	switch strings.ToLower(text) { // Why not only as JSON: spreadsheets write TRUE
	case "true":
		return true
	case "false":
		return false
	}
	return text
}

func readNumber(text string) any {
	if len(text) > 0 && strings.IndexByte("-0123456789", text[0]) >= 0 && json.Valid([]byte(text)) {
		return json.Number(text)
	}
	return text
}

func readJSON(text string) any {
	if value, err := parseJSON([]byte(text)); err == nil {
		return value
	}
	return text
}

// readAs reads a value of a custom field.
func readAs(t membership.FieldType) func(string) any {
	switch t {
	case membership.TypeInteger, membership.TypeFloat:
		return readNumber
	case membership.TypeBoolean:
		return readFlag
	case membership.TypeString, membership.TypeDate:
	}
	return func(text string) any { return text }
}

// Fault is one of the reasons for which something was refused, as the API tells it.
type Fault struct {
	Code   string // "invalid_field"
	Detail string // for people
	Field  string // the member at fault, with slashes where it is deeper; or empty
}

// Faults are the faults that an error carries, at least one. Of an error that the API does not know nothing is told: its
// code is "internal".
func Faults(err error) []Fault {
	var all []Fault
	for _, f := range problemOf(err).faults {
		field := ""
		if f.source != nil {
			field = strings.TrimPrefix(f.source.Pointer, "/data/")
		}
		all = append(all, Fault{f.code, f.detail, field})
	}
	return all
}

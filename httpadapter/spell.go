package httpadapter

import (
	"errors"
	"fmt"
	"strings"

	"github.com/roster-go/roster/membership"
)

// The types of the settings, which are of no resource.
const (
	MembershipSettingsType     = settingsType
	AuthenticationSettingsType = authSettingsType
)

// The functions below append rows to files: each an object as the API shows it in data, without links, and with what its
// route knows from its path. Custom fields are spelled as they were given.

// AppendAccount appends an account with its tags: their names, or references to them where an account has a custom field
// of that name.
func AppendAccount(dst []byte, a membership.Account, tags []membership.Tag, byReference bool) []byte {
	return spelled(dst, func(e *encoder) {
		e.accountMembers(a)
		if len(tags) > 0 && !byReference {
			each(e.name(TagsMember), tags, func(e *encoder, t membership.Tag) { e.text(t.Name) })
		}
		e.timestamps(a.CreatedAt, a.UpdatedAt)
		if len(tags) > 0 && byReference {
			e.name("relationships").open()
			e.tagReferences(tags)
			e.close()
		}
		e.fields(a.Fields)
		e.close()
	})
}

// TagsMember is the member of an account in a file that lists the names of its tags.
const TagsMember = "tags"

// AppendMember appends an account member.
func AppendMember(dst []byte, m membership.Member) []byte {
	return spelled(dst, func(e *encoder) {
		e.person(m, memberType)
		e.timestamps(m.CreatedAt, m.UpdatedAt)
		e.fields(m.Fields)
		e.close()
	})
}

// AppendMembership appends an account membership with the ids of both sides.
func AppendMembership(dst []byte, m membership.Membership) []byte {
	return spelled(dst, func(e *encoder) {
		e.begin(m.ID.UUID, membershipType)
		e.name(string(membership.AttrAccountID)).id(m.AccountID.UUID)
		e.name(memberField).id(m.MemberID.UUID)
		e.timestamps(m.CreatedAt, m.UpdatedAt)
		e.fields(m.Fields)
		e.close()
	})
}

// AppendTag appends an account tag.
func AppendTag(dst []byte, t membership.Tag) []byte {
	return spelled(dst, func(e *encoder) {
		e.tagMembers(t)
		e.close()
	})
}

// AppendFlow appends a flow.
func AppendFlow(dst []byte, f membership.Flow) []byte {
	return spelled(dst, func(e *encoder) {
		e.flowMembers(f)
		e.close()
	})
}

// ResourceMember is the member of a field in a file that names its resource by the type of that.
const ResourceMember = "resource"

// AppendField appends a field with its resource and its flow.
func AppendField(dst []byte, f membership.Field, flow membership.FlowID) []byte {
	return spelled(dst, func(e *encoder) {
		e.beginField(f)
		e.name(ResourceMember).text(string(f.Resource))
		e.name("relationships").open()
		e.name("flow").relationship(flow.UUID, flowType)
		e.close()
		e.close()
	})
}

// AppendMembershipSettings appends the settings that are about memberships.
func AppendMembershipSettings(dst []byte, s membership.Settings) []byte {
	return spelled(dst, func(e *encoder) { e.membershipSettings(s) })
}

// AppendAuthenticationSettings appends the other settings.
func AppendAuthenticationSettings(dst []byte, s membership.Settings) []byte {
	return spelled(dst, func(e *encoder) {
		e.open()
		e.name("type").text(authSettingsType)
		e.authSettingsMembers(s)
		e.close()
	})
}

// spelled appends what an encoder writes.
func spelled(dst []byte, write func(*encoder)) []byte {
	e := newEncoder()
	defer e.release()
	write(e)
	return append(dst, e.buf...)
}

// ParseObject reads a row of a file as strictly as a body is read: one JSON object in valid UTF-8, in which no key
// repeats and no half of a character is. Objects within become map[string]any, lists []any, numbers json.Number.
func ParseObject(text []byte) (map[string]any, error) {
	value, err := parseJSON(text)
	if f, ok := errors.AsType[*fault](err); ok {
		return nil, fmt.Errorf("the row%s", strings.TrimPrefix(f.detail, "the body"))
	}
	object, ok := value.(map[string]any)
	if err == nil && !ok {
		err = errors.New("the row must be a JSON object: {...}")
	}
	return object, err
}

package membership_test

import (
	"strings"
	"testing"

	"github.com/roster-go/roster/membership"
)

func TestATagIsValidWhenEachFieldIs(t *testing.T) {
	t.Parallel()
	const (
		blank   = "is required and must not be blank"
		tooLong = "must have at most 2048 characters, has 2049"
	)
	long := strings.Repeat("ü", 2048)
	tests := []struct {
		name string
		tag  membership.Tag
		want []fault
	}{
		{"name alone", membership.Tag{Name: "press"}, nil},
		{"everything", press, nil},
		{"the longest texts", membership.Tag{Name: long, Description: long}, nil},
		{"a blank description", membership.Tag{Name: "press", Description: " \n"}, nil},

		{"nothing", membership.Tag{}, []fault{{"name", blank}}},
		{"a blank name", membership.Tag{Name: "\t\u3000"}, []fault{{"name", blank}}},
		{"a description does not make a name", membership.Tag{Description: "about it"}, []fault{{"name", blank}}},
		{"name too long", membership.Tag{Name: long + "u"}, []fault{{"name", tooLong}}},
		{"description too long", membership.Tag{Name: "press", Description: long + "u"}, []fault{{"description", tooLong}}},
		{
			"several faults, in the order of the fields",
			membership.Tag{Name: "\xff", Description: "\x00"},
			[]fault{{"name", "must be valid UTF-8"}, {"description", "must not contain a NUL character"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			checkFaults(t, test.tag.Validate(), test.want...)
		})
	}
}

func TestATagUpdateChangesWhatItNames(t *testing.T) {
	t.Parallel()
	renamed, undescribed := press, press
	renamed.Name, undescribed.Description = "media", ""
	tests := []struct {
		name   string
		update membership.TagUpdate
		want   membership.Tag
	}{
		{"nothing", membership.TagUpdate{}, press},
		{"what is there already", membership.TagUpdate{Name: &press.Name, Description: &press.Description}, press},
		{"the name", membership.TagUpdate{Name: new("media")}, renamed},
		{"the description, cleared", membership.TagUpdate{Description: new("")}, undescribed},
		{"both, whatever their values", membership.TagUpdate{Name: new(""), Description: new("\x00")}, membership.Tag{
			ID: press.ID, Description: "\x00", CreatedAt: press.CreatedAt, UpdatedAt: press.UpdatedAt,
		}},
	}
	for _, test := range tests {
		if got := test.update.Apply(press); got != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

package membership_test

import (
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/membership"
)

func TestATimestampIsUTCInWholeMilliseconds(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"already one", "2021-02-23T09:40:33.882Z", "2021-02-23T09:40:33.882Z"},
		{"cut, not rounded", "2021-02-23T09:40:33.882999999Z", "2021-02-23T09:40:33.882Z"},
		{"another zone", "2021-02-23T09:40:33.882+05:30", "2021-02-23T04:10:33.882Z"},
		{"before 1970, cut towards the past", "1969-12-31T23:59:59.9995Z", "1969-12-31T23:59:59.999Z"},
		{"year 1", "0001-01-01T00:00:00.0009Z", "0001-01-01T00:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, want := membership.Timestamp(at(test.in)), at(test.want)
			if got != want { // == on purpose: rows with times in them are compared so
				t.Errorf("got %v, want %v", got, want)
			}
			if got.UnixMilli() != membership.TimeValue(at(test.in)).Number() {
				t.Error("a timestamp and a time value cut differently")
			}
		})
	}
	if got := membership.Timestamp(time.Now()); strings.Contains(got.String(), "m=") {
		t.Errorf("%v has a monotonic reading", got)
	}
}

func TestAnEmailAddressLooksLikeOne(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, email string
		want        string // the fault
	}{
		{"none", "", ""},
		{"plain", "ron@example.com", ""},
		{"kept in its case", "Ron.Swanson@Example.COM", ""},
		{"tagged", "ron+work@example.com", ""},
		{"one letter each", "r@e", ""},
		{"beyond ASCII", "rön@exämple.com", ""},
		{"punycode", "ron@xn--exmple-cua.com", ""},
		{"an apostrophe", "o'neil@example.com", ""},
		{"all the marks", "!#$%&'*+-/=?^_`{|}~@example.com", ""},
		{"an address literal", "ron@[127.0.0.1]", ""},
		{"as long as allowed", strings.Repeat("r", 2036) + "@example.com", ""},

		{"a word", "ron", notAnAddress},
		{"a blank", " ", notAnAddress},
		{"no name", "@example.com", notAnAddress},
		{"no host", "ron@", notAnAddress},
		{"two at signs", "ron@swanson@example.com", notAnAddress},
		{"space before", " ron@example.com", notAnAddress},
		{"space after", "ron@example.com ", notAnAddress},
		{"space within", "ron swanson@example.com", notAnAddress},
		{"line feed after", "ron@example.com\n", notAnAddress},
		{"two dots", "ron..swanson@example.com", notAnAddress},
		{"dot at the end of the name", "ron.@example.com", notAnAddress},
		{"angle brackets", "<ron@example.com>", notAnAddress},
		{"display name", "Ron <ron@example.com>", notAnAddress},
		{"comment", "ron@example.com (Ron)", notAnAddress},
		{"two addresses", "ron@example.com,ann@example.com", notAnAddress},
		{"a group", "parks:ron@example.com;", notAnAddress},
		{"a quoted name, which has a plain spelling", `"ron"@example.com`, notAnAddress},

		{"NUL", "ron\x00@example.com", "must not contain a NUL character"},
		{"invalid UTF-8", "ron\xff@example.com", "must be valid UTF-8"},
		{"too long", strings.Repeat("r", 2037) + "@example.com", "must have at most 2048 characters, has 2049"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := membership.Member{Name: "Ron", Email: test.email}.Validate()
			checkFaults(t, err, fieldFaults("email", test.want)...)
		})
	}
}

const notAnAddress = "must be an e-mail address such as ron@example.com"

// fault is a field and what is wrong with it.
type fault struct{ field, detail string }

// fieldFaults is the one fault of a field, or none when there is no detail.
func fieldFaults(field, detail string) []fault {
	if detail == "" {
		return nil
	}
	return []fault{{field, detail}}
}

// checkFaults compares the invalid fields that an error names, in order.
func checkFaults(t *testing.T, err error, want ...fault) {
	t.Helper()
	if (err == nil) != (len(want) == 0) {
		t.Fatalf("got %v, want %v", err, want)
	}
	faults := membership.Faults(err)
	if len(faults) != len(want) {
		t.Fatalf("got %v, want %v", err, want)
	}
	for i, got := range faults {
		if got.Cause != membership.ErrInvalidField { //nolint:errorlint // the documented cause itself
			t.Errorf("fault %d is %v", i, got.Cause)
		}
		if (fault{got.Field, got.Detail}) != want[i] {
			t.Errorf("fault %d is %q: %q, want %v", i, got.Field, got.Detail, want[i])
		}
	}
}

package stored

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// imageMaker makes rows at random, around a text and a number that somebody chose.
type imageMaker struct {
	*rand.Rand
	text   string
	number int64
}

func (r imageMaker) words() string {
	return []string{"", "x", r.text, `"\` + r.text, "<b>&\u2028\x00\x7f", strings.Repeat(r.text, 3)}[r.IntN(6)]
}

func (r imageMaker) id() uuid.UUID {
	var id uuid.UUID
	if r.IntN(4) > 0 {
		id[0], id[15] = 1, byte(r.IntN(3)) // few, so that some are equal
	}
	return id
}

func (r imageMaker) time() time.Time {
	millis := []int64{0, 1, -1, 1732182028882, r.number % 253402300799999}[r.IntN(5)]
	return time.UnixMilli(millis).UTC()
}

func (r imageMaker) value() membership.Value {
	switch r.IntN(9) {
	case 0:
		return membership.Value{}
	case 1:
		return membership.IntegerValue(r.number)
	case 2:
		return membership.BooleanValue(r.IntN(2) > 0)
	case 3:
		spelled := []string{"1.50", "1e400", "-0.0", "1E3", "0.1", "1e-7", "12345678901234567890", "1.7976931348623157e308"}
		if v, err := decodeFloat(spelled[r.IntN(len(spelled))]); err == nil {
			return v
		}
		return membership.Value{}
	case 4:
		if f := math.Float64frombits(uint64(r.number)); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return membership.FloatValue(f)
		}
		return membership.FloatValue(7)
	case 5:
		spelled := []string{"2024-02-29", "2024-02-29 12:00:00", "2024-02-29T12:00:00+02:00", "0001-01-01", "9999-12-31T23:59:59.999Z"}
		v, _ := membership.ParseDate(spelled[r.IntN(len(spelled))])
		return v
	case 6:
		return membership.DateValue(time.UnixMilli(1732182028882 + r.number%1000).UTC())
	}
	return membership.StringValue(r.words())
}

func (r imageMaker) fields() membership.Fields {
	var values []membership.FieldValue
	for _, slug := range []string{"a", "a-b", "B_9", strings.Repeat("s", 200)} {
		if r.IntN(2) > 0 {
			values = append(values, membership.FieldValue{Slug: slug, Value: r.value()})
		}
	}
	return membership.NewFields(values...)
}

func (r imageMaker) image(kind int) membership.Image {
	created, updated := r.time(), r.time()
	if r.IntN(2) > 0 {
		updated = created
	}
	flag := func() bool { return r.IntN(2) > 0 }
	switch kind {
	case 0:
		return membership.Account{ID: membership.AccountID{UUID: r.id()}, ParentID: membership.AccountID{UUID: r.id()}, Name: r.words(),
			LegalName: r.words(), RegistrationID: r.words(), ExternalRef: r.words(), Fields: r.fields(), CreatedAt: created, UpdatedAt: updated}
	case 1:
		return membership.Member{ID: membership.MemberID{UUID: r.id()}, Name: r.words(), Email: r.words(), GivenName: r.words(),
			MiddleName: r.words(), FamilyName: r.words(), Fields: r.fields(), CreatedAt: created, UpdatedAt: updated}
	case 2:
		return membership.Membership{ID: membership.MembershipID{UUID: r.id()}, AccountID: membership.AccountID{UUID: r.id()},
			MemberID: membership.MemberID{UUID: r.id()}, Fields: r.fields(), CreatedAt: created, UpdatedAt: updated}
	case 3:
		return membership.Tag{ID: membership.TagID{UUID: r.id()}, Name: r.words(), Description: r.words(), CreatedAt: created, UpdatedAt: updated}
	case 4:
		return membership.Settings{MembershipLimit: int(int32(r.number)), AutoCreateAccounts: flag(), SelfSignup: flag(),
			SelfManagement: membership.SelfManagement(r.words()), TokenTimeout: time.Duration(int32(r.number)) * time.Millisecond}
	case 5:
		return membership.PasswordProfile{ID: membership.PasswordProfileID{UUID: r.id()}, Name: r.words(),
			UsernameFormat: membership.UsernameFormat(r.words()), EnableOneTimePasswordToken: flag(), CreatedAt: created, UpdatedAt: updated}
	case 6:
		return membership.Login{ID: membership.LoginID{UUID: r.id()}, MemberID: membership.MemberID{UUID: r.id()},
			ProfileID: membership.PasswordProfileID{UUID: r.id()}, Username: r.words(), CreatedAt: created, UpdatedAt: updated}
	case 7:
		return membership.Flow{ID: membership.FlowID{UUID: r.id()}, Resource: membership.Resource(r.words()), Name: r.words(),
			Description: r.words(), Disabled: flag(), CreatedAt: created, UpdatedAt: updated}
	case 8:
		f := membership.Field{ID: membership.FieldID{UUID: r.id()}, Resource: membership.Resource(r.words()), Slug: r.words(), Name: r.words(),
			Type: membership.FieldType(r.words()), Description: r.words(), Required: flag(), Default: r.value(), Disabled: flag(),
			Order: int(int32(r.number)), OmitNull: flag(), Indexed: flag(), Format: membership.FieldFormat(r.words()), Min: r.value(),
			Max: r.value(), Initial: r.value(), CreatedAt: created, UpdatedAt: updated}
		for range r.IntN(4) {
			f.Enum = append(f.Enum, r.value())
		}
		return f
	}
	return nil
}

// imageKinds is how many kinds of images the maker makes, nothing among them.
const imageKinds = 10

// FuzzImages writes images and reads them back, whatever the change has in its columns.
func FuzzImages(f *testing.F) {
	for kind := range imageKinds {
		f.Add(uint64(kind), kind, "Ron", int64(kind))
		f.Add(uint64(kind+100), kind, "ü \U0001f600 '\t\n", int64(math.MinInt64))
	}
	f.Fuzz(func(t *testing.T, seed uint64, kind int, text string, number int64) {
		if !utf8.ValidString(text) {
			t.Skip("texts are checked before they are stored")
		}
		r := imageMaker{rand.New(rand.NewPCG(seed, 1)), text, number}
		c := membership.Change{AccountID: membership.AccountID{UUID: r.id()}, MemberID: membership.MemberID{UUID: r.id()},
			MembershipID: membership.MembershipID{UUID: r.id()}}
		c.Before, c.After = r.image(int(uint(kind)%imageKinds)), r.image(r.IntN(imageKinds))
		before, after, err := WriteImages(c)
		if err != nil {
			t.Fatal(err)
		}
		got := c
		got.Before, got.After = nil, nil
		if got.Before, err = ReadImage(got, before); err == nil {
			got.After, err = ReadImage(got, after)
		}
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("got  %#v, %v\nwant %#v\nas %s and %s", got, err, c, before, after)
		}
	})
}

// FuzzReadImage reads whatever somebody has put into the column: it is an image, or an error, and what was read is read
// again from what is written of it.
func FuzzReadImage(f *testing.F) {
	for _, text := range damagedImages {
		f.Add(text)
	}
	r := imageMaker{rand.New(rand.NewPCG(1, 2)), "Ron", 7}
	for kind := range imageKinds - 1 {
		text, err := writeImage(membership.Change{}, r.image(kind))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		image, err := ReadImage(membership.Change{}, text)
		if (image == nil) != (err != nil || text == "") {
			t.Fatalf("%v, %v", image, err)
		}
		if image == nil {
			return
		}
		written, err := writeImage(membership.Change{}, image)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadImage(membership.Change{}, written)
		if err != nil || !reflect.DeepEqual(again, image) {
			t.Errorf("%#v became %#v, %v", image, again, err)
		}
	})
}

// damagedImages are texts that are no images, by what is wrong.
var damagedImages = map[string]string{
	"not JSON":                 `{"account":{"name":"Ac`,
	"no object":                `[]`,
	"nothing":                  `{}`,
	"null":                     `null`,
	"a null image":             `{"account":null}`,
	"an unknown noun":          `{"invoice":{"id":"x"}}`,
	"a wrong type":             `{"account":{"name":7,"created_at":1}}`,
	"a time that is a text":    `{"account":{"name":"Acme","created_at":"yesterday"}}`,
	"a bad id":                 `{"account_tag":{"id":"4711","name":"press","created_at":1}}`,
	"a date that is none":      `{"account":{"name":"Acme","fields":{"since":{"date":"yesterday"}},"created_at":1}}`,
	"a date in disguise":       `{"account":{"name":"Acme","fields":{"since":{"date":"2024-02-29\",\""}},"created_at":1}}`,
	"a float that is none":     `{"account":{"name":"Acme","fields":{"rate":{"float":"many"}},"created_at":1}}`,
	"a float that is infinite": `{"account":{"name":"Acme","fields":{"rate":{"float":"1e999"}},"created_at":1}}`,
	"a spelling of nothing":    `{"account":{"name":"Acme","fields":{"rate":{}},"created_at":1}}`,
	"an integer with a dot":    `{"account":{"name":"Acme","fields":{"seats":1.5},"created_at":1}}`,
	"an integer of 65 bits":    `{"account":{"name":"Acme","fields":{"seats":9223372036854775808},"created_at":1}}`,
	"a list for a value":       `{"account":{"name":"Acme","fields":{"seats":[1]},"created_at":1}}`,
}

func TestDamagedImagesAreReportedWithTheirChange(t *testing.T) {
	t.Parallel()
	for name, text := range damagedImages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image, err := ReadImage(membership.Change{Sequence: 4711}, text)
			if image != nil || err == nil || !strings.Contains(err.Error(), "change 4711") {
				t.Errorf("%s was read as %v, %v", text, image, err)
			}
		})
	}
}

package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster"
	"github.com/roster-go/roster/internal/transfer"
	"github.com/roster-go/roster/membership"
	"github.com/roster-go/roster/store"
)

var update = flag.Bool("update", false, "write the golden files anew")

// key is the id number n, as ids of every kind are made of.
func key(n int) uuid.UUID { return uuid.MustParse(id(n)) }

// at is a time on a day in 2020.
func at(minute int) time.Time {
	return time.Date(2020, 2, 29, 12, minute, 5, 70_000_000, time.UTC)
}

// values puts custom fields together: slugs and values by turns.
func values(pairs ...any) membership.Fields {
	var all membership.Fields
	for i := 0; i < len(pairs); i += 2 {
		all = all.With(pairs[i].(string), pairs[i+1].(membership.Value))
	}
	return all
}

// add puts rows into a place as an import of Go values does.
func (p *place) add(rows ...membership.Row) {
	p.t.Helper()
	for result, err := range p.Import(p.t.Context(), slices.Values(rows), roster.ImportOptions{}) {
		must(p.t, errors.Join(err, result.Err))
	}
}

var (
	text = membership.StringValue
	null = membership.Value{}
)

func date(s string) membership.Value {
	v, _ := membership.ParseDate(s)
	return v
}

// definitions are custom fields of every type, with everything that they can have.
func definitions() []membership.Row {
	field := func(n int, r membership.Resource, slug string, t membership.FieldType) membership.Field {
		return membership.Field{ID: membership.FieldID{UUID: key(n)}, Resource: r, Slug: slug, Name: "The " + slug, Type: t,
			CreatedAt: at(1), UpdatedAt: at(n % 60)}
	}
	kind := field(201, membership.ResourceAccount, "kind", membership.TypeString)
	kind.Default, kind.Enum = text("=other"), []membership.Value{text("=other"), text("a,\"b\""), text("")}
	kind.Description, kind.Order, kind.Required = "<b> & \n-", -3, true
	revenue := field(202, membership.ResourceAccount, "revenue", membership.TypeFloat)
	revenue.Default, revenue.Min, revenue.Max = membership.NumberValue("1.50"), membership.NumberValue("-1e3"), membership.NumberValue("1e30")
	note := field(203, membership.ResourceAccount, "note", membership.TypeString)
	note.Default, note.OmitNull = text(""), true
	mail := field(204, membership.ResourceAccount, "Email", membership.TypeString)
	mail.Format, mail.Indexed = membership.FormatEmail, true
	badge := field(205, membership.ResourceMember, "badge", membership.TypeInteger)
	badge.Max, badge.OmitNull = membership.IntegerValue(1<<62), true
	vip := field(206, membership.ResourceMember, "vip", membership.TypeBoolean)
	vip.Default = membership.BooleanValue(true)
	born := field(207, membership.ResourceMember, "born", membership.TypeDate)
	born.Min = date("1900-01-01")
	hidden := field(208, membership.ResourceMember, "hidden", membership.TypeString)
	hidden.Disabled = true
	role := field(209, membership.ResourceMembership, "name", membership.TypeString)
	level := field(210, membership.ResourceMembership, "Level", membership.TypeInteger)
	return []membership.Row{kind, revenue, note, mail, badge, vip, born, hidden, role, level}
}

// everything fills a place with rows of every kind and of every oddness.
func (p *place) everything() *place {
	tag := func(n int, name string) membership.Tag {
		return membership.Tag{ID: membership.TagID{UUID: key(n)}, Name: name, CreatedAt: at(n), UpdatedAt: at(n)}
	}
	press := tag(1, "press")
	press.Description, press.UpdatedAt = "=who writes", at(59)
	p.add(press, tag(2, `a, "b"\`), tag(3, " edges "), tag(4, "=cmd()"), tag(5, "ä🙂\u2028"))
	p.add(membership.Flow{ID: membership.FlowID{UUID: key(101)}, Resource: membership.ResourceAccount, Name: "Kunden",
		Description: "-", CreatedAt: at(0), UpdatedAt: at(7)})
	p.add(membership.Flow{ID: membership.FlowID{UUID: key(102)}, Resource: membership.ResourceMember, Name: "People", CreatedAt: at(0)},
		membership.Flow{ID: membership.FlowID{UUID: key(103)}, Resource: membership.ResourceMembership, Name: "Roles", CreatedAt: at(0)})
	p.add(definitions()...)

	account := func(n, parent, minute int, name string, fields membership.Fields) membership.Account {
		a := membership.Account{ID: membership.AccountID{UUID: key(n)}, Name: name, CreatedAt: at(minute), UpdatedAt: at(minute + 1), Fields: fields}
		if parent > 0 {
			a.ParentID.UUID = key(parent)
		}
		return a
	}
	odd := account(1002, 0, 40, "=1+1", values("kind", text("a,\"b\""), "revenue", membership.NumberValue("-0.10"), "note", null, "Email", text("a@example.com")))
	odd.LegalName, odd.RegistrationID, odd.ExternalRef = "Line one\r\nline two", `\N`, "-7"
	p.add(
		account(1001, 0, 50, "Youngest root", values("revenue", null)), odd,
		account(1003, 1001, 45, "Below the youngest", membership.Fields{}),
		account(1004, 1003, 10, "Oldest, below all", values("note", text(" said "))),
		account(1005, 1004, 55, "Younger than all above", membership.Fields{}),
		account(1006, 1001, 5, "\t tab", values("kind", text(""))),
	)
	p.tagged(1002, 1, 2, 3, 4, 5)
	p.tagged(1001, 3)
	p.people()
	_, err := p.UpdateSettings(p.t.Context(), membership.SettingsUpdate{MembershipLimit: new(2), SelfSignup: new(true),
		AutoCreateAccounts: new(true), SelfManagement: new(membership.SelfManagementUpdateOnly), TokenTimeout: new(90 * time.Second)})
	must(p.t, err)
	return p
}

func (p *place) tagged(account int, tags ...int) {
	p.t.Helper()
	ids := make([]membership.TagID, len(tags))
	for i, n := range tags {
		ids[i].UUID = key(n)
	}
	_, err := p.TagAccount(p.t.Context(), membership.AccountID{UUID: key(account)}, ids...)
	must(p.t, err)
}

// people adds members and memberships.
func (p *place) people() {
	member := func(n int, name, email string, fields membership.Fields) membership.Member {
		return membership.Member{ID: membership.MemberID{UUID: key(n)}, Name: name, Email: email, CreatedAt: at(3), UpdatedAt: at(4), Fields: fields}
	}
	ron := member(2002, "Ron", "ron@example.com", values("badge", membership.IntegerValue(-1<<63), "vip", null, "born", date("2020-02-29 10:00:00")))
	ron.GivenName, ron.MiddleName, ron.FamilyName = "Ronald", "+", `"Swanson"`
	ann := member(2001, "null", "", values("born", date("1999-12-31T23:59:59.120+02:00"), "vip", membership.BooleanValue(false)))
	p.add(ron, ann, member(2003, `\\N`, "", membership.Fields{}))
	join := func(n, account, member int, fields membership.Fields) membership.Membership {
		return membership.Membership{ID: membership.MembershipID{UUID: key(n)}, AccountID: membership.AccountID{UUID: key(account)},
			MemberID: membership.MemberID{UUID: key(member)}, CreatedAt: at(9), UpdatedAt: at(9), Fields: fields}
	}
	p.add(
		join(3003, 1002, 2002, values("name", text("owner"), "Level", membership.IntegerValue(-5))),
		join(3001, 1001, 2002, values("name", text("@home"))), join(3002, 1004, 2002, membership.Fields{}), join(3004, 1002, 2001, values("name", text(""))),
	)
}

// exported is what an export writes.
func (p *place) exported(opts transfer.ExportOptions) string {
	p.t.Helper()
	var b bytes.Buffer
	must(p.t, transfer.Export(p.t.Context(), p.Service, &b, opts))
	return b.String()
}

// golden holds a text against a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		must(t, os.MkdirAll("testdata", 0o750))
		must(t, os.WriteFile(name, []byte(got), 0o600))
	}
	want, err := os.ReadFile(name)
	must(t, err)
	if got != string(want) {
		t.Errorf("%s is not what it was:\n%s", name, got)
	}
}

func TestAnExportShowsEverything(t *testing.T) {
	t.Parallel()
	onEachEngine(t, func(t *testing.T, p *place) {
		p.everything()
		golden(t, "everything.ndjson", p.exported(transfer.ExportOptions{}))
		golden(t, "everything.csv", p.exported(transfer.ExportOptions{Format: transfer.CSV}))
		for _, rowType := range transfer.Types() {
			golden(t, rowType+".csv", p.exported(transfer.ExportOptions{Format: transfer.CSV, Types: []string{rowType}}))
		}
	})
}

func TestAnExportOfNothingHasTheSettings(t *testing.T) {
	t.Parallel()
	p := newMemory(t)
	golden(t, "nothing.ndjson", p.exported(transfer.ExportOptions{}))
	golden(t, "nothing.csv", p.exported(transfer.ExportOptions{Format: transfer.CSV}))
}

// idsOf lists the numbers of the ids of what was exported, in their order.
func idsOf(t *testing.T, export string) (ids []int) {
	t.Helper()
	for row, err := range transfer.Read(strings.NewReader(export), transfer.ReadOptions{}) {
		must(t, errors.Join(err, row.Err))
		var n int
		_, err := fmt.Sscanf(row.Data["id"].(string), "00000000-0000-7000-8000-%d", &n)
		must(t, err)
		ids = append(ids, n)
	}
	return ids
}

func TestAnAccountIsExportedBehindThoseAboveIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		parents map[int]int // by the account, which is the older the smaller it is
		want    []int
	}{
		"no parents":                {map[int]int{1: 0, 2: 0, 3: 0}, []int{1, 2, 3}},
		"older parents":             {map[int]int{1: 0, 2: 1, 3: 2}, []int{1, 2, 3}},
		"younger parents":           {map[int]int{1: 2, 2: 3, 3: 0}, []int{3, 2, 1}},
		"a younger parent for two":  {map[int]int{1: 4, 2: 4, 3: 0, 4: 0}, []int{4, 1, 2, 3}},
		"younger and older by turn": {map[int]int{1: 4, 2: 0, 3: 5, 4: 2, 5: 1}, []int{2, 4, 1, 5, 3}},
		"a whole page later":        {map[int]int{1: 1234, 700: 2, 2: 1100, 1300: 1, 1100: 0, 1234: 1100}, []int{1100, 1234, 1, 2, 700, 1300}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEachEngine(t, func(t *testing.T, p *place) {
				added := map[int]bool{}
				var rows []membership.Row
				var add func(n int)
				add = func(n int) {
					if n == 0 || added[n] {
						return
					}
					added[n] = true
					add(test.parents[n])
					a := membership.Account{ID: membership.AccountID{UUID: key(n)}, Name: "A", CreatedAt: at(0).Add(time.Duration(n/2) * time.Second)}
					if parent := test.parents[n]; parent > 0 {
						a.ParentID.UUID = key(parent)
					}
					rows = append(rows, a)
				}
				most := slices.Max(test.want)
				for n := range most {
					add(n + 1)
				}
				p.add(rows...)
				got := idsOf(t, p.exported(transfer.ExportOptions{Types: []string{"account"}}))
				equal(t, "accounts", len(got), most)
				got = slices.DeleteFunc(got, func(n int) bool { return !slices.Contains(test.want, n) })
				equal(t, "order", fmt.Sprint(got), fmt.Sprint(test.want))
			})
		})
	}
}

func TestTagsAreReferencesWhereAccountsHaveAFieldOfThatName(t *testing.T) {
	t.Parallel()
	p := newMemory(t).everything()
	p.add(membership.Field{ID: membership.FieldID{UUID: key(299)}, Resource: membership.ResourceAccount, Slug: "tags", Name: "Tags",
		Type: membership.TypeString, Default: text("none"), CreatedAt: at(8)})
	only := []string{"account"}
	golden(t, "tagsfield.ndjson", p.exported(transfer.ExportOptions{Types: only}))
	golden(t, "tagsfield.csv", p.exported(transfer.ExportOptions{Types: only, Format: transfer.CSV}))
}

func TestTheProgressOfAnExport(t *testing.T) {
	t.Parallel()
	p := newMemory(t).everything()
	rows := make([]membership.Row, 1200)
	for i := range rows {
		rows[i] = membership.Tag{Name: fmt.Sprint("tag ", i)}
	}
	p.add(rows...)
	var told []transfer.Exported
	p.exported(transfer.ExportOptions{Progress: func(e transfer.Exported) { told = append(told, e) }})
	const all = 1205 + 3 + 10 + 6 + 3 + 4 + 2
	want := []transfer.Exported{{Rows: 500, Total: all}, {Rows: 1000, Total: all}, {Rows: all, Total: all}}
	equal(t, "progress", fmt.Sprint(told), fmt.Sprint(want))
}

func TestAnExportThatIsWrittenToIsOfOneMoment(t *testing.T) {
	t.Parallel()
	p := newPlace(t, openFile(t)).everything()
	want := p.exported(transfer.ExportOptions{})
	var b bytes.Buffer
	writes := writerFunc(func(text []byte) (int, error) {
		_, err := p.CreateAccount(t.Context(), membership.Account{Name: "Later"})
		must(t, err)
		return b.Write(text)
	})
	must(t, transfer.Export(t.Context(), p.Service, writes, transfer.ExportOptions{}))
	equal(t, "the export", b.String(), want)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(text []byte) (int, error) { return f(text) }

func TestAnExportEndsWithItsFirstError(t *testing.T) {
	t.Parallel()
	full := errors.New("no space left")
	p := newMemory(t).everything()
	for _, format := range []transfer.Format{transfer.NDJSON, transfer.CSV} {
		err := transfer.Export(t.Context(), p.Service, writerFunc(func([]byte) (int, error) { return 0, full }), transfer.ExportOptions{Format: format})
		if !errors.Is(err, full) {
			t.Errorf("%s: %v", format, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := transfer.Export(ctx, p.Service, &bytes.Buffer{}, transfer.ExportOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
	for _, opts := range []transfer.ExportOptions{{Format: transfer.JSON}, {Types: []string{"accounts"}}} {
		var b bytes.Buffer
		if err := transfer.Export(t.Context(), p.Service, &b, opts); err == nil || b.Len() > 0 {
			t.Errorf("%+v: %v, with %d bytes", opts, err, b.Len())
		}
	}
}

func BenchmarkExport(b *testing.B) {
	const rows = 100_000
	st := openFile(b)
	fillMemberships(b, st, rows)
	for _, format := range []transfer.Format{transfer.NDJSON, transfer.CSV} {
		b.Run(string(format), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var n counter
				must(b, transfer.Export(b.Context(), roster.New(st, roster.Options{}), &n, transfer.ExportOptions{Format: format, Types: []string{"account_membership"}}))
				b.SetBytes(int64(n))
			}
			b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// fillMemberships adds memberships, ten to a member.
func fillMemberships(t testing.TB, st store.Store, n int) {
	t.Helper()
	svc := roster.New(st, roster.Options{AccountLimit: -1})
	rows := func(yield func(membership.Row) bool) {
		for i := range 10 {
			yield(membership.Account{ID: membership.AccountID{UUID: key(1 + i)}, Name: "Acme"})
		}
		for i := range n {
			m := membership.MemberID{UUID: key(100 + i/10)}
			if i%10 == 0 {
				yield(membership.Member{ID: m, Name: "Ron"})
			}
			yield(membership.Membership{AccountID: membership.AccountID{UUID: key(1 + i%10)}, MemberID: m})
		}
	}
	for result, err := range svc.Import(t.Context(), rows, roster.ImportOptions{}) {
		must(t, errors.Join(err, result.Err))
	}
}

type counter int64

func (n *counter) Write(text []byte) (int, error) {
	*n += counter(len(text))
	return len(text), nil
}

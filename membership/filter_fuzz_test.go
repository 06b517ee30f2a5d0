package membership_test

import (
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/membership"
)

// checkRoundTrip spells a filter and reads it again.
func checkRoundTrip(t *testing.T, r membership.Resource, f membership.Filter, fields ...membership.Field) {
	t.Helper()
	if err := f.Validate(r, fields...); err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	text := f.String()
	if len(text) > membership.MaxFilterLength {
		return // it has no spelling that is short enough
	}
	again, err := membership.ParseFilter(r, text, fields...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if !reflect.DeepEqual(again, f) {
		t.Fatalf("%s came back as %s", text, again)
	}
}

// TestEveryFilterCanBeSpelt makes filters at random, from the texts that are hardest to spell.
func TestEveryFilterCanBeSpelt(t *testing.T) {
	t.Parallel()
	for resource := range oneOfEach {
		t.Run(string(resource), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(3, 4))
			for range 5_000 {
				f := randomFilter(random, resource)
				checkRoundTrip(t, resource, f)
				f.Match(oneOfEach[resource]) // whatever it says, it does not panic
			}
		})
	}
}

func randomFilter(random *rand.Rand, r membership.Resource, fields ...membership.Field) membership.Filter {
	var f membership.Filter
	for terms := random.IntN(membership.MaxFilterTerms + 1); terms > 0; {
		group := make(membership.AnyOf, 1+random.IntN(terms))
		for i := range group {
			group[i] = randomTerm(random, r, fields)
		}
		f = append(f, group)
		terms -= len(group)
	}
	return f
}

func randomTerm(random *rand.Rand, r membership.Resource, fields []membership.Field) membership.Term {
	attr := oneAtRandom(random, r.Attributes(fields...))
	switch op := oneAtRandom(random, r.Operators(attr, fields...)); op {
	case membership.OpLike:
		return membership.Like(attr, randomText(random))
	case membership.OpILike:
		return membership.ILike(attr, randomText(random))
	case membership.OpIsNull:
		return membership.IsNull(attr)
	case membership.OpIn:
		values := make([]membership.Value, 1+random.IntN(4))
		for i := range values {
			values[i] = randomValue(random, r, attr, fields)
		}
		return membership.In(attr, values...)
	case membership.OpContains:
		return membership.Contains(attr, randomID(random))
	default:
		return membership.Term{Attr: attr, Op: op, Operands: []membership.Value{randomValue(random, r, attr, fields)}}
	}
}

// randomValue is of the kind that the attribute has in a row.
func randomValue(random *rand.Rand, r membership.Resource, attr membership.Attribute, fields []membership.Field) membership.Value {
	for _, f := range fields {
		if f.Slug == string(attr) {
			return randomOf(random, f.Type)
		}
	}
	switch oneOfEach[r].Value(attr).Kind() {
	case membership.KindID:
		return randomID(random)
	case membership.KindTime:
		first, last := at("0001-01-01T00:00:00Z").UnixMilli(), at("9999-12-31T23:59:59.999Z").UnixMilli()
		return membership.TimeValue(time.UnixMilli(first + random.Int64N(last-first+1)))
	case membership.KindInteger:
		return randomOf(random, membership.TypeInteger)
	default:
		return membership.TextValue(randomText(random))
	}
}

// randomOf is a value that a field of the type takes, often one of a few, so that some are equal.
func randomOf(random *rand.Rand, fieldType membership.FieldType) membership.Value {
	switch fieldType {
	case membership.TypeInteger:
		if random.IntN(2) == 0 {
			return membership.IntegerValue(oneAtRandom(random, []int64{-1, 0, 1, math.MinInt64, math.MaxInt64}))
		}
		return membership.IntegerValue(int64(random.Uint64()))
	case membership.TypeBoolean:
		return membership.BooleanValue(random.IntN(2) == 0)
	case membership.TypeFloat:
		if random.IntN(2) == 0 {
			return number(oneAtRandom(random, []string{
				"-0", "0", "0.0", "1", "1.0", "10e-1", "1E0", "-1", "5e-324", "-1e308", "9007199254740993", "9007199254740992.0", "1e-999",
			}))
		}
		return membership.FloatValue(randomFloat(random))
	case membership.TypeDate:
		if random.IntN(2) == 0 {
			return dated(oneAtRandom(random, []string{
				"0001-01-01", "9999-12-31 23:59:59", "2021-02-23", "2021-02-23 00:00:00", "2021-02-23T00:00:00Z",
				"2021-02-23T01:00:00.000+01:00", "2021-02-22T12:00:00-12:00", "2021-02-23T00:00:00.0019Z", "1969-12-31T23:59:59.999Z",
			}))
		}
		return membership.DateValue(time.UnixMilli(random.Int64N(1 << 42)))
	default:
		return membership.StringValue(randomText(random))
	}
}

// randomFloat is any finite float, as likely a small as a big one.
func randomFloat(random *rand.Rand) float64 {
	for {
		if f := math.Float64frombits(random.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	}
}

func randomID(random *rand.Rand) membership.Value {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(random.UintN(256))
	}
	return membership.IDValue(id)
}

// randomText strings together what a parser may trip over.
func randomText(random *rand.Rand) string {
	pieces := []string{
		"", " ", "  ", "a", "Ron", "é", "e\u0301", "漢", "😀", "١", "\u00a0", "\u202e", "\u200b", "\ufeff", "\ufffd", "\U0010ffff",
		`'`, `"`, `\`, `\\`, `\"`, `''`, `(`, `)`, `,`, `:`, `|`, `)|eq(`, `):eq(`, `eq(name,a)`, `*`, `**`, `%`, `_`, `[`, `]`, `?`, `;`,
		"\n", "\r\n", "\t", "\x01", "\x7f", "--", "/*", "@", "$", ".", "{", "}", "+", "/", "-", "null", "is_null", "contains", "0", "2021-02-23",
	}
	var b strings.Builder
	for range random.IntN(6) {
		b.WriteString(oneAtRandom(random, pieces))
	}
	return b.String()
}

func oneAtRandom[T any](random *rand.Rand, choices []T) T { return choices[random.IntN(len(choices))] }

// worstFilters are inputs as long as allowed that make a parser work, whatever the resource.
func worstFilters() map[string]string {
	fill := func(before, middle, after string) string {
		room := membership.MaxFilterLength - len(before) - len(after)
		return before + strings.Repeat(middle, room/len(middle)) + after
	}
	const id = ",00000000-0000-7000-8000-000000000001"
	return map[string]string{
		"blanks":               fill("", " ", ""),
		"blanks in a term":     fill("eq( ", " ", "name,a)"),
		"open groups":          fill("", "(", ""),
		"a long operator":      fill("", "e", ""),
		"a long attribute":     fill("eq(", "n", ",a)"),
		"a long bare value":    fill("eq(name,", "a", ")"),
		"a long unicode value": fill("eq(name,", "漢", ")"),
		"a long quoted value":  fill(`eq(name,"`, `\"`, `")`),
		"an open quote":        fill(`eq(name,"`, "a", ""),
		"many values":          fill("in(id", id, ")"),
		"many wrong values":    fill("in(id", id, ",x)"),
		"many empty values":    fill("in(id", ",''", ")"),
		"too many values":      fill("eq(name", ",a", ")"),
		"a long time":          fill("eq(created_at,", "9", ")"),
		"a long fraction":      fill("eq(created_at,2021-02-23T00:00:00.", "9", "Z)"),
		"a long id":            fill("eq(id,", "0", ")"),
		"many stars":           fill("ilike(name,", "*a", ")"),
		"many terms":           fill("", "eq(name,a):", ""),
		"many alternatives":    fill("(", "eq(name,a)|", ""),
		"many groups":          fill("", "(eq(name,a)):", ""),
		"ten long groups":      fill("", "(eq(name,"+strings.Repeat("a", 388)+")|eq(name,"+strings.Repeat("b", 388)+")):", ""),
		"a group of blanks":    fill("(eq(name,a)", " ", "|eq(name,b))"),
		"an open group":        fill("(eq(name,a)|eq(name,", "a", ")"),
		"closed groups":        fill("(eq(name,a)", ")", ""),
		"bars in a group":      fill("(eq(name,a)", "|", ")"),
		"a long tag":           fill("contains(account_tags,", "0", ")"),
		"many tags":            fill("contains(account_tags", id, ")"),
		"blanks before a tag":  fill("contains(account_tags,", " ", id[1:]+")"),
		"many tag terms":       fill("", "contains(account_tags"+id+"):", ""),
		"a group of tags":      fill("(", "contains(account_tags"+id+")|", ""),
		"a long parent":        fill("(is_null(parent_id)|eq(parent_id,", "f", "))"),
		"many colons":          fill("eq(name,a)", ":", ""),
		"quoting turned round": fill(`eq(name,'`, `"`, `')`),
	}
}

// TestNoFilterIsSlow reads the worst inputs, of which none may take more than 10 ms to read or refuse; none takes a
// tenth of that. An input is tried again until it is fast enough, so that a busy machine alone does not break the
// bound, and the race detector gets what it costs; -v prints the times.
func TestNoFilterIsSlow(t *testing.T) {
	t.Parallel()
	const bound, tries = raceCost * 10 * time.Millisecond, 50
	for name, text := range worstFilters() {
		if len(text) > membership.MaxFilterLength {
			t.Fatalf("%s: %d bytes", name, len(text))
		}
		for resource, row := range oneOfEach {
			var filter membership.Filter
			var err error
			took := time.Hour
			for try := 0; try < tries && took > bound; try++ {
				began := time.Now()
				filter, err = membership.ParseFilter(resource, text)
				took = time.Since(began)
			}
			t.Logf("%-22s %-42s %v", name, resource, took)
			if took > bound {
				t.Errorf("%s of %s took %v", name, resource, took)
			}
			if err == nil {
				checkRoundTrip(t, resource, filter)
				filter.Match(row)
			}
		}
	}
}

// TestReadingAFilterAllocatesLittle bounds the work in a way that no machine's speed changes.
func TestReadingAFilterAllocatesLittle(t *testing.T) {
	for name, text := range worstFilters() {
		for resource := range oneOfEach {
			allocations := testing.AllocsPerRun(3, func() { _, _ = membership.ParseFilter(resource, text) })
			if most := float64(len(text)); allocations > most {
				t.Errorf("%s of %s: %v allocations for %d bytes", name, resource, allocations, len(text))
			}
		}
	}
}

// TestEveryFilterOfCustomFieldsCanBeSpelt is TestEveryFilterCanBeSpelt with a field of each type.
func TestEveryFilterOfCustomFieldsCanBeSpelt(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for range 3_000 {
		f := randomFilter(random, membership.ResourceMember, fieldOfEach...)
		checkRoundTrip(t, membership.ResourceMember, f, fieldOfEach...)
		f.Match(ron)
		f.Match(full)
	}
}

func FuzzParseFilter(f *testing.F) {
	resources := slices.Sorted(maps.Keys(oneOfEach))
	random := rand.New(rand.NewPCG(5, 6))
	for i, resource := range resources {
		for range 20 {
			f.Add(uint8(i), randomFilter(random, resource).String())
		}
	}
	for _, text := range []string{
		``, ` `, `eq(name,a):`, `(eq(name,a)|eq(name,b)):like(legal_name,*x)`, `eq(name,"a\"b\\")`, `eq(name,'a"`, `in(id,` + ronsID + `, ` + annsID + `)`,
		`gt(created_at,1614073233882)`, `lt(created_at,2021-02-23)`, `is_null( given_name )`, "eq(name,\x00)", "eq(name,\xff)", `eq(name,:eq(name,a)`,
	} {
		f.Add(uint8(slices.Index(resources, membership.ResourceMember)), text)
	}
	for _, text := range []string{
		`contains(account_tags,` + ronsID + `)`, `(contains(account_tags,` + ronsID + `)|is_null(parent_id)):eq(parent_id,` + annsID + `)`,
		`contains( account_tags , '` + ronsID + `' )`, `contains(account_tags,press)`, `is_null(account_tags)`, `contains(account_tags`,
	} {
		f.Add(uint8(slices.Index(resources, membership.ResourceAccount)), text)
	}
	for _, text := range []string{
		`eq(t,"")`, `in(t,a,"b\"")`, `ilike(t,*)`, `gt(t,a)`, `is_null(t)`, `eq(i,-9223372036854775808)`, `in(i,1,2)`, `eq(i,1.0)`,
		`le(f,1e400)`, `ge(f,-0)`, `eq(f,1.50E+3)`, `eq(b,true)`, `in(b,false,true)`, `gt(b,true)`, `lt(d,2021-02-23)`,
		`eq(d,2021-02-23 10:40:33)`, `eq(d,2021-02-23T10:40:33.8+01:00)`, `eq(d,2021-02-23T9:40:33Z)`, `like(d,2021*)`,
	} {
		f.Add(uint8(slices.Index(resources, membership.ResourceMember)), text)
	}
	f.Fuzz(func(t *testing.T, resource uint8, text string) {
		r := resources[int(resource)%len(resources)]
		filter, err := membership.ParseFilter(r, text, fieldOfEach...)
		if err != nil {
			if len(membership.Faults(err)) != 1 || filter != nil {
				t.Fatalf("%q: %v, %v", text, filter, err)
			}
			return
		}
		checkRoundTrip(t, r, filter, fieldOfEach...)
		filter.Match(oneOfEach[r])
		filter.Match(full)
	})
}

package transfer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// readAll reads a file a byte, a few and many bytes at once, which must be the same.
func readAll(t *testing.T, text string, opts ReadOptions) (rows []Row, err error) {
	t.Helper()
	for _, r := range []io.Reader{
		strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text)), iotest.DataErrReader(strings.NewReader(text)),
	} {
		var again []Row
		var ended error
		for row, err := range Read(r, opts) {
			if ended = err; err == nil {
				again = append(again, row)
			}
		}
		if rows != nil && (printed(rows) != printed(again) || fmt.Sprint(ended) != fmt.Sprint(err)) {
			t.Errorf("%q is read as %s %v and as %s %v", text, printed(rows), err, printed(again), ended)
		}
		rows, err = again, ended
	}
	return rows, err
}

// printed is what rows say, one on each line.
func printed(rows []Row) string {
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "%d: ", row.Line)
		if row.Err != nil {
			fmt.Fprintf(&b, "%v", row.Err)
		} else {
			fmt.Fprintf(&b, "%v", row.Data)
		}
		fmt.Fprintf(&b, " <%s>\n", row.Source)
	}
	return b.String()
}

func lines(text ...string) string { return strings.Join(text, "\n") + "\n" }

func TestReadingFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		text string
		opts ReadOptions
		want string
		err  string
	}{
		{name: "nothing"},
		{name: "nothing but a mark", text: "\xef\xbb\xbf", opts: ReadOptions{Format: CSV}},
		{name: "UTF-16", text: "\xff\xfei\x00d\x00", err: "the file is written in UTF-16; save it as UTF-8"},
		{name: "an unknown format", text: "{}", opts: ReadOptions{Format: "xml"}, err: `the format "xml" is not known; use ndjson, csv or json`},

		{name: "lines", text: "\xef\xbb\xbf" + lines(`{"type":"account","name":"Acme"}`, "", " \t", `{"type":"account","name":"B","n":1.50}`+"\r", `{"a":null}`),
			want: lines(`1: map[name:Acme type:account] <{"type":"account","name":"Acme"}>`,
				`4: map[n:1.50 name:B type:account] <{"type":"account","name":"B","n":1.50}>`, `5: map[a:<nil>] <{"a":null}>`)},
		{name: "a last line without an end", text: `{"type":"a"}` + "\n" + `{"type":"b"}`,
			want: lines(`1: map[type:a] <{"type":"a"}>`, `2: map[type:b] <{"type":"b"}>`)},
		{name: "lines of a type", text: lines(`{"name":"A"}`, `{"type":"b"}`, `{"type":null}`), opts: ReadOptions{Format: NDJSON, Type: "account"},
			want: lines(`1: map[name:A type:account] <{"name":"A"}>`, `2: map[type:b] <{"type":"b"}>`, `3: map[type:<nil>] <{"type":null}>`)},
		{name: "faulty lines", opts: ReadOptions{Name: "x.jsonl"},
			text: lines(`{"a":1,"a":2}`, `{`, `[1]`, `null`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":1} {"b":2}`, `{"a":1}`),
			want: lines(`1: the row has the key "a" twice in one object <{"a":1,"a":2}>`,
				`2: the row is not JSON: unexpected end of JSON input, at byte 1 <{>`,
				`3: the row must be a JSON object: {...} <[1]>`,
				`4: the row must be a JSON object: {...} <null>`,
				"5: the row is not valid UTF-8 <{\"a\":\"\xff\"}>",
				`6: the row has half of a surrogate pair (\uD800 to \uDFFF) in it <{"a":"\ud800"}>`,
				`7: the row is not JSON: invalid character '{' after top-level value, at byte 9 <{"a":1} {"b":2}>`,
				`8: map[a:1] <{"a":1}>`)},

		{name: "a list of the API", text: lines(`{"data": [`, `  {"type": "account",`, `   "id": "1"}, {"type":"account","id":"2"},`, ``,
			`  {"type":"account","id":"3",}`, `], "included": {"data": [{"no": "row"}]}, "links": {"a]": "}\"]"}}`),
			want: lines(`2: map[id:1 type:account] <{"type": "account",`, `   "id": "1"}>`,
				`3: map[id:2 type:account] <{"type":"account","id":"2"}>`,
				`5: the row is not JSON: invalid character '}' looking for beginning of object key string, at byte 28 <{"type":"account","id":"3",}>`)},
		{name: "one resource of the API", text: `{"data":{"type":"account","id":"1"},"links":{}}`,
			want: lines(`1: map[id:1 type:account] <{"type":"account","id":"1"}>`)},
		{name: "data behind others", text: lines(`{`, `"meta": {"results": {"total": 1}},`, `"data": [{"type":"a"}]}`),
			want: lines(`3: map[type:a] <{"type":"a"}>`)},
		{name: "a bare list", text: lines(`[`, `{"type":"a"}`, `, {"type":"b"} , 7]`, ``),
			want: lines(`2: map[type:a] <{"type":"a"}>`, `3: map[type:b] <{"type":"b"}>`, `3: the row must be a JSON object: {...} <7>`)},
		{name: "an empty list", text: `{"data":[]}`},
		{name: "an empty bare list", text: ` [ ] `},
		{name: "a resource over several lines", text: lines(`{`, `  "type": "account"`, `}`),
			want: lines(`1: map[type:account] <{`, `  "type": "account"`, `}>`)},
		{name: "a list that is cut off", text: `[{"type":"a"},{"type":"b"`, want: lines(`1: map[type:a] <{"type":"a"}>`),
			err: "line 1: found the end of the file instead of } or ]"},
		{name: "an answer that is cut off", text: `{"data":[{"type":"a"},`, want: lines(`1: map[type:a] <{"type":"a"}>`),
			err: "line 1: found the end of the file instead of a value"},
		{name: "a text that is cut off", text: `["abc\`, err: "line 1: found the end of the file instead of \""},
		{name: "a list without commas", text: lines(`{"data":[{"type":"a"}`, `{"type":"b"}]}`), want: lines(`1: map[type:a] <{"type":"a"}>`),
			err: "line 2: found '{' instead of a comma or ]"},
		{name: "lines that are called JSON", text: lines(`{"type":"a"}`, `{"type":"b"}`), opts: ReadOptions{Name: "x.JSON"},
			want: lines(`1: map[type:a] <{"type":"a"}>`),
			err:  "line 2: found '{' instead of the end of the file; for a JSON object on each line, use the format ndjson"},
		{name: "no list", text: "7", opts: ReadOptions{Format: JSON}, err: `line 1: found '7' instead of [ or {: the list of a JSON file is [...] or {"data": [...]}`},
		{name: "no names", text: `{"data":[],7}`, err: `line 1: found '7' instead of a name in quotes`},

		{name: "a table", text: "\xef\xbb\xbf" + lines(` Name ,LEGAL_NAME,costCenter`, `Acme,,7`, ``, `"B, ""B""","two`, `lines",\N`, `,,`, `\E,\=1,\\N`),
			want: lines(`2: map[costCenter:7 name:Acme type:account] <Acme,,7>`, `4: map[costCenter:<nil> legal_name:two`,
				`lines name:B, "B" type:account] <"B, ""B""","two`, `lines",\N>`, `7: map[costCenter:\N legal_name:=1 name: type:account] <\E,\=1,\\N>`)},
		{name: "a table with CRLF", text: "email,name\r\nron@example.com,\"Ron\"\r\n\r\n\"a\r\nb\",Ann\r\n",
			want: lines(`2: map[email:ron@example.com name:Ron type:account_member] <ron@example.com,"Ron">`,
				"4: map[email:a\r\nb name:Ann type:account_member] <\"a\r\nb\",Ann>")},
		{name: "semicolons", text: lines("account_id;Email;role", "1;a,b;x"),
			want: lines(`2: map[account_id:1 email:a,b role:x type:account_membership] <1;a,b;x>`)},
		{name: "tabs", text: lines("account_external_ref\tmember_id", "1\t2"),
			want: lines("2: map[account_external_ref:1 member_id:2 type:account_membership] <1\t2>")},
		{name: "types", text: lines("Type,NAME,email", "account,A,", ",B,", "account_membership,C,D"),
			want: lines(`2: map[name:A type:account] <account,A,>`, `3: map[name:B] <,B,>`,
				`4: map[NAME:C email:D type:account_membership] <account_membership,C,D>`)},
		{name: "a given type", text: lines("name,type", "A,", "B,flow"), opts: ReadOptions{Type: "account_tag"},
			want: lines(`2: map[name:A type:account_tag] <A,>`, `3: map[name:B type:flow] <B,flow>`)},
		{name: "JSON in cells", text: lines("type,validation_rules", `field,"[{""type"":""email""}]"`, `field,[`, `field,\N`),
			want: lines(`2: map[type:field validation_rules:[map[type:email]]] <field,"[{""type"":""email""}]">`,
				`3: the column validation_rules must have JSON in it, as the API shows it: the row is not JSON: invalid character '}' looking for beginning of value, at byte 10 <field,[>`,
				`4: map[type:field validation_rules:<nil>] <field,\N>`)},
		{name: "faulty records", text: lines("name,email", `a,"b`, `c,"d"`, `e"f,g`, "h", "i,j,k", "\xff,l", `"m"n,o`, `p,"q`),
			want: lines(`2: something follows the " that ends a cell; a " within a cell must be doubled <a,"b>`,
				`3: map[email:d name:c type:account_member] <c,"d">`,
				`4: a " is within a cell that does not begin with one; begin and end the cell with ", and double those within <e"f,g>`,
				`5: the row has 1 cells, and the header 2 <h>`, `6: the row has 3 cells, and the header 2 <i,j,k>`,
				"7: the row is not valid UTF-8; save the file as UTF-8 <\xff,l>",
				`8: something follows the " that ends a cell; a " within a cell must be doubled <"m"n,o>`,
				`9: a cell begins with " and does not end with one <p,"q>`)},
		{name: "a header that says nothing", text: lines("a,b", "1,2"), err: errNoType.Error()},
		{name: "a header that is no header", text: lines(`"a`, "1,2"), opts: ReadOptions{Format: CSV},
			err: `line 1, the header: a cell begins with " and does not end with one`},
		{name: "a column twice", text: lines("name,email,name", "1,2,3"), err: "the header has the column name twice; rename or remove one"},
		{name: "a column twice in several cases", text: lines("Name,email,NAME", "1,2,3"), err: "the header has the column NAME twice; rename or remove one"},
		{name: "columns of several resources", text: lines("type,level,Level", "account,1,"), want: lines("2: map[level:1 type:account] <account,1,>")},
		{name: "a column twice in several spellings", text: lines("name,External Ref,external-ref", "1,2,3"),
			err: "the header has the column external-ref twice; rename or remove one"},
		{name: "columns without names", text: lines("email, ,name,,", "a,,b,,", ",,,,", "c,x,d,,", `e,,f,,\N`, "g,,h,"),
			want: lines(`2: map[email:a name:b type:account_member] <a,,b,,>`,
				`4: there is something in column 2, which has no name; name it in the header, or empty the cell <c,x,d,,>`,
				`5: there is something in column 5, which has no name; name it in the header, or empty the cell <e,,f,,\N>`,
				`6: the row has 4 cells, and the header 5 <g,,h,>`)},
		{name: "no column with a name", text: lines(",", "1,", ","), opts: ReadOptions{Format: CSV, Type: "account"},
			want: lines(`2: there is something in column 1, which has no name; name it in the header, or empty the cell <1,>`)},

		{name: "people", text: lines("E-Mail,Given Name,shoe-size", "a@example.com,Ann,36"),
			want: lines(`2: map[email:a@example.com given_name:Ann shoe-size:36 type:account_member] <a@example.com,Ann,36>`)},
		{name: "accounts as lists head them", text: lines("EXTERNAL REF,NAME,Cost-Center", "c-17,Acme,7"),
			want: lines(`2: map[Cost-Center:7 external_ref:c-17 name:Acme type:account] <c-17,Acme,7>`)},
		{name: "memberships as people spell them", text: lines("Account External-Ref,Account Member E-Mail", "c-17,a@example.com"),
			want: lines(`2: map[account_external_ref:c-17 account_member_email:a@example.com type:account_membership] <c-17,a@example.com>`)},
		{name: "a name beside another spelling of it", text: lines("email,E-Mail", "a,b"),
			want: lines(`2: map[E-Mail:b email:a type:account_member] <a,b>`)},
		{name: "spellings of another type's", text: lines("type,name,E-Mail,External Ref", "account,A,B,C", "account_member,A,B,C"),
			want: lines(`2: map[E-Mail:B external_ref:C name:A type:account] <account,A,B,C>`,
				`3: map[External Ref:C email:B name:A type:account_member] <account_member,A,B,C>`)},

		{name: "accounts of which only the name is known", text: lines("id,Name,created_at,", "1,A,,"),
			want: lines(`2: map[id:1 name:A type:account] <1,A,,>`)},
		{name: "accounts with a column that only they have", text: lines("name,phone,Parent External Ref", "A,1,"),
			want: lines(`2: map[name:A phone:1 type:account] <A,1,>`)},
		{name: "people without e-mail addresses", text: lines("Name,Phone", "Ann,1"), err: errNoType.Error()},
		{name: "tags", text: lines("name,description", "a,b"), err: errNoType.Error()},
		{name: "people of a given type", text: lines("Name,Phone", "Ann,1"), opts: ReadOptions{Type: "account_member"},
			want: lines(`2: map[Phone:1 name:Ann type:account_member] <Ann,1>`)},

		{name: "a line that says the separator", text: "\xef\xbb\xbf" + lines("sep=;", "name;legal_name", `"a`, `b";c,d`, ";", "e"),
			want: lines(`3: map[legal_name:c,d name:a`, `b type:account] <"a`, `b";c,d>`, `6: the row has 1 cells, and the header 2 <e>`)},
		{name: "a separator that no header would tell", text: "SEP=|\r\nname|legal_name\r\na,b,c|d\r\n",
			want: lines(`3: map[legal_name:d name:a,b,c type:account] <a,b,c|d>`)},
		{name: "nothing but a separator", text: "sep=;", opts: ReadOptions{Format: CSV}},
		{name: "a separator and an empty line", text: lines("sep=;", "", "name;email", "a;b"),
			want: lines(`4: map[email:b name:a type:account_member] <a;b>`)},
		{name: "a separator and ends of lines that are none", text: "sep=;\nname;email\ra;b\r\n",
			err: "line 2, the header: the lines end with carriage returns only; save the file with line feeds"},
		{name: "a column that is called like a separator", text: lines("sep=,name", "a,b"), opts: ReadOptions{Type: "account"},
			want: lines(`2: map[name:b sep=:a type:account] <a,b>`)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			rows, err := readAll(t, test.text, test.opts)
			if got := printed(rows); got != test.want {
				t.Errorf("read\n%swant\n%s", got, test.want)
			}
			if err == nil {
				err = errors.New("")
			}
			if err.Error() != test.err {
				t.Errorf("ended with %q, not %q", err, test.err)
			}
		})
	}
}

func TestTheFormatOfAFile(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Format{
		"a.csv": CSV, "a.tsv": CSV, "a.CSV": CSV, "a.ndjson": NDJSON, "a.jsonl": NDJSON, "a/b.json": JSON, "-": "", "a.txt": "", "csv": "",
	} {
		if got := FormatOf(name); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	long := strings.Repeat(" ", sniffed) // of which the end is not seen
	for text, want := range map[string]Format{
		"":                                    NDJSON,
		"\n\n":                                NDJSON,
		`{"type":"a"}`:                        NDJSON,
		"\n {\"id\":\"1\",\"type\":\"a\"}\n{": NDJSON,
		`{"name":"A"}`:                        NDJSON,
		`{"type":"a"`:                         NDJSON,
		`{"id":"` + long:                      NDJSON,
		`{"meta":{},"type":"a"}`:              NDJSON,
		`{"data":[{"type":"a"}]}`:             JSON,
		`{ "data" : {}}`:                      JSON,
		`{"data":[` + long:                    JSON,
		`{"links":{},"data":[]}`:              JSON,
		"{\n\"type\":\"a\"}":                  JSON,
		"{\"id\":1,\n\"type\":\"a\"}":         JSON,
		"[]":                                  JSON,
		"type,name\n":                         CSV,
		`"type","name"`:                       CSV,
	} {
		if got := sniff([]byte(text)); got != want {
			t.Errorf("%.40q is %q, not %q", text, got, want)
		}
	}
}

func TestARowThatIsTooLongKeepsNoOtherOut(t *testing.T) {
	t.Parallel()
	const most = 256 << 10 // several times what is read at once
	long, fits := strings.Repeat("x", most), strings.Repeat("y", most-len(`{"a":""}`))
	for _, test := range []struct {
		format Format
		text   string
		lines  []int
		faulty int
	}{
		{NDJSON, `{"a":"` + long + "\"}\n" + `{"a":"` + fits + "\"}\n" + `{"a":"` + long + long + `"}`, []int{1, 2, 3}, 2},
		{CSV, "name\n" + long + "x\n" + fits + "\n\"" + long + "\n" + long + "\nlast\n", []int{2, 3, 4, 5, 6}, 2},
		{JSON, `{"x":"` + long + `","data":[{"a":"` + long + "\"},\n{\"a\":\"" + fits + "\"}\n,{\"a\":\n\"" + long + long + "\"}]}", []int{1, 2, 3}, 2},
	} {
		t.Run(string(test.format), func(t *testing.T) {
			t.Parallel()
			var at []int
			faulty := 0
			for row, err := range Read(strings.NewReader(test.text), ReadOptions{Format: test.format, maxRow: most}) {
				if err != nil {
					t.Fatal(err)
				}
				at = append(at, row.Line)
				if row.Err != nil {
					if faulty++; !errors.Is(row.Err, errTooLong) {
						t.Errorf("line %d: %v", row.Line, row.Err)
					}
				}
			}
			if !slices.Equal(at, test.lines) || faulty != test.faulty {
				t.Errorf("rows at %v, of which %d are faulty; want %v and %d", at, faulty, test.lines, test.faulty)
			}
		})
	}
}

func TestAFailureOfTheFileEndsReading(t *testing.T) {
	t.Parallel()
	failure := errors.New("the disk is gone")
	for _, test := range []struct {
		format Format
		text   string
		rows   int
	}{
		{NDJSON, lines(`{"a":1}`, `{"a":2}`) + `{"a":3}`, 2},
		{CSV, lines("name", "A", "B") + "C", 2},
		{CSV, lines("name", "A", "B"), 2},
		{CSV, lines("name", "A") + `"B`, 1},
		{CSV, lines("name", "A", `"B`), 1},
		{CSV, lines("name", "A") + `B"`, 1},
		{CSV, "na", 0},
		{CSV, "sep=;", 0},
		{CSV, lines("sep=;", "name") + "A", 0},
		{JSON, `{"data":[{"a":1},{"a":2}`, 2},
		{JSON, `[{"a":1},{"a":2`, 1},
		{JSON, `[`, 0},
	} {
		for _, r := range []io.Reader{
			io.MultiReader(strings.NewReader(test.text), iotest.ErrReader(failure)),
			iotest.OneByteReader(io.MultiReader(strings.NewReader(test.text), iotest.ErrReader(failure))),
			iotest.DataErrReader(io.MultiReader(strings.NewReader(test.text), iotest.ErrReader(failure))),
		} {
			rows := 0
			var ended error
			for _, err := range Read(r, ReadOptions{Format: test.format}) {
				if ended = err; err == nil {
					rows++
				}
			}
			if rows != test.rows || !errors.Is(ended, failure) {
				t.Errorf("%s %q: %d rows and then %v; want %d", test.format, test.text, rows, ended, test.rows)
			}
		}
	}
	for _, err := range Read(noReader{}, ReadOptions{}) {
		if !errors.Is(err, io.ErrNoProgress) {
			t.Errorf("a reader that reads nothing: %v", err)
		}
	}
}

type noReader struct{}

func (noReader) Read([]byte) (int, error) { return 0, nil }

func TestLeavingTheLoopEndsReading(t *testing.T) {
	t.Parallel()
	for format, text := range map[Format]string{
		NDJSON: lines(`{"a":1}`, `{"a":2}`), CSV: lines("name", "A", "B"), JSON: `{"data":[{"a":1},{"a":2}]}`,
	} {
		rows := 0
		for _, err := range Read(strings.NewReader(text), ReadOptions{Format: format}) {
			must(t, err)
			rows++
			break
		}
		if rows != 1 {
			t.Errorf("%s: %d rows", format, rows)
		}
	}
}

// FuzzRead reads anything: it must not panic, and rows must be where they say they are.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"", "{}\n[]", `{"data":[{"a":"\\\""},{}],"x":{}}`, "name,email\n\"a\n\"\"b\",c\r\n", "\"a\"\"\n", "[[[", "a\tb\n1\t2", "\xef\xbb\xbf[1,2]",
		"sep=;\nname;E-Mail;;\na;b;;\n",
	} {
		for format := range byte(4) {
			f.Add(text, format)
		}
	}
	f.Fuzz(func(t *testing.T, text string, format byte) {
		opts := ReadOptions{Format: []Format{"", NDJSON, CSV, JSON}[format%4], Type: "account"}
		rows, err := readAll(t, text, opts)
		last := 1
		for _, row := range rows {
			if row.Line < last || (row.Data == nil) != (row.Err != nil) {
				t.Errorf("a row on line %d behind one on line %d: %v, %v", row.Line, last, row.Data, row.Err)
			}
			last = row.Line
			begin := offsetOf(text, row.Line)
			if !strings.Contains(text[begin:], row.Source) {
				t.Errorf("line %d has no %q", row.Line, row.Source)
			}
		}
		if err == nil && opts.Format == CSV {
			sameAsStandard(t, text, rows)
		}
	})
}

// offsetOf is where a line begins.
func offsetOf(text string, line int) int {
	at := 0
	for range line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	return at
}

// sameAsStandard reads a table without faults with the standard library.
func sameAsStandard(t *testing.T, text string, rows []Row) {
	t.Helper()
	text = strings.TrimPrefix(text, string(utf8Mark))
	first, rest, _ := strings.Cut(text, "\n")
	comma, told := saidSeparator([]byte(strings.TrimSuffix(first, "\r")))
	if told {
		text = rest
	} else {
		comma = separator([]byte(first))
	}
	if strings.Contains(text, "\r") || slices.ContainsFunc(rows, func(row Row) bool { return row.Err != nil }) {
		return // Why: the standard library changes ends of lines in cells
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = rune(comma)
	r.FieldsPerRecord = -1 // Why: to us "" alone is a blank line
	records, err := r.ReadAll()
	if err != nil {
		t.Errorf("%q has no fault here, and there: %v", text, err)
	}
	records = slices.DeleteFunc(records, func(record []string) bool { return len(record) == 1 && record[0] == "" })
	said := 0
	for _, record := range records[min(1, len(records)):] {
		if strings.Join(record, "") != "" {
			said++
		}
	}
	if said != len(rows) {
		t.Errorf("%q has %d rows here, and %d there", text, len(rows), said)
	}
}

func TestATableIsReadAsTheStandardLibraryWritesIt(t *testing.T) {
	t.Parallel()
	cells := []string{"a", `"`, `""`, ",", "\n", "\r", "\r\n", "a\r", " ", `\N`, "ä", "a\nb,\"c\""}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	must(t, w.Write([]string{"name", "email"}))
	for _, cell := range cells {
		must(t, w.Write([]string{"x", cell}))
	}
	w.Flush()
	r := &csvReader{cursor: newCursor(&b, MaxRow), comma: ','}
	for _, want := range append([]string{"email"}, cells...) {
		_, ok, fault := r.record()
		if must(t, fault); !ok || r.cells[1] != want {
			t.Errorf("read %q, not %q", r.cells, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

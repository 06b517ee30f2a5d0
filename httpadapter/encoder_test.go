package httpadapter_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/membership"
)

// encoded is what httpadapter.Encoded writes, for encoding/json.
type encoded struct {
	Text      string      `json:"text"`
	List      []*string   `json:"list"`
	CreatedAt string      `json:"created_at"`
	UpdatedAt string      `json:"updated_at"`
	ID        string      `json:"id"`
	None      *string     `json:"none"`
	Number    json.Number `json:"number"`
	Flag      bool        `json:"flag"`
	Links     struct {
		Self string `json:"self"`
	} `json:"links"`
}

// FuzzEncoder: whatever is written, it is what encoding/json would write.
func FuzzEncoder(f *testing.F) {
	for _, text := range []string{"", "Ron", `<a href="x">&amp;</a>`, "\x00\x01\b\f\n\r\t\x1f\x7f\\/\"", "\u2027\u2028\u2029\u202a", "é€😀\ufffd", "\xff\xc3(\xed\xa0\x80\xf4\x90", "a\xe2\x80", "\xe2\x80\xa8"} {
		f.Add(text, int64(1_767_606_033), int64(882_999_999), "1.50", []byte("0123456789abcdef"))
	}
	for _, number := range []string{"0", "-0", "12345678901234567890", "-1.0e+400", "9007199254740993", "1E5", "x"} {
		f.Add("", int64(-62_135_596_801), int64(1), number, []byte{0xff})
	}
	f.Add("", int64(253_402_300_800), int64(0), "0", []byte{})
	f.Fuzz(func(t *testing.T, text string, seconds, nanos int64, number string, idBytes []byte) {
		const centuries = 1_000_000_000_000 // what lies beyond has no milliseconds in 64 bits
		at := time.Unix(seconds%centuries, nanos%1_000_000_000).In(time.FixedZone("somewhere", -5400))
		var id uuid.UUID
		copy(id[:], idBytes)
		id[0] |= 1 // a zero id is none
		var valid json.Number
		if json.Unmarshal([]byte(number), &valid) != nil || valid.String() != number {
			number = "0"
		}
		want := encoded{Text: text, List: []*string{nil, &text, &text}, CreatedAt: membership.TimeValue(at).String(), ID: id.String(), Number: json.Number(number), Flag: true}
		if text == "" {
			want.List = make([]*string, 3)
		}
		want.UpdatedAt = want.CreatedAt
		want.Links.Self = text + "/v2/" + id.String()
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(want); err != nil {
			t.Fatal(err)
		}
		if got := httpadapter.Encoded(text, at, id, membership.NumberValue(number)); !bytes.Equal(got, b.Bytes()) {
			t.Errorf("got  %s\nwant %s", got, b.Bytes())
		}
	})
}

// TestARowCostsNoAllocation: what a list allocates does not depend on how many rows it has. It is not parallel, because
// it counts.
func TestARowCostsNoAllocation(t *testing.T) {
	api := newAPI(t)
	account := api.account("Parks")
	for i := range 50 {
		api.join(account, api.member(fmt.Sprint("Ron", i)))
	}
	allocations := func(query string) float64 {
		r := httptest.NewRequest(http.MethodGet, account+"/account-memberships?"+query, nil)
		w := &discard{header: http.Header{}}
		return testing.AllocsPerRun(200, func() { api.handler.ServeHTTP(w, r) })
	}
	// Why from the same page: what the store does is the same.
	none, all := allocations("page[limit]=0"), allocations("page[limit]=50")
	if all > none+25 {
		t.Errorf("a list of 50 allocates %v times, one of none %v", all, none)
	}
}

// TestAnswersAtOnceDoNotMix: each client gets its own answer, however many there are.
func TestAnswersAtOnceDoNotMix(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	var wait sync.WaitGroup
	for i := range 8 {
		name := strings.Repeat(fmt.Sprint(i), 100*(i+1))
		account := api.account(name)
		wait.Go(func() {
			for range 50 {
				if got := api.get(account); got.status != http.StatusOK || got.text("data.name") != name {
					t.Errorf("asked for %.1s and got %d %s", name, got.status, got.body)
				}
				api.get("/v2/accounts/"+nowhere).refused(http.StatusNotFound, "account_not_found")
			}
		})
	}
	wait.Wait()
}

// TestWhatWasNotWrittenIsLeftAlone: a ResponseWriter that fails may still be reading, as that of HTTP/2 is.
func TestWhatWasNotWrittenIsLeftAlone(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	account := api.account("Parks")
	w := &breaking{ResponseRecorder: httptest.NewRecorder()}
	api.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, account, nil))
	before := string(w.kept)
	for range 100 {
		api.account("Somebody else's")
	}
	if got := string(w.kept); before == "" || got != before {
		t.Errorf("%q became %q", before, got)
	}
}

// breaking fails to write, and keeps what it should have written.
type breaking struct {
	*httptest.ResponseRecorder
	kept []byte
}

func (b *breaking) Write(p []byte) (int, error) {
	b.kept = p
	return 0, errors.New("the client is gone")
}

func TestALargeAnswerIsWhole(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	long := strings.Repeat("ü", 2048)
	for range 100 {
		body := fmt.Sprintf(`{"data":{"type":"account","name":%q,"legal_name":%q}}`, long, long)
		api.post("/v2/accounts", body).want(http.StatusCreated)
	}
	got := api.list("/v2/accounts", "page[limit]=100").want(http.StatusOK)
	if len(got.body) < httpadapter.MaxKeptBuffer {
		t.Fatalf("it has %d bytes", len(got.body))
	}
	for i, item := range got.at("data").([]any) {
		if item.(map[string]any)["name"] != long {
			t.Fatalf("number %d is %v", i, item)
		}
	}
	api.account("Parks")
}

package httpadapter_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/roster-go/roster/httpadapter"
	"github.com/roster-go/roster/internal/torture"
)

func TestTooManyFailuresFromOneAddressMustWait(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t, withTokens(func(o *httpadapter.TokenOptions) { o.MaxFailures, o.FailureWindow = 3, 10*time.Second }))
	from := func(address, body string) reply {
		r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader(body))
		r.RemoteAddr = address
		return api.do(r)
	}
	right, wrong := credentials("parks", "s3cret +%"), credentials("parks", "wrong")
	from("192.0.2.1:1000", "grant_type=nonsense").want(http.StatusBadRequest) // no guess, does not count
	for port := range 3 {
		from("192.0.2.1:1000", right).want(http.StatusOK)
		from(fmt.Sprintf("192.0.2.1:%d", 2000+port), wrong).want(http.StatusUnauthorized)
		api.clock.advance(time.Second)
	}
	for _, body := range []string{wrong, right, ""} {
		got := from("192.0.2.1:3000", body).refused(http.StatusTooManyRequests, "too_many_failures").saying("try again in 7 seconds")
		if got.header.Get("Retry-After") != "7" {
			t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
		}
	}
	from("192.0.2.2:1000", right).want(http.StatusOK) // others go on
	api.clock.advance(7*time.Second - time.Millisecond)
	from("192.0.2.1:1000", right).want(http.StatusTooManyRequests)
	api.clock.advance(time.Millisecond)
	from("192.0.2.1:1000", right).want(http.StatusOK)
	from("192.0.2.1:1000", wrong).want(http.StatusUnauthorized)
}

func TestAClockThatIsSetBackMakesNobodyWaitLonger(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t, withTokens(func(o *httpadapter.TokenOptions) { o.MaxFailures, o.FailureWindow = 1, 10*time.Second }))
	right, wrong := credentials("parks", "s3cret +%"), credentials("parks", "wrong")
	api.post(tokenPath, wrong).want(http.StatusUnauthorized)
	api.clock.advance(-time.Hour)
	api.post(tokenPath, right).refused(http.StatusTooManyRequests, "too_many_failures").saying("try again in 10 seconds")
	api.clock.advance(10 * time.Second)
	api.post(tokenPath, right).want(http.StatusOK)
}

func TestWhatCountsAsOneAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trust                         bool
		first, second                 string
		firstForwarded, nextForwarded string
		same                          bool
	}{
		"ports do not matter":              {first: "192.0.2.1:1", second: "192.0.2.1:2", same: true},
		"other hosts do":                   {first: "192.0.2.1:1", second: "192.0.2.2:1"},
		"IPv6 counts by network":           {first: "[2001:db8::1]:1", second: "[2001:db8::ffff:2]:1", same: true},
		"another IPv6 network":             {first: "[2001:db8::1]:1", second: "[2001:db8:0:1::1]:1"},
		"IPv4 in IPv6":                     {first: "[::ffff:192.0.2.1]:1", second: "192.0.2.1:1", same: true},
		"forwarded is not believed":        {first: "192.0.2.1:1", second: "192.0.2.1:1", firstForwarded: "198.51.100.1", nextForwarded: "198.51.100.2", same: true},
		"unless trusted":                   {trust: true, first: "192.0.2.1:1", second: "192.0.2.1:1", firstForwarded: "198.51.100.1", nextForwarded: "198.51.100.2"},
		"only the last entry is believed":  {trust: true, first: "192.0.2.1:1", second: "192.0.2.2:1", firstForwarded: "9.9.9.9, 198.51.100.1", nextForwarded: "8.8.8.8,198.51.100.1:99", same: true},
		"what is no address is one":        {first: "@", second: "pipe", same: true},
		"trusted, without the header":      {trust: true, first: "192.0.2.1:1", second: "192.0.2.1:2", same: true},
		"forwarded nonsense is all as one": {trust: true, first: "192.0.2.1:1", second: "192.0.2.2:1", firstForwarded: "x", nextForwarded: "y", same: true},
	} {
		api := newTokenAPI(t, withTokens(func(o *httpadapter.TokenOptions) { o.MaxFailures, o.TrustForwarded = 1, c.trust }))
		send := func(address, forwarded string) reply {
			r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader(credentials("parks", "wrong")))
			r.RemoteAddr = address
			if forwarded != "" {
				r.Header.Set("X-Forwarded-For", forwarded)
			}
			return api.do(r)
		}
		send(c.first, c.firstForwarded).want(http.StatusUnauthorized)
		if got := send(c.second, c.nextForwarded); (got.status == http.StatusTooManyRequests) != c.same {
			t.Errorf("%s: got %d", name, got.status)
		}
	}
}

func TestManyAddressesAreForgottenInTheirOrder(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t, withTokens(func(o *httpadapter.TokenOptions) { o.MaxFailures = 1 })).judgedByNobody()
	from := func(i int) int {
		r := httptest.NewRequest(http.MethodPost, tokenPath, strings.NewReader("grant_type=implicit&client_id=x"))
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)
		return api.do(r).status
	}
	for i := range httpadapter.MaxAddresses {
		if got := from(i); got != http.StatusUnauthorized {
			t.Fatalf("address %d: %d", i, got)
		}
	}
	if from(0) != http.StatusTooManyRequests {
		t.Error("the first address is forgotten although there is room")
	}
	from(httpadapter.MaxAddresses)
	if from(1) != http.StatusTooManyRequests || from(0) != http.StatusUnauthorized {
		t.Error("not the oldest address was forgotten")
	}
}

// TestGuessesAtOnceAreNoMoreThanOneAfterAnother: sending many requests together gives no more answers.
func TestGuessesAtOnceAreNoMoreThanOneAfterAnother(t *testing.T) {
	t.Parallel()
	api := newTokenAPI(t, withTokens(func(o *httpadapter.TokenOptions) { o.MaxFailures = 5 }))
	const guesses = 100
	statuses := make(chan int, guesses)
	for range guesses {
		go func() { statuses <- api.post(tokenPath, credentials("parks", "wrong")).status }()
	}
	count := map[int]int{}
	for range guesses {
		count[<-statuses]++
	}
	if count[http.StatusUnauthorized] != 5 || count[http.StatusTooManyRequests] != guesses-5 {
		t.Errorf("got %v", count)
	}
	torture.Report(t, torture.Result{Part: torture.Access, Rounds: guesses,
		Promise:  "An address may guess secrets only as often as the limit says, however many guesses it sends at once",
		Method:   "requests for tokens at the same time, a limit of 5",
		Measured: fmt.Sprintf("%d x 401, %d x 429", count[http.StatusUnauthorized], count[http.StatusTooManyRequests])})
}

// TestAnotherSiteShutsNobodyOut: a page that somebody looks at makes their browser guess, which the browser tells.
func TestAnotherSiteShutsNobodyOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header [2]string
		shut   bool // whether its failures are those of everybody at the address
	}{
		"a page of another site":       {[2]string{"Sec-Fetch-Site", "cross-site"}, false},
		"a page of another port":       {[2]string{"Sec-Fetch-Site", "same-site"}, false},
		"a page in an older browser":   {[2]string{"Origin", "https://evil.example"}, false},
		"a page without an origin":     {[2]string{"Origin", "null"}, false},
		"a page of this server's own":  {[2]string{"Sec-Fetch-Site", "same-origin"}, true},
		"of its own, in an older one":  {[2]string{"Origin", "http://example.com"}, true},
		"who is no browser says so":    {[2]string{"User-Agent", "curl/8"}, true},
		"a link that somebody follows": {[2]string{"Sec-Fetch-Site", "none"}, true},
	} {
		api := newTokenAPI(t, withTokens(func(o *httpadapter.TokenOptions) { o.MaxFailures = 2 }))
		page := api.with(c.header[0], c.header[1])
		for range 2 {
			page.post(tokenPath, credentials("parks", "wrong")).want(http.StatusUnauthorized)
		}
		page.post(tokenPath, credentials("parks", "wrong")).want(http.StatusTooManyRequests)
		if got := api.post(tokenPath, credentials("parks", "s3cret +%")); (got.status == http.StatusTooManyRequests) != c.shut {
			t.Errorf("%s: whoever else is at the address is answered with %d", name, got.status)
		}
	}
}

package httpadapter_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAPartialUpdateKeepsTheOtherValues(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		withEveryType(api, x.flow)
		path := pathOf(x.add(api, everyType).want(http.StatusCreated))
		for _, c := range []struct{ values, want string }{
			{``, everyType},
			{`"b":13`, `"a":"x","b":13,"c":true,"d":1.50,"e":"2026-01-05"`},
			{`"d":1.5`, `"a":"x","b":13,"c":true,"d":1.5,"e":"2026-01-05"`},
			{`"d":1.5,"a":null`, `"a":null,"b":13,"c":true,"d":1.5,"e":"2026-01-05"`},
			{`"a":"","c":false`, `"a":"","b":13,"c":false,"d":1.5,"e":"2026-01-05"`},
			{`"a":null,"b":null,"c":null,"d":null,"e":null`, `"a":null,"b":null,"c":null,"d":null,"e":null`},
			{`"e":"2026-01-05 00:00:00"`, `"a":null,"b":null,"c":null,"d":null,"e":"2026-01-05 00:00:00"`},
		} {
			api.clock.advance(time.Second)
			before := api.get(path)
			got := api.put(path, x.body(api, false, c.values)).want(http.StatusOK)
			if shown(got) != c.want || string(api.get(path).body) != string(got.body) {
				t.Errorf("%s %s: %s", x.kind, c.values, got.body)
			}
			moved := got.text("data.meta.timestamps.updated_at") != before.text("data.meta.timestamps.updated_at")
			if moved != (shown(before) != shown(got)) {
				t.Errorf("%s %s: from %s to %s", x.kind, c.values, before.body, got.body)
			}
			api.clock.advance(time.Second)
			if again := api.put(path, string(got.body)).want(http.StatusOK); string(again.body) != string(got.body) {
				t.Errorf("%s sent back: from %s to %s", x.kind, got.body, again.body)
			}
		}
	}
}

func TestDefaultsAreForNewRows(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		old := pathOf(x.add(api, "").want(http.StatusCreated))
		flow := api.flow(x.flow)
		api.define(flow, "may", "float", `,"default":1.50`)
		must := api.define(flow, "must", "string", `,"required":true,"default":"x"`)
		for values, want := range map[string]string{
			``:                       `"may":1.50,"must":"x"`,
			`"may":null,"must":null`: `"may":null,"must":"x"`,
			`"may":2,"must":""`:      `"may":2,"must":""`,
		} {
			if got := x.add(api, values).want(http.StatusCreated); shown(got) != want {
				t.Errorf("%s %s: %s", x.kind, values, got.body)
			}
		}
		// Rows from before have what was the default when the field came.
		api.put(must, changeField(`"default":"y"`)).want(http.StatusOK)
		if got := api.get(old); shown(got) != `"may":1.50,"must":"x"` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
		api.put(old, x.body(api, false, `"may":null`)).want(http.StatusOK)
		if got := api.get(old); shown(got) != `"may":null,"must":"x"` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
	}
}

func TestRowsFromBeforeARequiredFieldStayValid(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		path := pathOf(x.add(api, "").want(http.StatusCreated))
		field := api.define(api.flow(x.flow), "must", "integer", `,"required":true`)
		got := api.get(path).want(http.StatusOK)
		if shown(got) != `"must":null` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
		if again := api.put(path, string(got.body)).want(http.StatusOK); string(again.body) != string(got.body) {
			t.Errorf("%s: %s", x.kind, again.body)
		}
		api.put(path, x.body(api, false, `"must":1`)).want(http.StatusOK)
		api.put(path, x.body(api, false, `"must":null`)).refused(http.StatusUnprocessableEntity, "invalid_value")
		// A value from before a rule stays valid as well.
		api.put(field, changeField(`"validation_rules":[{"type":"between","options":{"from":5}}]`)).want(http.StatusOK)
		got = api.get(path).want(http.StatusOK)
		api.put(path, string(got.body)).want(http.StatusOK)
		api.put(path, x.body(api, false, `"must":2`)).refused(http.StatusUnprocessableEntity, "invalid_value").saying("must must be at least 5")
		api.delete(field).want(http.StatusNoContent) // the next kind needs members
	}
}

func TestNullsCanBeLeftOut(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		flow := api.flow(x.flow)
		field := api.define(flow, "a", "string", `,"omit_null":true`)
		api.define(flow, "b", "string", "")
		path := pathOf(x.add(api, `"a":"x"`).want(http.StatusCreated))
		for _, c := range []struct{ values, want string }{
			{``, `"a":"x","b":null`}, {`"a":null`, `"b":null`}, {`"a":""`, `"a":"","b":null`}, {`"a":null,"b":"y"`, `"b":"y"`},
		} {
			got := api.put(path, x.body(api, false, c.values)).want(http.StatusOK)
			if shown(got) != c.want || string(api.get(path).body) != string(got.body) {
				t.Errorf("%s %s: %s", x.kind, c.values, got.body)
			}
		}
		api.put(field, changeField(`"omit_null":false`)).want(http.StatusOK)
		if got := api.get(path); shown(got) != `"a":null,"b":"y"` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
	}
}

func TestAFieldThatIsDisabledKeepsItsValues(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		_, fields := withEveryType(api, x.flow)
		before := x.add(api, everyType).want(http.StatusCreated)
		path := pathOf(before)
		api.put(fields["b"], changeField(`"enabled":false`)).want(http.StatusOK)
		got := api.put(path, x.body(api, false, `"b":99,"a":"x"`)).want(http.StatusOK)
		if shown(got) != `"a":"x","c":true,"d":1.50,"e":"2026-01-05"` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
		api.list(x.list, "filter=eq(b,12)").refused(http.StatusBadRequest, "invalid_filter")
		api.put(path, x.body(api, false, `"a":"y"`)).want(http.StatusOK)
		api.put(fields["b"], changeField(`"enabled":true`)).want(http.StatusOK)
		if got := api.get(path); shown(got) != strings.Replace(everyType, `"x"`, `"y"`, 1) {
			t.Errorf("%s: %s", x.kind, got.body)
		}
	}
}

func TestAFieldThatIsRenamedKeepsItsValues(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for _, x := range extensibles(api) {
		_, fields := withEveryType(api, x.flow)
		path := pathOf(x.add(api, everyType).want(http.StatusCreated))
		api.put(fields["b"], changeField(`"slug":"z"`)).want(http.StatusOK)
		if got := api.get(path); shown(got) != `"a":"x","c":true,"d":1.50,"e":"2026-01-05","z":12` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
		got := api.put(path, x.body(api, false, `"z":13,"b":1`)).want(http.StatusOK)
		if shown(got) != `"a":"x","c":true,"d":1.50,"e":"2026-01-05","z":13` {
			t.Errorf("%s: %s", x.kind, got.body)
		}
		api.list(x.list, "filter=eq(b,13)").refused(http.StatusBadRequest, "invalid_filter")
		if got := api.list(x.list, "filter=eq(z,13)").want(http.StatusOK); got.number("meta.results.total") != 1 {
			t.Errorf("%s: %s", x.kind, got.body)
		}
	}
}

// TestDefinitionsMayChangeWhileValuesAreWritten: whatever a body names is a field or it is ignored, at any moment.
func TestDefinitionsMayChangeWhileValuesAreWritten(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	flow := api.flow("accounts")
	account := api.account("Parks")
	var writers sync.WaitGroup
	for i := range 4 {
		writers.Go(func() {
			for n := range 50 {
				body := fmt.Sprintf(`{"data":{"type":"account","name":"Parks","tier":"t%d-%d"}}`, i, n)
				for _, got := range []reply{api.post("/v2/accounts", body), api.put(account, body), api.list("/v2/accounts", "page[limit]=1")} {
					if got.status != http.StatusOK && got.status != http.StatusCreated {
						t.Errorf("%s: %s", got.said, got.body)
					}
				}
			}
		})
	}
	for range 25 {
		field := api.define(flow, "tier", "string", "")
		api.put(field, changeField(`"slug":"other"`)).want(http.StatusOK)
		api.put(field, changeField(`"slug":"tier","enabled":false`)).want(http.StatusOK)
		api.put(field, changeField(`"enabled":true`)).want(http.StatusOK)
		api.delete(field).want(http.StatusNoContent)
	}
	writers.Wait()
}

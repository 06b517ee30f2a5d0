package httpadapter_test

import (
	"net/http"
	"testing"
)

func TestTheSettingsAreAnsweredAsDocumented(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	const path = "/v2/settings/account-membership"
	if got := api.get(path).want(http.StatusOK); string(got.body) != `{"data":{"type":"account_membership_setting","membership_limit":10000}}`+"\n" {
		t.Errorf("at first: %s", got.body)
	}
	got := api.put(path+"/", `{"data":{"type":"account_membership_setting","membership_limit":7}}`).want(http.StatusOK)
	if string(got.body) != `{"data":{"type":"account_membership_setting","membership_limit":7}}`+"\n" {
		t.Errorf("after the change: %s", got.body)
	}
	api.put(path, `{"data":{"type":"account_membership_setting"}}`).want(http.StatusOK)
	if n := api.get(path).number("data.membership_limit"); n != 7 {
		t.Errorf("an update of nothing set the limit to %d", n)
	}
}

func TestTheMembershipLimitIsAWholeNumberInItsRange(t *testing.T) {
	t.Parallel()
	api := newAPI(t)
	for value, allowed := range map[string]bool{
		"1": true, "10000": true, "1e3": true, "5.0": true,
		"0": false, "-1": false, "10001": false, "1.5": false, "1e400": false, "99999999999999999999": false,
		`"5"`: false, "null": false, "true": false, "[5]": false, "{}": false,
	} {
		got := api.put("/v2/settings/account-membership", `{"data":{"type":"account_membership_setting","membership_limit":`+value+`}}`)
		if allowed {
			got.want(http.StatusOK)
			continue
		}
		got.refused(http.StatusBadRequest, "invalid_field").saying("membership_limit must be a whole number")
		if got.text("errors.0.source.pointer") != "/data/membership_limit" {
			t.Errorf("%s: %s", value, got.body)
		}
	}
}

package main

import (
	"strings"
	"testing"

	"github.com/roster-go/roster/cmd/roster/internal/exit"
)

func TestSettingsAreShownAndChangedInBothWays(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		s.must("settings", "update", "--membership-limit", "50", "--token-timeout", "8h", "--auto-create-accounts", "--self-management", "update_only")
		s.shows(`
{"type":"account_membership_setting","membership_limit":50,"enable_self_signup":false,"auto_create_account_for_account_members":true,"account_member_self_management":"update_only","account_management_authentication_token_timeout_secs":28800}
`, "settings", "get", "-o", "json")
		s.refused(exit.Refused, []string{"membership_limit", "10000"}, "settings", "update", "--membership-limit", "0")
		s.refused(exit.Refused, []string{"timeout_secs", "whole number"}, "settings", "update", "--token-timeout", "1500ms")
		s.refused(exit.Usage, []string{"settings update -h"}, "settings", "update")
	})
}

func TestFieldsAreDefinedAndChangedInBothWays(t *testing.T) {
	t.Parallel()
	bothWays(t, func(s shell) {
		rules := func(field string) string {
			return strings.TrimSpace(s.must("field", "get", field, "--columns", "validation_rules"))
		}
		s.must("field", "define", "--resource", "member", "--slug", "level", "--type", "float", "--option", "1.50", "--option", "2", "--default", "1.50", "--min", "1", "--index")
		if got := rules("level"); got != `validation_rules  [{"type":"enum","options":[1.50,2]},{"type":"between","options":{"from":1}}]` {
			s.t.Errorf("got %s", got)
		}
		s.must("field", "update", "member/level", "--option", "1.50", "--option", "3", "--no-default", "--name", "Level")
		if got := rules("member/level"); got != `validation_rules  [{"type":"enum","options":[1.50,3]},{"type":"between","options":{"from":1}}]` {
			s.t.Errorf("an option takes the other rules along: %s", got)
		}
		s.must("field", "update", "account_member/level", "--no-rules")
		if got := rules("level"); got != "validation_rules  []" {
			s.t.Errorf("got %s", got)
		}
		s.must("field", "define", "--resource", "account", "--slug", "level")
		s.refused(exit.Refused, []string{"level", "several", "/level"}, "field", "get", "level")
		s.refused(exit.Refused, []string{"membership/level", "field list"}, "field", "get", "membership/level")
		s.refused(exit.Usage, []string{`"robot"`, "account, member, membership"}, "field", "define", "--resource", "robot", "--slug", "x")
		s.refused(exit.Usage, []string{`"robot"`}, "field", "get", "robot/x")
		s.refused(exit.Usage, []string{"say what is to change"}, "field", "update", "member/level")
		s.refused(exit.Refused, []string{"slug"}, "field", "define", "--resource", "account", "--slug", "")
		s.refused(exit.Refused, []string{"slug is taken"}, "field", "define", "--resource", "account", "--slug", "level")
		s.shows("RESOURCE        SLUG\naccount_member  level\n", "field", "list", "--resource", "member", "--columns", "resource,slug")
		s.shows("SLUG\n", "field", "list", "--resource", "membership", "--columns", "slug")

		s.must("member", "create", "--name", "Ann", "--email", "ann@example.com")

		// Values keep what was typed, by the type of their field.
		s.must("field", "define", "--resource", "account", "--slug", "vip", "--type", "boolean")
		s.must("field", "define", "--resource", "account", "--slug", "ratio", "--type", "float")
		s.must("field", "define", "--resource", "account", "--slug", "since", "--type", "date")
		s.must("account", "create", "--name", "Acme", "--set", "vip=true", "--set", "ratio=1.50", "--set", "since=2026-01-31", "--set", "level=7=a")
		s.shows("level,vip,ratio,since\n7=a,true,1.50,2026-01-31\n", "account", "get", "Acme", "-o", "csv", "--columns", "level,vip,ratio,since")
		s.must("account", "update", "Acme", "--set", "level=")
		s.shows("level\n\\E\n", "account", "get", "Acme", "-o", "csv", "--columns", "level")
		s.refused(exit.Refused, []string{"vip must be"}, "account", "update", "Acme", "--set", "vip=yes")
		s.refused(exit.Refused, []string{"ratio must be"}, "account", "update", "Acme", "--set", "ratio=")
		s.refused(exit.Refused, []string{`"rol"`, "level, vip, ratio, since"}, "account", "update", "Acme", "--set", "rol=1")
		s.refused(exit.Refused, []string{"role", "none yet", "roster field define --resource membership --slug role"}, "membership", "add", "Acme", "Ann", "--set", "role=1")
		s.refused(exit.Usage, []string{"--set vip=VALUE"}, "account", "update", "Acme", "--set", "vip")
		s.refused(exit.Usage, []string{"vip"}, "account", "update", "Acme", "--set", "vip=true", "--unset", "vip")
		s.must("field", "update", "account/vip", "--enabled=false")
		s.refused(exit.Refused, []string{`"vip"`}, "account", "update", "Acme", "--set", "vip=true")
	})
}

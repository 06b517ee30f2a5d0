package membership_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/roster-go/roster/membership"
)

func TestAStarOpensAPatternAtItsEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern string
		want    membership.Pattern
		fits    []string
		not     []string
	}{
		{
			"Ron", membership.Pattern{Text: "Ron"},
			[]string{"Ron"},
			[]string{"", "ron", "Rona", "aRon", "Ron "},
		},
		{
			"Ron*", membership.Pattern{Text: "Ron", OpenEnd: true},
			[]string{"Ron", "Rona", "Ron*", "RonRon"},
			[]string{"", "Ro", "aRon", "ron"},
		},
		{
			"*Ron", membership.Pattern{Text: "Ron", OpenStart: true},
			[]string{"Ron", "aRon", "*Ron"},
			[]string{"", "on", "Rona", "aron"},
		},
		{
			"*Ron*", membership.Pattern{Text: "Ron", OpenStart: true, OpenEnd: true},
			[]string{"Ron", "aRon", "Rona", "aRona"},
			[]string{"", "Ro", "aron", "R on"},
		},
		{
			"*", membership.Pattern{OpenStart: true, OpenEnd: true},
			[]string{"", "a", "*", "anything at all"},
			nil,
		},
		{
			"**", membership.Pattern{OpenStart: true, OpenEnd: true},
			[]string{"", "a", "*"},
			nil,
		},
		{
			"***", membership.Pattern{Text: "*", OpenStart: true, OpenEnd: true},
			[]string{"*", "a*b"},
			[]string{"", "a"},
		},
		{
			"R*n", membership.Pattern{Text: "R*n"},
			[]string{"R*n"},
			[]string{"Ron", "Rn"},
		},
		{
			"R*n*", membership.Pattern{Text: "R*n", OpenEnd: true},
			[]string{"R*n", "R*na"},
			[]string{"Ron", "Rona"},
		},
		{
			"", membership.Pattern{},
			[]string{""},
			[]string{"a", " "},
		},
		{
			"100%_[x]?.\\", membership.Pattern{Text: "100%_[x]?.\\"},
			[]string{"100%_[x]?.\\"},
			[]string{"100", "100aaxaa\\", "1000_[x]?.\\"},
		},
		{
			"%*", membership.Pattern{Text: "%", OpenEnd: true},
			[]string{"%", "%a"},
			[]string{"a", "a%"},
		},
		{
			"ü*", membership.Pattern{Text: "ü", OpenEnd: true},
			[]string{"ü", "über"},
			[]string{"u", "u\u0308", "Über"},
		},
	}
	for _, test := range tests {
		t.Run(test.pattern, func(t *testing.T) {
			t.Parallel()
			p := membership.ParsePattern(test.pattern)
			if p != test.want {
				t.Errorf("got %+v, want %+v", p, test.want)
			}
			for _, s := range test.fits {
				if !p.Match(s) {
					t.Errorf("%q does not fit", s)
				}
			}
			for _, s := range test.not {
				if p.Match(s) {
					t.Errorf("%q fits", s)
				}
			}
		})
	}
}

func TestFoldingAPatternFoldsItsTextOnly(t *testing.T) {
	t.Parallel()
	got := membership.ParsePattern("*straße*").Fold()
	if want := (membership.Pattern{Text: membership.Fold("straße"), OpenStart: true, OpenEnd: true}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFoldMakesTextsEqualThatDifferInCaseOnly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"ron", "RON", true},
		{"Ron 1 @[`{~", "rON 1 @[`{~", true},
		{"@", "`", false}, // 32 apart, like a letter and its capital
		{"[", "{", false},
		{"\x00", " ", false},
		{"über", "ÜBER", true},
		{"u\u0308ber", "über", false}, // not normalised
		{"ß", "ẞ", true},
		{"ß", "ss", false}, // one character stays one
		{"ß", "SS", false},
		{"ﬁ", "fi", false},
		{"K", "\u212a", true}, // the Kelvin sign
		{"k", "\u212a", true},
		{"Å", "\u212b", true}, // the Ångström sign
		{"å", "\u212b", true},
		{"s", "ſ", true}, // the long s
		{"S", "ſ", true},
		{"Σ", "σ", true},
		{"σ", "ς", true}, // final sigma
		{"ΟΔΥΣΣΕΥΣ", "οδυσσευς", true},
		{"µ", "μ", true}, // micro sign, mu
		{"i", "I", true},
		{"ı", "I", false}, // dotless i: no language is asked
		{"ı", "i", false},
		{"İ", "i", false},
		{"İ", "I", false},
		{"İ", "i\u0307", false},
		{"ǅ", "Ǆ", true}, // title case
		{"ǅ", "ǆ", true},
		{"Ж", "ж", true},
		{"Ⴀ", "ⴀ", true},
		{"𐐀", "𐐨", true}, // beyond the basic plane
		{"漢", "漢", true},
		{"1", "１", false},
		{"a", "ａ", false},
	}
	for _, test := range tests {
		if got := membership.Fold(test.a) == membership.Fold(test.b); got != test.want {
			t.Errorf("%q and %q fold together: %t", test.a, test.b, got)
		}
	}
}

// TestFoldKnowsEveryCharacter goes through all of Unicode.
func TestFoldKnowsEveryCharacter(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		folded := membership.Fold(s)
		if utf8.RuneCountInString(folded) != 1 {
			t.Fatalf("%U became %q", r, folded)
		}
		if membership.Fold(folded) != folded {
			t.Errorf("%U folds to %q, which folds further", r, folded)
		}
		if !strings.EqualFold(s, folded) {
			t.Errorf("%U folds to %q, which is not the same letter", r, folded)
		}
		for _, other := range []rune{unicode.ToUpper(r), unicode.ToLower(r), unicode.ToTitle(r), unicode.SimpleFold(r)} {
			if got, want := membership.Fold(string(other)) == folded, strings.EqualFold(s, string(other)); got != want {
				t.Errorf("%U and %U fold together: %t, want %t", r, other, got, want)
			}
		}
	}
}

func TestFoldAgreesWithEqualFold(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	const letters = "aAkK\u212asSſßẞσΣςiIıİåÅ\u212bµμΜ"
	word := func() string {
		runes := []rune(letters)
		var b strings.Builder
		for range random.IntN(4) {
			b.WriteRune(runes[random.IntN(len(runes))])
		}
		return b.String()
	}
	for range 20_000 {
		checkFold(t, word(), word())
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Straße", "STRASSE")
	f.Add("\u212a", "k")
	f.Add("ς", "Σ")
	f.Add("ı", "I")
	f.Add("\ufffd", "\ufffd")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "?"), strings.ToValidUTF8(b, "?")
		checkFold(t, a, b)
		checkFold(t, a, strings.ToUpper(a))
		checkFold(t, a, strings.ToLower(a))
		if p := membership.ParsePattern(b); p.Match(a) && !p.Fold().Match(membership.Fold(a)) {
			t.Errorf("%q fits %q letter for letter but not whatever the case", a, b)
		}
	})
}

func checkFold(t *testing.T, a, b string) {
	t.Helper()
	if got, want := membership.Fold(a) == membership.Fold(b), strings.EqualFold(a, b); got != want {
		t.Errorf("%q and %q fold together: %t; strings.EqualFold says %t", a, b, got, want)
	}
}

package torture

import "strings"

// Texts are what a text may be that is told to something which takes it for more: to SQL, LIKE, a regular expression, a JSON
// path, a filter, a spreadsheet, a template, HTML, a log, a terminal, a shell, a path, a header. Some are valid names, some are
// not. [Unstorable] are those that nothing may keep.
var Texts = append([]string{
	"", " ", "plain",
	`' OR 1=1 --`, `'; DROP TABLE roster_accounts; --`, `" OR ""="`, `'||(SELECT version())||'`, "`id`", `/*`, `*/`, `--`, `;`, `'`, `''`, `"`, `'"\`,
	`%`, `_`, `\`, `\%`, `\\`, `%%`, `__`, `100%_sure`, `*`, `**`, `*a*`, `?`, `[a-z]`, `[^a]`, `a{1,9}`, `(a|b)*`, `^$`, `.`, `.*`, `\d+`, `\Q`, `(?i)`,
	`$`, `$.name`, `$[0]`, `$1`, `:1`, `?1`, `@p`, `{}`, `[]`, `{"a":1}`, `#>>'{a}'`, `->>`, `\u0000`, `\x00`, `\ud800`, `\n`, `%00`, `%zz`, `%27`, `+`, `&`, `#`, `a=b&c=d`,
	`eq(name,x)`, `)|eq(name,x`, `):eq(name,x)`, `,`, `:`, `|`, `(`, `)`,
	`0`, `-0`, `+5`, `1e400`, `NaN`, `Infinity`, `007`, `1.0`, `true`, `null`, `NULL`, `None`, `undefined`, `2021-02-23`, `00000000-0000-0000-0000-000000000000`,
	`{{.}}`, `{{template "x"}}`, `${jndi:ldap://x}`, `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</textarea>`, `&amp;`, `<!--`, `]]>`, `javascript:alert(1)`,
	`=cmd|' /C calc'!A0`, `+1`, `-1`, `@SUM(A1)`, "\t=1", `\N`, `\E`, `a,b;c`, "a\tb", `sep=;`,
	`../../etc/passwd`, `..`, `a/b`, `C:\x`, `~`, `$(id)`, "a|b>c", `__proto__`, `constructor`, `toString`, `data`, `id`, `type`, `-o`, `--help`, `a@b.example`, `"a b"@b.example`,
	"two\nlines", "two\r\nlines", "\r", "\n", " around ", "a\x01b", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x7f", "\u0085", "\u2028", "\u2029", "\ufeff", "\ufeffbom", "\ufffd", "\ufffe", "\U0010ffff",
	"\u202egnirts", "\u200b", "a\u200bb", "\u00a0", "e\u0301", "é", "É", "ß", "SS", "ſ", "İ", "ı", "ǆ", "Σ", "ς", "K", "k", "１", "漢字", "\U0001F9D1\u200d\U0001F91D", "Z\u0351\u036b\u0343a",
	strings.Repeat("x", 63), strings.Repeat("x", 64), strings.Repeat("漢", 2048), strings.Repeat("漢", 2049), strings.Repeat("%", 2048), strings.Repeat("'", 2048),
	strings.Repeat("a\u0301", 1024), strings.Repeat("*", 300),
}, Unstorable...)

// Unstorable are texts that nothing may keep, because engines differ about them: those with a NUL character, and those that
// are not valid UTF-8.
var Unstorable = []string{"\x00", "a\x00b", "nul at the end\x00", "\xff", "a\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf4\x90\x80\x80"}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// reportFormat is how a command tells what it has done or found, where that is no list of rows: the flag --output.
type reportFormat struct{ format string }

func (a *reportFormat) flag(c *cobra.Command) {
	c.Flags().StringVarP(&a.format, "output", "o", formatTable, "`format`: table for people, json for programs")
	complete(c, "output", formatTable, formatJSON)
}

func (a *reportFormat) check() error {
	if a.format != formatTable && a.format != formatJSON {
		return usagef("--output is %q, but must be table or json", a.format)
	}
	return nil
}

// give writes what there is to say: for people by a function, for programs as JSON.
func (a *reportFormat) give(w io.Writer, v any, table func(io.Writer)) error {
	if a.format == formatJSON {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		return outputError(e.Encode(v))
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	table(t)
	return outputError(t.Flush())
}

// grouped spells a number with a comma between thousands.
func grouped[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// bytesText spells a number of bytes.
func bytesText(n int64) string {
	const step = 1000
	if n < step {
		return fmt.Sprintf("%d B", n)
	}
	size, unit := float64(n)/step, 0
	for ; size >= step && unit < 3; unit++ {
		size /= step
	}
	return fmt.Sprintf("%.1f %s", size, []string{"kB", "MB", "GB", "TB"}[unit])
}

package main

import "testing"

func TestPairsAreDifferent(t *testing.T) {
	t.Parallel()
	for _, w := range []world{
		{Accounts: full.accounts, Members: full.members},
		{Accounts: full.lists, Members: 4 * full.each},
		{Accounts: tiny.accounts, Members: tiny.members},
		small,
	} {
		seen, each := map[[2]int]bool{}, make([]int, w.Accounts)
		for n := range min(w.room(), 1_000_000) {
			account, member := w.pair(n)
			seen[[2]int{account, member}] = true
			each[account]++
			if len(seen) != n+1 {
				t.Fatalf("%+v: pair %d came before", w, n)
			}
			if each[account] > n/w.Accounts+1 {
				t.Fatalf("%+v: account %d has its %d. membership, as number %d", w, account, each[account], n)
			}
		}
	}
}

func TestMedianAndPercentiles(t *testing.T) {
	t.Parallel()
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for p, want := range map[int]int{1: 1, 50: 50, 99: 99, 100: 100} {
		if got := percentile(hundred, p); got != want {
			t.Errorf("percentile %d is %d, want %d", p, got, want)
		}
	}
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 2, 9}, 3}, {nil, 0}} {
		if got := median(c.values); got != c.want {
			t.Errorf("the median of %v is %v, want %v", c.values, got, c.want)
		}
	}
}

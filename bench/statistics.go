package main

import "slices"

// percentile is the value that p percent of the sorted values do not exceed; the zero value when there are none.
func percentile[T any](sorted []T, p int) T {
	if len(sorted) == 0 {
		var none T
		return none
	}
	return sorted[(len(sorted)*p+99)/100-1]
}

// median is the middle of the values, or of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (percentile(sorted, 50) + percentile(sorted, 51)) / 2
}

// medianOf is the median of what of says about each.
func medianOf[T any](all []T, of func(T) float64) float64 {
	values := make([]float64, len(all))
	for i, one := range all {
		values[i] = of(one)
	}
	return median(values)
}

// Package transfer moves rows between roster and files: exports that can be imported again, and imports of what people
// have, as newline-delimited JSON, as CSV, or as the lists that the API answers with.
package transfer

// Row is one row of a file as it was read: nothing has been made of it yet.
type Row struct {
	// Line is where the row begins in its file, from 1.
	Line int

	// Data is what the row says, by the names that the API has. Values are those of strict JSON: string, json.Number,
	// bool, nil, map[string]any and []any. What is not said is not in it. It is nil where Err is not.
	Data map[string]any

	// Texts says that scalar values are texts, because the file knows nothing else: "12" may be a number and "true" a
	// truth value, whichever the attribute is.
	Texts bool

	// Source is the row's own text, for whoever wants to mend and try it again: a line without its end, or a record of CSV.
	Source string

	// spelled is how a table spells those of the names in Data that it spells otherwise than the API, by the API's names.
	spelled map[string]string

	// Err says why the row could not be read.
	Err error
}

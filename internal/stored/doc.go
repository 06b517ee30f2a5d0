// Package stored is how stores with SQL keep what has no column type of its own: values of custom fields, parts of field
// definitions, images of changes; and which definitions a row was read with. It knows no SQL.
//
// # Values of custom fields
//
// Those of a row are the text of one JSON object:
//
//	{"vat":"DE1","seats":12,"rate":1.50,"since":"2024-02-29","$keys":{"rate":4609434218613702656,"since":1709164800000}}
//
// Floats and dates keep the spelling that they were given, which is not what they are compared by. That is below
// [KeysName]: a whole number, [membership.Value.Number], which lists compare and indexes have. Why not the spelling: what
// an engine makes of a float's text is its own affair, and might be another float than Go's.
//
// # Definitions
//
// A row can only be read with the definitions of its custom fields, which hardly ever change. So a store keeps them in a
// [Cache], and each statement that reads rows reads the definitions' version with them, a number that is drawn anew
// whenever one changes, whoever changes it. Those in the cache are used where they have that very version: nothing stale
// is ever used, and the version of a change that was rolled back does not come again.
package stored

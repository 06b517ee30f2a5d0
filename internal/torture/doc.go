// Package torture is what the tests of docs/reliability.md share: how long they go on, how they tell what they found, and
// processes and file systems of their own that may be broken. The tests are in the folders below, by the kind of trouble, or
// in the room that they are about; every one of them ends with [Report].
//
// They run in a short form with all other tests. `make torture` runs the long form and prints what each of them reported
// as one table.
package torture

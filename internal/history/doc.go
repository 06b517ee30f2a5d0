// Package history records what clients ask and are answered about accounts with few seats, and finds out whether a single
// server that does one thing at a time could have answered the same: whether the history is linearizable. The tests that
// ask so of a store, of the program and of several servers on one database share its model.
package history

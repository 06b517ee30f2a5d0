//go:build race

package sqlitestore_test

// mayAllocate is how many bytes may be allocated in all while a database file is looked at. The race detector makes
// sync.Pool drop things at random, and goose keeps a buffer of 4 MiB in one for every statement that it splits off.
const mayAllocate = 2 << 30

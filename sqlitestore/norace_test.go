//go:build !race

package sqlitestore_test

// mayAllocate is how many bytes may be allocated in all while a database file is looked at.
const mayAllocate = 256 << 20

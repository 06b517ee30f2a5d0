//go:build !unix

package sqlitestore

// keepOwner does nothing where a file has the rights of its folder.
func keepOwner(string, string) error { return nil }

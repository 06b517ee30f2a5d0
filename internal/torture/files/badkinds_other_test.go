//go:build !linux

package files_test

import "errors"

// runOnReadOnlyMount is for Linux, as is the test that needs it.
func runOnReadOnlyMount([]string) error { return errors.ErrUnsupported }

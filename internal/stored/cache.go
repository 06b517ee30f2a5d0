package stored

import "sync/atomic"

// Cache keeps the definitions that were read last. The zero value is ready, and any number of goroutines may use it.
type Cache struct{ last atomic.Pointer[Schemas] }

// Get returns them; [NoSchemas] when none were read.
func (c *Cache) Get() *Schemas {
	if s := c.last.Load(); s != nil {
		return s
	}
	return NoSchemas
}

// At returns those of a version; nil when they are not known.
func (c *Cache) At(version int64) *Schemas {
	for _, s := range []*Schemas{NoSchemas, c.Get()} {
		if s.Version == version {
			return s
		}
	}
	return nil
}

// Keep makes them those that were read last.
func (c *Cache) Keep(s *Schemas) { c.last.Store(s) }

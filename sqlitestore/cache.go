package sqlitestore

import "container/list"

// maxStatements bounds how many statements are kept prepared. The fixed ones and the usual lists are about 80; a filter
// can have any shape a client likes, so those that were not used for longest make room.
const maxStatements = 150

// cache keeps what was made of a query, for the queries that were used last.
type cache[V any] struct {
	max     int
	byQuery map[string]*list.Element
	recent  list.List // of cached[V], the last used first
}

type cached[V any] struct {
	query string
	value V
}

func newCache[V any]() *cache[V] {
	return &cache[V]{max: maxStatements, byQuery: make(map[string]*list.Element)}
}

// get finds a query's value, which is the last used then.
func (c *cache[V]) get(query string) (v V, ok bool) {
	place := c.byQuery[query]
	if place == nil {
		return v, false
	}
	c.recent.MoveToFront(place)
	return place.Value.(cached[V]).value, true
}

// add keeps the value of a query that has none, and drops the one that was not used for longest when it is one too many.
func (c *cache[V]) add(query string, v V, drop func(V)) {
	c.byQuery[query] = c.recent.PushFront(cached[V]{query, v})
	if c.recent.Len() > c.max {
		c.remove(c.recent.Back(), drop)
	}
}

// clear drops them all.
func (c *cache[V]) clear(drop func(V)) {
	for c.recent.Len() > 0 {
		c.remove(c.recent.Front(), drop)
	}
}

func (c *cache[V]) remove(place *list.Element, drop func(V)) {
	old := c.recent.Remove(place).(cached[V])
	delete(c.byQuery, old.query)
	drop(old.value)
}

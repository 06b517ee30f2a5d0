package main

import "slices"

const (
	// writers is how many create at once.
	writers = 64
	// clients is how many read over HTTP at once.
	clients = 8
)

// works is everything that is measured, in the order of the table.
func (b *bench) works() []work {
	return slices.Concat(b.creates(), b.questions(), b.pages(), []work{b.imports()}, b.growth(), b.onPostgres())
}

func (b *bench) creates() []work {
	many, one := b.creating(writers), b.creating(1)
	return []work{
		byTurns("create, 64 goroutines",
			many.beside("raw", openRaw, atLeast(3)),
			many.beside("raw, default pool", openPool, atLeast(10)),
			many.beside("PocketBase", openPocketBase, atLeast(2)),
			many.beside("OpenFGA", openOpenFGA),
			many.roster("roster", openRoster, even(4))),
		byTurns("create, 1 goroutine",
			one.beside("raw", openRaw, atLeast(0.9)),
			one.beside("PocketBase", openPocketBase),
			one.beside("OpenFGA", openOpenFGA),
			one.roster("roster", openRoster, allocations(60))),
		byTurns("create over HTTP, 64 clients",
			many.beside("PocketBase", openPocketBaseClient, atLeast(2), lessCPU(1./3)),
			many.roster("roster", openRosterClient)),
	}
}

func (b *bench) questions() []work {
	ask := b.reading(asks, 0)
	return []work{
		byTurns("is-member",
			ask.beside("raw", openRaw, asLong(1.3)),
			ask.beside("PocketBase", openPocketBase),
			ask.beside("OpenFGA", openOpenFGA),
			ask.roster("roster", openRoster)),
		byTurns("is-member in memory",
			ask.beside("map behind a lock", openMap, asLong(3)),
			ask.beside("casbin, HasRoleForUser", openCasbin, atLeast(10)),
			ask.beside("casbin, HasGroupingPolicy", openCasbinRules),
			ask.beside("casbin, Enforce", openCasbinEnforcer),
			ask.roster("roster, memory", openRosterInMemory)),
	}
}

func (b *bench) pages() []work {
	first, far := b.reading(lists(0), 0), b.reading(lists(b.each-4*pageSize), 0)
	page, expanded := b.reading(pages(false), clients), b.reading(pages(true), clients)
	return []work{
		byTurns("25 newest of 1000 with the total",
			first.beside("raw, without the total", openRaw, asLong(1.3)),
			first.beside("PocketBase", openPocketBase),
			first.beside("casbin, all 1000", openCasbin),
			first.beside("roster, memory", openRosterInMemory),
			first.roster("roster", openRoster)),
		byTurns("25 of 1000 behind 900",
			first.beside("roster, behind none", openRoster, asLong(3.5)),
			far.roster("roster, behind 900", openRoster)),
		byTurns("25 newest of 1000 with the total over HTTP, 8 clients",
			page.beside("PocketBase", openPocketBaseClient, atLeast(8), comparedCPU),
			page.beside("PocketBase, indexes by time", openPocketBaseIndexedClient, compared, comparedCPU),
			page.roster("roster", openRosterClient)),
		byTurns("25 newest of 1000 with the total and their members over HTTP, 8 clients",
			expanded.beside("PocketBase", openPocketBaseClient, atLeast(8), comparedCPU),
			expanded.beside("PocketBase, indexes by time", openPocketBaseIndexedClient, compared, comparedCPU),
			expanded.roster("roster", openRosterClient)),
	}
}

func (b *bench) imports() work {
	into := world{Accounts: b.accounts, Members: b.members}
	return byTurns("import of "+thousands(float64(b.imported)),
		imports("raw, no rules asked", openRaw, into, b.imported, atLeast(0.5)),
		imports("roster", openRoster, into, b.imported))
}

func (b *bench) growth() []work {
	return []work{
		{"a membership on disk, with all indexes, without the log", onDisk},
		{"a membership in memory, without the log", inHeap},
		b.growing("is-member as the file grows", 2, task{operate: asks}),
		b.growing("25 newest of 1000 as the file grows", 2, task{operate: lists(0)}),
		b.growing("create as the file grows, 1 goroutine", 1.5, task{operate: joins, goroutines: 1, creates: true}),
		b.growing("create as the file grows, 64 goroutines", 1.5, task{operate: joins, goroutines: writers, creates: true}),
		{"opening the large file", opening},
		{"memory of a server of lists from the large file", resident},
	}
}

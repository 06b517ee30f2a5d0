# Everything a contributor runs. `make` lists the targets; `make check` is exactly what CI runs (.ci/run).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

GOLANGCI_VERSION := v2.15.0
GOVULNCHECK_VERSION := v1.1.4
GORELEASER_VERSION := v2.13.3

# Tools live in ./bin under their version, so that a new version installs itself and an old one is not used by mistake.
GOLANGCI ?= bin/golangci-lint-$(GOLANGCI_VERSION)
GOVULNCHECK ?= bin/govulncheck-$(GOVULNCHECK_VERSION)
GORELEASER ?= bin/goreleaser-$(GORELEASER_VERSION)

# What is embedded in other people's programs has to be tested this well, in percent of statements. storetest is test
# code whose failing branches run only when a store is broken; the others are printed without a floor.
COVER_FLOOR := 90
COVER_ROOMS := . membership store memstore sqlitestore httpadapter

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
FUZZTIME ?= 30s
BENCHTIME ?= 1s
BENCH ?= .

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: check
check: ## Everything that CI runs, from a clean clone on
	@.ci/run

.PHONY: test
test: ## All tests
	go test ./...

# Why without checkptr in modernc's packages: they are C that was translated, and checking its pointer arithmetic takes
# as long as all the tests. Races are looked for everywhere.
# Why the timeout: sqlitestore takes more than half of go's ten minutes, and all of it on a busy machine.
RACE := -race -gcflags=modernc.org/...=-d=checkptr=0 -timeout 30m

.PHONY: race
race: ## All tests under the race detector
	go test $(RACE) ./...

# Why CI: asked for by name, it fails when npm cannot install the SDK. Without Node.js it skips that part.
.PHONY: compat
compat: ## The official JavaScript SDK and the other clients' requests, against the built binary
	@CI=true go test -count=1 -json ./compat | go run .ci/testreport.go

.PHONY: cover
cover: ## All tests under the race detector, coverage per package, and the floor
	@mkdir -p build
	@go test $(RACE) -json -covermode=atomic -coverprofile=build/coverage.out ./... | tee build/test.jsonl | go run .ci/testreport.go -totals build/totals
	@go run .ci/coverage.go -floor $(COVER_FLOOR) build/coverage.out $(COVER_ROOMS)

.PHONY: lint
lint: $(GOLANGCI) ## golangci-lint, which checks the format and the import rules too
	$(GOLANGCI) run ./...

.PHONY: vet
vet: ## go vet, for this machine and for Windows
	go vet ./...
	CGO_ENABLED=0 GOOS=windows go vet ./...

.PHONY: fmt
fmt: $(GOLANGCI) ## Format every Go file
	$(GOLANGCI) fmt ./...

.PHONY: fmt-check
fmt-check: ## Fail when a Go file is not formatted
	@unformatted=$$(git ls-files -co --exclude-standard '*.go' | xargs -r gofmt -l); \
	if [ -n "$$unformatted" ]; then printf 'run make fmt, these are not formatted:\n%s\n' "$$unformatted"; exit 1; fi

.PHONY: bench
bench: ## Benchmarks (BENCH=regexp BENCHTIME=1s)
	go test -run '^$$' -bench '$(BENCH)' -benchtime $(BENCHTIME) -benchmem ./...

.PHONY: peers
peers: ## roster beside its peers, one table, in 10 minutes (PEERS='-work import -rounds 3'; PEERS='-work "on PostgreSQL"')
	@cd bench && go run . $(PEERS)

# The nested module: a root command does not reach it.
.PHONY: bench-check
bench-check: $(GOLANGCI) ## Vet, lint, tidy and test bench/; each of its works runs once, with little data
	cd bench && go vet ./...
	cd bench && ../$(GOLANGCI) run ./...
	.ci/tidy bench
	@$(MAKE) -C bench -f ../Makefile libc-check
	cd bench && go test ./...

# Why compat and the others: a promise is tested in the room that it is about. What a test reports, wherever it stands, is a
# row of the table.
TORTURED := ./internal/torture/... ./compat ./httpadapter ./internal/transfer ./internal/console ./cmd/roster

.PHONY: torture
torture: fuzz ## Crash, power loss, full disk and the rest, in their long form; writes the table of docs/reliability.md
	@TORTURE=full go test -count=1 -timeout 3h -p 1 -json $(TORTURED) | go run .ci/reliability.go -v -fuzz build/fuzz.log -write docs/reliability.md

.PHONY: reliability
reliability: ## The table of the short form, from what `make cover` and `make fuzz` left
	@go run .ci/reliability.go -fuzz build/fuzz.log <build/test.jsonl

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME=30s, one after the other; those that compare stores three times as long
	@mkdir -p build
	@.ci/fuzz $(FUZZTIME) | tee build/fuzz.log

.PHONY: cross
cross: ## Build for every platform, without cgo
	@for platform in $(PLATFORMS); do \
		echo "$$platform"; \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} go build ./...; \
	done

.PHONY: tidy
tidy: ## go mod tidy, in bench/ too
	go mod tidy
	cd bench && go mod tidy

.PHONY: tidy-check
tidy-check: ## Fail when go.mod or go.sum is not tidy
	.ci/tidy .
	@go mod verify

# Why: modernc.org/libc and modernc.org/sqlite are generated for each other; another pair compiles, and misbehaves.
.PHONY: libc-check
libc-check: ## Fail when modernc.org/libc is not the version that modernc.org/sqlite names
	@have=$$(go list -m -f '{{.Version}}' modernc.org/libc); \
	want=$$(awk '$$1 == "modernc.org/libc" || $$2 == "modernc.org/libc" { print $$(NF > 2 && $$1 == "require" ? 3 : 2); exit }' "$$(go list -m -f '{{.GoMod}}' modernc.org/sqlite)"); \
	if [ "$$have" != "$$want" ]; then echo "modernc.org/libc is $$have, modernc.org/sqlite wants $$want: go get modernc.org/libc@$$want"; exit 1; fi; \
	echo "modernc.org/libc $$have"

.PHONY: vuln
vuln: $(GOVULNCHECK) ## govulncheck; skipped, and said so, when its database cannot be reached
	@mkdir -p build
	@if timeout 120 $(GOVULNCHECK) ./... >build/vuln.log 2>&1; then cat build/vuln.log; \
	elif grep -q 'fetching vulnerabilities' build/vuln.log; then echo 'SKIPPED: the vulnerability database cannot be reached'; \
	else cat build/vuln.log; exit 1; fi

.PHONY: dist
dist: ## What is released, in build/dist: archives for every platform, bills of materials, checksums
	scripts/dist build/dist

.PHONY: reproducible
reproducible: ## Build this commit in two places and compare the programs (FRESH=1: without a build cache)
	scripts/dist --check

.PHONY: packaging
packaging: ## Check the systemd units and the goreleaser configuration, as far as their tools are to be had
	.ci/packaging $(GORELEASER) $(GORELEASER_VERSION)

.PHONY: clean
clean: ## Remove what the other targets made, the installed tools too
	rm -rf bin build

bin/golangci-lint-$(GOLANGCI_VERSION):
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	@mv bin/golangci-lint $@

bin/govulncheck-$(GOVULNCHECK_VERSION):
	GOBIN=$(CURDIR)/bin go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	@mv bin/govulncheck $@

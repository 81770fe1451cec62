# Everything a newcomer or CI does starts here. The work itself is in bin/bulkhead and scripts/.
.DEFAULT_GOAL := help
.PHONY: help build deps run test prove bench check clean

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unversioned)
COMMIT ?= $(shell git rev-parse HEAD 2>/dev/null)

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

build: ## build bin/bulkhead
	$(GO) build -ldflags '-X main.release=$(VERSION) -X main.builtFrom=$(COMMIT)' -o bin/bulkhead ./cmd/bulkhead

deps: ## install PostgreSQL 15, PgBouncer, Redis and Python's venv where they are missing
	@scripts/deps

run: deps build ## the main job: stack, seed, checked load, verdict; the report is in out/latest
	@bin/bulkhead run

test: build ## all tests, fast ones first, then those on real servers
	@scripts/deps tests
	@scripts/test

prove: build ## what CI has no time for: the whole matrices, goes on where it was interrupted
	@scripts/deps tests
	@scripts/prove

bench: deps build ## bulkhead's own speed and memory, side by side with pgbench and psql; figures in out/bench.json
	@bin/bulkhead bench

check: ## formatting and vet, in seconds
	@scripts/check

clean: ## remove what was built and run here; kept states and Python environments stay in the cache
	rm -rf bin out

# What people type. `make help` lists it.

SHELL := /bin/bash
MAKEFLAGS += --no-builtin-rules

# Where .ci/setup puts programs that the system lacks.
export PATH := $(CURDIR)/target/tools/bin:$(PATH)

# The portal and the build tool in one build, so that what both use is compiled once.
CARGO_FLAGS = --features site
WASM_FLAGS = --lib --target wasm32-unknown-unknown --no-default-features --features hydrate \
	--profile wasm

ISLANDS = target/wasm32-unknown-unknown/wasm/cordon.wasm
SITE = target/site
SITE_SOURCES = $(shell find style public -type f)

.PHONY: help run build test lint unit end2end fuzz-api mutations bench attack audit clean-data
.DEFAULT_GOAL := help

help: ## Show this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1 /p' $(MAKEFILE_LIST) | \
		while read -r goal words; do printf 'make %-11s %s\n' "$$goal" "$$words"; done

run: setup-postgres build ## Start the portal with example data on http://127.0.0.1:3000
	exec target/release/cordon serve --demo

build: target/release/cordon target/site.release ## Make target/release/cordon and target/site

test: setup-rust setup-postgres setup-pgbouncer setup-wasm setup-end2end setup-python setup-r ## Run every check and test
	@result=0; \
	$(MAKE) --no-print-directory lint unit end2end fuzz-api || result=$$?; \
	.ci/stop-postgres target/test-postgres; \
	.ci/stop-postgres --forget target/test-timescale; \
	exit $$result

lint: setup-rust setup-wasm setup-python3 ## Check the format, the list of mutations, and what clippy says of both halves
	cargo fmt --check
	.ci/mutations --check
	cargo clippy $(CARGO_FLAGS) --all-targets -- -D warnings
	wasm-cargo clippy $(WASM_FLAGS) -- -D warnings

unit: setup-rust setup-postgres setup-pgbouncer ## Run the tests in src, with a PostgreSQL they start themselves
	cargo test $(CARGO_FLAGS)

end2end: setup-postgres setup-end2end target/debug/cordon target/site.debug ## Journeys in a browser
	.ci/stop-postgres --forget target/end2end-data
	npm --prefix end2end test

fuzz-api: setup-postgres setup-python setup-r target/debug/cordon target/site.debug ## Ask the interface for programs whatever a tester thinks of
	end2end/api.sh

attack: setup-postgres setup-attack target/debug/cordon target/site.debug ## Attack a live portal with sqlmap, Wapiti and Schemathesis
	end2end/attack/run.sh

# CORDON_ADVISORIES names a copy of the advisory database, for a machine that cannot reach it.
audit: setup-rust setup-audit ## Look the crates up among known advisories, and read their licences
	$(if $(CORDON_ADVISORIES),GIT_CONFIG_COUNT=1 GIT_CONFIG_VALUE_0=https://github.com/RustSec/advisory-db \
		GIT_CONFIG_KEY_0='url.file://$(abspath $(CORDON_ADVISORIES)).insteadOf' )cargo deny check

mutations: setup-rust setup-postgres setup-python3 ## Switch each control of SECURITY.md off and see its test go red: minutes
	.ci/mutations

bench: setup-postgres setup-python build ## Measure what it costs, beside what it could cost
	cargo bench $(CARGO_FLAGS) --bench cost

clean-data: ## Forget what `make run` has stored in data/
	.ci/stop-postgres --forget data

# --- how -----------------------------------------------------------------------------------

# Quick when everything is there, so it is asked every time.
setup-%:
	@.ci/setup $*

# Cargo knows better than make what is out of date.
.PHONY: FORCE

target/%/cordon target/%/build-site: FORCE | setup-rust
	cargo build $(CARGO_FLAGS) --bins $(if $(filter release,$*),--release)

$(ISLANDS): FORCE | setup-rust setup-wasm
	wasm-cargo build $(WASM_FLAGS)

# The same site, made by the build tool that is at hand.
target/site.%: target/%/build-site $(ISLANDS) $(SITE_SOURCES)
	$< $(ISLANDS) $(SITE)
	@touch $@

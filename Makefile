# Everything that one does with Konektor. `make help` lists the targets.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
# Cargo uses all cores already, and the end-to-end tests need the binary that the steps before them build.
.NOTPARALLEL:

# On CI a lock file that does not fit Cargo.toml is a failure; at home Cargo may mend it.
LOCKED := $(if $(CI),--locked)
# Nor is anything compiled a second time there, so nothing need be noted for it, or looked at in a debugger: a panic says its
# line without.
ifdef CI
export CARGO_INCREMENTAL := 0
export CARGO_PROFILE_DEV_DEBUG := 0
endif
TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))

# npm writes this file last, so it is the stamp of a finished installation: done once, and again when the lock changes.
REFERENCE_DATA := reference-data/node_modules/.package-lock.json
WEB_MODULES := web/node_modules/.package-lock.json
WEB_DIST := web/dist/index.html
E2E_MODULES := e2e/node_modules/.package-lock.json

.PHONY: help run test lint test-rust test-web test-e2e ha bench torture web reference-data fmt

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

run: $(REFERENCE_DATA) $(WEB_DIST) ## build Konektor and start its demo: a throwaway workspace with a link to click
	@scripts/need cargo
	cargo run --release $(LOCKED) --package konektor -- demo

test: lint test-rust test-web test-e2e ## run everything that CI runs; installs what is missing
	@echo "make test: formatting, lints, Rust tests, doc tests, the dashboard's tests and end-to-end tests passed"

lint: $(REFERENCE_DATA) ## check formatting, lints and the supply chain
	@scripts/need cargo node
	node scripts/supply-chain.mjs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets $(LOCKED) -- -D warnings

# The server and its API once more on PostgreSQL; the store's own tests have both databases, and what is not named here looks
# into SQLite's files, or at nothing that a database changes.
ON_POSTGRES := --package konektor --lib --bins --test visits --test hooks --test pages --test live --test kill --test shutdown \
	--test degraded --test erase $(LOCKED)

BESIDE_POSTGRES := scripts/in-memory scripts/postgres

# nextest runs each test in a process of its own and knows no doc tests; without it, Cargo's own runner does. The tests
# of the store run on SQLite and on a PostgreSQL of their own. In memory, since thousands of databases that sync need not wait
# for a slow disk.
test-rust: $(REFERENCE_DATA) ## run the Rust tests
	@scripts/need cargo
	if cargo nextest --version >/dev/null 2>&1; \
	then $(BESIDE_POSTGRES) cargo nextest run --workspace $(LOCKED); \
	     KONEKTOR_TEST_DATABASE=postgres $(BESIDE_POSTGRES) cargo nextest run $(ON_POSTGRES); \
	else $(BESIDE_POSTGRES) cargo test --workspace --lib --bins --tests $(LOCKED); \
	     KONEKTOR_TEST_DATABASE=postgres $(BESIDE_POSTGRES) cargo test $(ON_POSTGRES); fi
	cargo test --workspace --doc $(LOCKED)

test-web: $(WEB_MODULES) ## check the dashboard's types and run its tests
	@scripts/need node
	cd web && npm run check && npm test

# The debug binary is what the Rust tests have built just now: nothing is compiled twice.
test-e2e: $(REFERENCE_DATA) $(WEB_DIST) $(E2E_MODULES) ## run the end-to-end tests in Chromium
	@scripts/need cargo node chromium
	cargo build --workspace --bins $(LOCKED)
	cd e2e && KONEKTOR_BIN=$(TARGET)/debug/konektor ../scripts/in-memory npm test

# Too heavy for every run: it breaks a PostgreSQL cluster again and again for some minutes.
ha: $(REFERENCE_DATA) ## break three nodes, HAProxy and a PostgreSQL cluster while visitors click (HA_VISITS, HA_SECONDS)
	@scripts/need cargo node
	cargo build $(LOCKED) --package konektor
	KONEKTOR_BIN=$(TARGET)/debug/konektor ha/run

bench: $(REFERENCE_DATA) $(WEB_DIST) ## measure the click path beside nginx (BENCH_SECONDS, BENCH_ROUNDS, BENCH_LEADS)
	@scripts/need cargo node nginx wrk taskset
	cargo build --release $(LOCKED) --package konektor --package konektor-fake-platforms
	KONEKTOR_BIN=$(TARGET)/release/konektor bench/run

# The tests that try to break what is promised, at full length: docs/reliability.md has their figures. Where speed counts, the
# tests and the binary are optimised, and both sides of ten thousand sockets need as many open files as the machine allows.
torture: $(REFERENCE_DATA) $(WEB_DIST) ## try to break what is promised, for hours (KONEKTOR_KILL_ROUNDS, …: docs/reliability.md)
	@scripts/need cargo node python3 curl
	cargo build --release $(LOCKED) --package konektor
	KONEKTOR_FAULTS=all cargo test $(LOCKED) --package konektor-store --test faults --test older -- --nocapture
	KONEKTOR_MONTH_DAYS=$${KONEKTOR_MONTH_DAYS:-31} cargo test $(LOCKED) --package konektor-store --test month -- --nocapture
	KONEKTOR_KILL_ROUNDS=$${KONEKTOR_KILL_ROUNDS:-200} cargo test $(LOCKED) --package konektor --test kill -- --nocapture
	KONEKTOR_POWER_CUTS=$${KONEKTOR_POWER_CUTS:-100} cargo test $(LOCKED) --package konektor --test power -- --nocapture
	KONEKTOR_ERASE_PERSONS=$${KONEKTOR_ERASE_PERSONS:-100} cargo test $(LOCKED) --package konektor --test erase --test backup
	cargo test $(LOCKED) --package konektor --test degraded --test hooks --test delivery --test webhooks --test bad_input --test clock
	ulimit -n $$(ulimit -Hn); export KONEKTOR_BIN=$(TARGET)/release/konektor; \
	    KONEKTOR_HOSTILE_REQUESTS=$${KONEKTOR_HOSTILE_REQUESTS:-10000000} \
	    KONEKTOR_SLOW_SOCKETS=$${KONEKTOR_SLOW_SOCKETS:-5000} KONEKTOR_SLOW_SECONDS=$${KONEKTOR_SLOW_SECONDS:-60} \
	    cargo test --release $(LOCKED) --package konektor --test hostile -- --nocapture --test-threads 1; \
	    KONEKTOR_SOAK_SECONDS=$${KONEKTOR_SOAK_SECONDS:-1800} \
	    cargo test --release $(LOCKED) --package konektor --test soak -- --nocapture; \
	    scripts/scan
	export PROPTEST_CASES=$${PROPTEST_CASES:-20000}; \
	    cargo test $(LOCKED) --package konektor-core --test hostile; cargo test $(LOCKED) --package konektor --lib -- any_

web: $(WEB_DIST) ## build the dashboard

$(WEB_DIST): $(WEB_MODULES) crates/server/openapi.snapshot.json web/index.html web/vite.config.ts $(shell find web/src web/public -type f ! -name schema.d.ts)
	@scripts/need node
	cd web && npm run build
	@touch $@

reference-data: $(REFERENCE_DATA) ## fetch bot patterns and the country database

fmt: ## format the Rust code
	cargo fmt --all

# --ignore-scripts: the packages are data and a library; nothing of theirs has to run while being installed.
$(REFERENCE_DATA) $(WEB_MODULES) $(E2E_MODULES): %/node_modules/.package-lock.json: %/package.json %/package-lock.json
	@scripts/need node
	cd $* && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

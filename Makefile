# Everything there is to learn: `make demo`, `make test`, `make bench`. The work is in scripts/.
# What is built lies outside the checkout; set CARGO_TARGET_DIR to have it elsewhere.

export CARGO_TARGET_DIR ?= $(HOME)/.cache/mortise/target

RELEASE := $(CARGO_TARGET_DIR)/release
STAGE := @scripts/stage

.DEFAULT_GOAL := help
.PHONY: help demo test test-connectors torture interop bench install audit binary plugins build
# The stages of one build follow each other; each of them uses every core.
.NOTPARALLEL:

help: ## Say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 24

demo: build ## See real events go through real plugins; KEEP=1 keeps the daemon up
	$(STAGE) demo scripts/demo

test: ## Check everything, from formatting to the demo
	@scripts/test

test-connectors: build ## Prove the connectors: part of `test`; ONLY="slack stripe"
	$(STAGE) bootstrap scripts/bootstrap build test
	$(STAGE) fakes scripts/fakes
	$(STAGE) connectors scripts/test-connectors $(ONLY)

torture: build ## Test for hours what `test` tests for minutes; ONLY="power-cut" CYCLES=N SEED=N
	@scripts/torture

interop: build ## Test with others' clients, and every language in every role; ONLY="wkg matrix"
	$(STAGE) bootstrap scripts/bootstrap build interop
	@scripts/interop

bench: build ## Measure; prints tables and writes bench/out/result.json
	$(STAGE) bootstrap scripts/bootstrap build test bench
	$(STAGE) samples scripts/samples
	$(STAGE) bench "$(RELEASE)/mortise-bench"

install: build ## Put the binary and the plugins under PREFIX
	$(STAGE) install scripts/install

audit: ## Check licences, sources and advisories of every dependency
	$(STAGE) bootstrap scripts/bootstrap build test
	$(STAGE) audit scripts/audit

binary: build ## Build, and print the path of the binary
	@realpath "$(RELEASE)/mortise"

plugins: ## Build the plugins, and print their folder
	$(STAGE) bootstrap scripts/bootstrap >&2
	$(STAGE) guests scripts/guests >&2
	@realpath "$(CARGO_TARGET_DIR)/plugins"

build:
	$(STAGE) bootstrap scripts/bootstrap >&2
	$(STAGE) guests scripts/guests >&2
	$(STAGE) build cargo build --release --workspace --locked >&2

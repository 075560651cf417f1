# Every door of the house. `make help` lists them.

PYTHON ?= python3
ENV := $(PYTHON) tools/setup_env.py --
DEV := $(PYTHON) tools/setup_env.py --dev --
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run phones call accounts migrate build export test test-long bench chaos screenshots lint format types words lock audit hooks clean

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Start everything on http://localhost:3000 (PORT=… for another port); Ctrl-C stops it
	@$(ENV) -m callcenter up

phones: ## Like run, with Redis and livekit-sip: real telephones on this machine (SIP_PORT=…)
	@$(ENV) -m callcenter up --phones

call: ## Call in as a simulated caller (ARGS="--callers 3 --talk 20"; ARGS=--help for all)
	@$(ENV) -m callcenter call $(ARGS)

accounts: ## Manage accounts (ARGS="add NAME --role agent", ARGS=list, …)
	@$(ENV) -m callcenter accounts $(ARGS)

migrate: ## Bring the database to this version
	@$(ENV) -m callcenter migrate

build: ## Build the web page if its sources changed
	@$(ENV) -m callcenter build

export: ## Build the page and pack frontend.zip and backend.zip
	@$(ENV) -m callcenter export

test: ## Run every check and test, as the CI does
	@$(DEV) tools/check.py

test-long: ## What `make test` leaves out because it is slow, beside a busy machine (ARGS=--only=documents|busy|fuzz|chaos)
	@$(DEV) tools/check_long.py $(ARGS)

bench: ## Measure (ARGS=…; see docs)
	@$(DEV) -m bench $(ARGS)

chaos: ## Do harm to a running call centre, at random, and see that it heals (ARGS="--seed 7 --rounds 50")
	@$(DEV) -m tests.chaos $(ARGS)

screenshots: ## Take the pictures in docs/screenshots anew
	@$(DEV) tools/screenshots.py

lint: ## Check style and the direction of imports
	@$(DEV) tools/check.py --only lint

format: ## Put the code in shape
	@$(DEV) tools/check.py --only format

types: ## Check types
	@$(DEV) tools/check.py --only types

words: ## Bring the message catalogues up to date with the sources (ARGS="--new fr" begins one)
	@$(DEV) tools/words.py $(ARGS)

lock: ## Write the lock files from requirements*.txt (ARGS=--upgrade for newer versions)
	@$(DEV) tools/lock.py $(ARGS)

audit: ## Ask whether a package has a known vulnerability: Python, npm, Go (needs the network)
	@$(DEV) tools/audit.py

hooks: ## Check every commit from now on
	@$(DEV) -m pre_commit install

clean: ## Remove what can be made again (keeps the database, .env and .dev)
	rm -rf .web .states .pytest_cache .mypy_cache .ruff_cache .import_linter_cache frontend.zip backend.zip

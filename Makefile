# Each target that a person types has its line of help after `##`.
.DEFAULT_GOAL := help
.NOTPARALLEL:
# What Python compiled is kept: hundreds of tests start the command, and each start would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE
PYTHON ?= python3
BIN := .venv/bin
BOOTSTRAP = @command -v $(PYTHON) >/dev/null || { echo "vialtrace needs Python 3.11 or newer. On Debian or Ubuntu type: sudo apt-get install python3 python3-venv" >&2; exit 1; }; $(PYTHON) bootstrap.py
PYTEST := $(BIN)/pytest -n 6 --dist loadgroup

.PHONY: help setup browser run test check soak golden software sbom audit screenshots compliance simulation

help: ## This list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r target says; do printf '  make %-12s %s\n' "$$target" "$$says"; done

setup: ## Install what is missing: system packages, .venv, locked Python packages
	$(BOOTSTRAP)

browser:
	$(BOOTSTRAP) --browser

run: setup ## The demo pharmacy, with a simulated station; Ctrl-C stops it
	@exec $(BIN)/vialtrace demo

check: setup ## Style, types, borders between the rooms, the house's own rules; under a minute
	$(PYTEST) -m "not soak" tests/house

test: browser ## Everything but the large counts, browser and `make check` included
	$(PYTEST) -m "not soak"

soak: browser ## The large counts that `make test` leaves out
	$(PYTEST) -m soak

golden: setup ## Draw the golden label pictures again, to be looked at before they are committed
	$(BIN)/python -m tests.labels.golden

software: setup ## Write docs/software.md anew: every bought-in package and what it is needed for
	$(BIN)/python -m tests.software

sbom: setup ## A bill of materials for machines, CycloneDX, in build/sbom.cdx.json
	$(BIN)/python -m tests.software sbom

audit: setup ## Ask OSV for known faults of every locked package; FROM=all.zip where there is no network
	$(BIN)/python -m tests.audit $(if $(FROM),--from $(FROM))

screenshots: browser ## A picture of each screen, in screenshots/
	$(BIN)/python -m tests.screenshots

simulation: setup ## Weigh 100,000 amounts of known truth with and without the guard, and draw docs/false-acceptance.svg anew
	$(BIN)/python -m tests.workflows.simulation

compliance: setup ## Write docs/compliance.md and docs/coverage.md anew: each rule and the tests that hold it
	$(BIN)/python -m tests.compliance

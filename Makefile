# The only list of commands; CI and the documentation name these targets.
.DEFAULT_GOAL := help
.PHONY: help setup setup-demo demo test test-long test-docker bench chaos soak lint format schema

VENV := .venv/bin
BENCH ?=
QUICK ?=
ONCE ?=
PYTEST_ARGS ?=
DB ?= sqlite
SECONDS ?= 60
REQUESTS ?= 500
GENERATED := tests/unit/django_api/api/test_schemathesis.py
# One more than there are cores: many tests wait for a process that they started.
IN_PARALLEL := --numprocesses $(shell expr $$(nproc) + 1) --dist loadfile --no-loadscope-reorder

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: ## install what development needs into .venv (TORCH_INDEX=… for another build of torch)
	@scripts/setup.sh test

setup-demo:
	@scripts/setup.sh demo

demo: setup-demo ## the whole system with a real model and a real head MRI (ONCE=1 stops after the result)
	@ONCE=$(ONCE) $(VENV)/python -m demo.run

lint: setup ## style, types, migrations
	$(VENV)/ruff check --quiet .
	$(VENV)/ruff format --quiet --check .
	$(VENV)/mypy
	$(VENV)/python django_api/manage.py makemigrations --check --dry-run

format: setup ## rewrite the code in the house style
	$(VENV)/ruff check --quiet --fix .
	$(VENV)/ruff format --quiet .

# Processes keep all cores busy: threads of torch's own would wait for each other.
test: export OMP_NUM_THREADS := 1
test: lint ## lint, types and every test that is quick and needs no Docker
	$(VENV)/pytest -m "not docker and not long" $(IN_PARALLEL) $(PYTEST_ARGS)
	$(VENV)/python -m tests.on_postgres $(VENV)/pytest tests/unit/django_api/queue \
		tests/unit/django_api/api --ignore $(GENERATED) $(IN_PARALLEL) $(PYTEST_ARGS)

test-long: setup ## what nobody wants to wait for while at work: the demo, processes that die, damaged series, all that judges DICOM
	$(VENV)/pytest -m "long and not docker" $(IN_PARALLEL) --dist worksteal $(PYTEST_ARGS)
	$(VENV)/python -m tests.on_postgres $(VENV)/pytest $(GENERATED) $(PYTEST_ARGS)

test-docker: export OMP_NUM_THREADS := 1
test-docker: setup ## every test that talks to Orthanc once more, with Orthanc 1.12 in a container
	@deploy/ensure-docker.sh
	$(VENV)/pytest -m docker $(IN_PARALLEL) $(PYTEST_ARGS)

bench: setup ## every benchmark, or one: BENCH=pickup [QUICK=1]
	@QUICK=$(QUICK) $(VENV)/python -m bench $(BENCH)

chaos: setup ## the queue under random kills and cuts (DB=sqlite or postgres, SECONDS=60, REQUESTS=500)
	@$(VENV)/python -m tests.chaos --db $(DB) --seconds $(SECONDS) --requests $(REQUESTS)

soak: setup ## 2,000 damaged series, and many more orders of calls than in `make test`
	$(VENV)/pytest --hypothesis-profile soak tests/unit/django_api/queue/test_stateful.py \
		$(GENERATED) \
		tests/unit/worker/inference/test_any_series.py tests/fuzz/test_mutated_series.py
	$(VENV)/python -m tests.on_postgres $(VENV)/pytest --hypothesis-profile soak \
		tests/unit/django_api/queue/test_stateful.py $(GENERATED)

schema: setup ## write worker/model.schema.json, by which editors know the keys of a model.toml
	$(VENV)/python -m segrelay_worker.segmenters.manifest_schema > worker/model.schema.json

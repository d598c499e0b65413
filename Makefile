# The course's commands. `make` alone lists them.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

help:            ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 20

.venv/made: requirements.lock
	@$(PYTHON) environment.py

lab: .venv/made $(if $(PYTORCH),pytorch) ## open the course in JupyterLab (PYTORCH=1 adds PyTorch; ARGS=--no-browser for a server)
	@$(BIN)/course lab --as-student $(ARGS)

test: .venv/made ## run all tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy
	$(BIN)/oxlint helpers/demos course/publishing course/nbgrader_hooks deploy
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

quick: .venv/made ## run the tests that need no kernel, server, browser or nbgrader
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow" $(ARGS)

build: .venv/made ## bring notebooks, checks and releases in step with their sources
	@$(BIN)/course build

demo: .venv/made ## a whole round of a made-up class of 60, from Moodle's files to Moodle's files
	@$(BIN)/python -m course.devtools.sample_round

pytorch: .venv/made ## add PyTorch to the environment
	$(BIN)/python -m pip install --quiet "$$($(BIN)/python -c 'import tomllib; print(tomllib.load(open("pyproject.toml","rb"))["project"]["optional-dependencies"]["pytorch"][0])')"

lock: .venv/made ## compile requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-emit-index-url --no-emit-find-links --no-header --output-file requirements.lock

# Hundreds of processes of the tests load the same modules: they are compiled once, also where the environment forbids it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help lab test quick build demo pytorch lock

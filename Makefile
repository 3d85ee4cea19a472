# Everything runs from .venv; no root and no system packages are needed (MPI comes from the mpich wheel).

PYTHON ?= python3
VENV := .venv
BIN := $(abspath $(VENV))/bin
INSTALLED := $(VENV)/.installed
# With an index of CPU-only wheels (https://download.pytorch.org/whl/cpu) PyTorch is about 3 GB smaller.
TORCH_INDEX ?=

export PATH := $(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
export NO_MKDOCS_2_WARNING := 1

.PHONY: help install repro serve test test-fast torture lint clean

help:
	@echo "make repro    install, run the demonstration pipeline with DVC, build the site"
	@echo "make test     install, run all tests"
	@echo "make torture  kill searches 200 times, besides all other tests of faults; 10 to 30 minutes on 2 cores"
	@echo "make install  make .venv with cross-hpo and everything it needs"
	@echo "make serve    show the site on http://localhost:8000"
	@echo "make lint     ruff and mypy"
	@echo "make clean    remove what can be made again (records and journals stay)"

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		$(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) --editable '.[all,dev]'
	touch $@

repro: install
	cross-hpo pipeline sync
	dvc repro
	cross-hpo pipeline summary

serve: install
	cross-hpo site serve build/site

test: install
	python -m pytest --quiet --numprocesses auto --dist loadgroup

test-fast: install
	python -m pytest --quiet --numprocesses auto --dist loadgroup -m "not slow and not mpi and not browser"

torture: install
	CROSS_HPO_KILLS=200 python -m pytest --quiet tests/faults

lint: install
	ruff check .
	ruff format --check .
	mypy

clean:
	rm -rf build .features .pytest_cache .mypy_cache .ruff_cache .hypothesis

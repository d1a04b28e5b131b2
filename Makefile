PYTHON ?= python

.PHONY: format lint test test-data bench tables

format:
	ruff format .
	ruff check --fix .

lint:
	ruff format --check .
	ruff check .

test:
	$(PYTHON) -m pytest -m "not data"

test-data:
	$(PYTHON) -m pytest -m data

bench:
	$(PYTHON) experiments/benchmarks/tensor_kernel.py

tables:
	$(PYTHON) experiments/ddc_uco/table.py

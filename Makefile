PYTHON ?= python

.PHONY: format lint test test-long test-data docs bench tables

format:
	ruff format .
	ruff check --fix .

lint:
	ruff format --check .
	ruff check .

test:
	$(PYTHON) -m pytest -n 2 --dist loadgroup -m "not data and not long" --durations=30

test-long:
	$(PYTHON) -m pytest -n 2 --dist loadgroup -m "long and not data"

test-data:
	$(PYTHON) -m pytest -m data

docs:
	$(PYTHON) docs/make_methods.py
	$(PYTHON) -m pdoc --docformat google --output-directory docs/api tfcluster

bench:
	$(PYTHON) experiments/benchmarks/tensor_kernel.py
	$(PYTHON) experiments/benchmarks/predict.py
	@if [ -n "$(PEER_PYTHON)" ]; then $(PYTHON) experiments/benchmarks/dec.py --peer-python $(PEER_PYTHON) && \
	$(PYTHON) experiments/benchmarks/generative.py --peer-python $(PEER_PYTHON); \
	else echo "dec.py and generative.py not run: set PEER_PYTHON to an interpreter with clustpy and torch"; fi

tables:
	$(PYTHON) experiments/ddc_uco/table.py
	$(PYTHON) experiments/dec/table.py
	$(PYTHON) experiments/sae/table.py
	$(PYTHON) experiments/image_encoder/table.py
	$(PYTHON) experiments/deepcluster/table.py
	$(PYTHON) experiments/jule/table.py
	for table in clustering weights neighbours few_labels; do $(PYTHON) experiments/generative/$$table/table.py; done

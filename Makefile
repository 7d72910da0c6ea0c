# Hornbeam: `make mnist` to watch a network learn, `make test` to try everything.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
CODE := hornbeam tests benchmarks tools examples

.PHONY: mnist test check fuzz format types bench docs clean

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade pip
	$(RUN) -m pip install --quiet --editable '.[plot]'
	touch $@

$(VENV)/installed-test: $(VENV)/installed
	$(RUN) -m pip install --quiet --editable '.[plot,pandas,test]'
	touch $@

mnist: $(VENV)/installed
	$(RUN) examples/mnist.py

test: $(VENV)/installed-test
	$(RUN) -m pytest -n 2 --dist loadfile

check: $(VENV)/installed-test
	$(RUN) -m ruff format --check $(CODE)
	$(RUN) -m ruff check $(CODE)
	$(RUN) -m mypy
	$(RUN) -m pytest tests/test_house.py

# files of every format with bytes altered at random: FILES of them, 20,000 in about six minutes
FILES ?= 20000
fuzz: $(VENV)/installed-test
	$(RUN) tests/saving/test_fuzz.py $(FILES)

format: $(VENV)/installed-test
	$(RUN) -m ruff format $(CODE)
	$(RUN) -m ruff check --fix $(CODE)

.venv-bench/installed: benchmarks/requirements.txt
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet -r benchmarks/requirements.txt
	touch $@

bench: $(VENV)/installed .venv-bench/installed
	$(RUN) -m benchmarks

docs: $(VENV)/installed
	$(RUN) tools/make_reference.py

clean:
	rm -rf $(VENV) .venv-bench build *.egg-info mnist.png

# Two commands are enough: `make run` to use Giao Ban, `make test` to check it.
PYTHON ?= python3
VENV := .venv

.PHONY: help run setup test fuzz clean

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.runtime ## Install what is missing and serve http://127.0.0.1:8080 with demo data; Ctrl-C stops it
	@exec $(VENV)/bin/giaoban serve --demo

setup: ## Install everything that the tests need; start nothing
	@PYTHON=$(PYTHON) VENV=$(VENV) bash tests/setup.sh

test: setup ## Run every check and test
	@exec $(VENV)/bin/python -m tests.run

fuzz: setup ## Throw a million inputs at what the network can send
	@exec $(VENV)/bin/python -m tests.fuzz.all

clean: ## Remove what was installed; data stay
	rm -rf $(VENV) node_modules

$(VENV)/.runtime: pyproject.toml
	@PYTHON=$(PYTHON) VENV=$(VENV) bash tests/setup.sh runtime

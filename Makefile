# Everything runs in $(VENV), made here; nothing of the user's own azure-cli or ~/.azure is touched.
PYTHON ?= python3
AZURE_CLI ?= 2.91.0
OLDEST_AZURE_CLI = $(shell sed -n 's/.*minCliCoreVersion": "\(.*\)".*/\1/p' azext_kubenet/azext_metadata.json)
VENV ?= .venv
BIN = $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
# targets are relative, as make splits names at the spaces of the path that the checkout may lie in
EXTENSIONS = $(VENV)/extensions
SOURCES = $(shell find azext_kubenet -name '*.py' -o -name '*.json') setup.py README.md HISTORY.rst
UNIT = tests/test_core tests/test_render tests/test_arguments tests/test_aks_create tests/test_arm tests/test_docs.py
# what talks to a server, or walks through the topologies of a whole Azure, is not for the short loop
TOO_LONG = $(patsubst %,--ignore=tests/test_arm/test_%.py,check_topologies client_bounds fleet migrate_topologies resource_graph)
# what azure-cli itself does for the extension: sign-in, HTTP, arguments, help, questions, output, `aks create`
MEETS_AZURE_CLI = tests/scenarios tests/test_aks_create tests/test_arm/test_client.py \
	$(patsubst %,tests/test_commands/test_%.py,completion create create_dry_run create_prepare create_scripting \
	create_system_assigned help pipeline plan prepare terminal validate_subnet)
# pip works quietly and asks nobody for newer versions of itself. It compiles nothing: most of azure-cli is never loaded,
# and what is, Python compiles the first time; it takes a third of the time
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
# the user's azure-cli settings must not reach the one that installs the extension
AZ = env AZURE_CONFIG_DIR="$(CURDIR)/$(VENV)/azure" AZURE_EXTENSION_DIR="$(CURDIR)/$(EXTENSIONS)" \
	AZURE_CORE_COLLECT_TELEMETRY=false $(BIN)/python -m azure.cli
AZDEV = $(VENV)/azdev/bin/python scripts/azdev_offline.py

# what is compiled once is to be kept
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install quickstart compatibility oldest test matrix unit lint docs record live snapshots bench wheel clean
.DEFAULT_GOAL := help

help: ## Show what there is to make.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 14

$(VENV)/azure-cli-$(AZURE_CLI): scripts/check_python.py
	@$(PYTHON) scripts/check_python.py
	@echo "Installing azure-cli $(AZURE_CLI) and what it needs into $(VENV), which takes a minute"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-compile setuptools==79.0.1 wheel==0.48.0 build==1.6.1 azure-cli==$(AZURE_CLI)
	@touch $@

$(VENV)/development: requirements-dev.txt | $(VENV)/azure-cli-$(AZURE_CLI)
	@$(PIP) install --no-compile --requirement requirements-dev.txt
	@touch $@

# azdev wants packages of its own; its setuptools is the one that builds the wheel, so that both make the same
$(VENV)/azdev/made: | $(VENV)/azure-cli-$(AZURE_CLI)
	@echo "Installing azdev into $(VENV)/azdev, which takes two minutes"
	@$(PYTHON) -m venv $(VENV)/azdev
	@$(VENV)/azdev/bin/python -m pip --disable-pip-version-check --quiet install --no-compile azdev==0.2.13 \
		setuptools==79.0.1 wheel==0.48.0 azure-cli==$(AZURE_CLI)
	@touch $@

dist/wheel: $(SOURCES) | $(VENV)/azure-cli-$(AZURE_CLI)
	@echo "Building the extension into dist"
	@rm -rf dist build *.egg-info
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . > $(VENV)/build.log 2>&1 || (cat $(VENV)/build.log; exit 1)
	@rm -rf build *.egg-info
	@touch $@

$(EXTENSIONS)/installed: dist/wheel | $(VENV)/azure-cli-$(AZURE_CLI)
	@echo "Adding the extension to the azure-cli in $(VENV); yours and ~/.azure are not touched"
	@rm -rf $(EXTENSIONS)
	@env -u REQUESTS_CA_BUNDLE $(AZ) extension add --source dist/*.whl --yes --only-show-errors
	@touch $@

install: $(EXTENSIONS)/installed ## Make the virtual environment, build the wheel and add the extension.

quickstart: $(EXTENSIONS)/installed ## Show the whole job on a local Azure.
	@$(BIN)/python -m scripts.quickstart

compatibility: $(EXTENSIONS)/installed $(VENV)/development
	@$(BIN)/python -m pytest --no-cov $(MEETS_AZURE_CLI)

oldest: ## Run the tests that meet azure-cli on the oldest one that is supported.
	@$(MAKE) --no-print-directory compatibility VENV=.venv-oldest AZURE_CLI=$(OLDEST_AZURE_CLI)

ifdef T
test: $(EXTENSIONS)/installed $(VENV)/development
	@$(BIN)/python -m pytest -n 0 --no-cov $(if $(wildcard $(firstword $(subst ::, ,$(T)))),$(T),-k '$(T)')
else
test: $(EXTENSIONS)/installed $(VENV)/development ## Run the tests; T=path or T=name runs some, in seconds.
	@$(BIN)/python -m pytest
	@$(BIN)/python -m coverage report --include='azext_kubenet/core/*' --skip-covered --fail-under=100
endif

matrix: $(VENV)/development ## Give every read of every command every answer that is none; make test tries one in sixteen.
	@KUBENET_MATRIX=whole $(BIN)/python -m pytest --no-cov tests/test_commands/test_no_answers.py tests/test_commands/test_no_answers_running.py

unit: $(VENV)/development ## Run the tests of core, render, arguments and arm, in seconds.
	@$(BIN)/python -m pytest --no-cov $(UNIT) $(TOO_LONG)

lint: $(VENV)/development $(VENV)/azdev/made dist/wheel ## Check style, types, imports, the generated documents and azdev's gates.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/python -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	@$(BIN)/python -m scripts.make_rule_docs --check
	@$(BIN)/python -m scripts.make_page_picture --check
	@$(AZDEV) style
	@$(AZDEV) linter
	@$(AZDEV) build $(VENV)/azdev/dist > /dev/null
	@cmp $(VENV)/azdev/dist/*.whl dist/*.whl

docs: $(VENV)/development $(VENV)/azdev/made ## Write anew what is made: rule pages, the picture, azdev's exclusions.
	@$(BIN)/python -m scripts.make_rule_docs
	@$(BIN)/python -m scripts.make_page_picture
	@$(AZDEV) exclude

record: $(EXTENSIONS)/installed $(VENV)/development ## Record the scenario tests anew, against the local Azure.
	@KUBENET_RECORD=true $(BIN)/python -m pytest tests/scenarios -n 0 --no-cov

live: $(EXTENSIONS)/installed $(VENV)/development ## Ask Azure itself what only it can tell: SUBSCRIPTION=... LOCATION=..., about 2 US dollars.
	@$(BIN)/python -m tests.live --subscription $(or $(SUBSCRIPTION),$(error Say in which one: make live SUBSCRIPTION=... LOCATION=...)) \
		--location $(or $(LOCATION),$(error Say in which one: make live SUBSCRIPTION=... LOCATION=...)) $(LIVE)

snapshots: $(EXTENSIONS)/installed $(VENV)/development ## Write what each command prints to tests/snapshots anew.
	@KUBENET_SNAPSHOT=write $(BIN)/python -m pytest tests/test_commands/test_snapshots.py -n 0 --no-cov

bench: $(EXTENSIONS)/installed $(VENV)/development ## Show the speed, as ratios within one run.
	@$(BIN)/python -m tests.benchmarks

wheel: dist/wheel ## Build the wheel into dist/.

clean: ## Remove what was made.
	@rm -rf $(VENV) .venv-oldest .quickstart dist build *.egg-info

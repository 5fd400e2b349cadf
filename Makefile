# The front door. `make help` lists what there is; every target does its own set-up.

VENV := .venv
READY := $(VENV)/.ready
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/.cache/prometheus/usr/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench docs generate long e2e clean assets prometheus programs

help: ## Show this list
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

demo: $(READY) prometheus ## See an SLO burn, live (options: make demo ARGS="--keep")
	@sloctl demo $(ARGS)

test: $(READY) programs check ## Lint, types, import rules, drift, then unit and integration tests
	@pytest -n auto $(ARGS)

check: $(READY) ## Lint, types, import rules, and drift of generated files
	@ruff check .
	@ruff format --check --quiet .
	@mypy
	@lint-imports --no-logo 2>&1
	@sloctl generate rules rules/slos -o rules/generated --check
	@sloctl generate dashboards dashboards -o dashboards/generated --check
	@python docs/generate.py --check

format: $(READY) ## Format the code, mend what the linter can
	@ruff format .
	@ruff check --fix .

generate: $(READY) ## Write rules/generated and dashboards/generated anew
	@sloctl generate rules rules/slos -o rules/generated
	@sloctl generate dashboards dashboards -o dashboards/generated

docs: $(READY) ## Write the generated pages of docs/ anew
	@python docs/generate.py

bench: $(READY) prometheus ## Print the figures of benchmarks/
	@for script in benchmarks/*.py; do echo "== $$script"; python $$script || exit 1; done

long: $(READY) programs ## Tests that take minutes
	@pytest -m "long and not kubernetes" $(ARGS)

e2e: assets $(READY) programs ## Tests against the real control plane in KUBEBUILDER_ASSETS
	@pytest -m kubernetes $(ARGS)

clean: ## Remove everything that was made here
	@rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache sloctl-demo tenant-data dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

assets:
	@test -n "$$KUBEBUILDER_ASSETS" || { echo "sloctl: set KUBEBUILDER_ASSETS to a folder with" \
	    "etcd, kube-apiserver, kube-controller-manager and kubectl" >&2; exit 1; }

prometheus:
	@.ci/ensure-prometheus

programs:
	@.ci/ensure-prometheus all

$(READY): pyproject.toml constraints.txt .ci/ensure-venv
	@.ci/ensure-venv
	@touch $@

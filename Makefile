# MemOS: `make run` starts it, `make help` lists the rest. Settings go in the environment: `make run MEMOS_PORT=8001`.
MAKEFLAGS += --no-print-directory
.SILENT:
.DEFAULT_GOAL := help
# Images set it to stay small. Here each process would compile all of MemOS anew, and the tests start some hundred.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help run login test test-postgresql faults soak defences audit check bench screenshots lock clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
# The lock names everything, so nothing is resolved: older releases of pip, asked to, trip over a locked package that
# another one wants with an extra as soon as a newer release of it is out.
INSTALL := $(PIP) install --require-hashes --no-deps --prefer-binary
JOBS := 2
PYTHON_FILES := manage.py memos_site agents interactions tests
# Not what concerns the browser, the supervisor or a model server: it runs on SQLite, which is enough.
ON_POSTGRESQL := tests/unit tests/integration tests/faults/test_backup.py tests/faults/test_mid_reply.py \
	--ignore=tests/integration/llm --ignore=tests/integration/test_up.py --ignore=tests/integration/test_server.py \
	--ignore=tests/unit/llm --ignore=tests/unit/supervisor --ignore=tests/unit/strategies
# Settings like those of a public server, for Django's own checks.
PUBLIC := MEMOS_HTTPS=1 MEMOS_ORIGINS=https://memos.example.org MEMOS_DATA_DIR=build/check \
	MEMOS_SECRET_KEY=only-for-the-checks-0123456789-abcdefghijklmnopqrstuvwxyz

# Says something only when it fails.
quietly = said=$$($(1) 2>&1) || { echo "$$said"; exit 1; }

help: ## List the targets
	grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

run: $(VENV)/.base ## Install what is missing, start MemOS and print a link that signs you in
	exec $(BIN)/python manage.py up

login: $(VENV)/.base ## Print another sign-in link: make login [NAME=admin]
	$(BIN)/python manage.py login_link $(NAME)

test: $(VENV)/.dev ## Run all tests; some of them only: make test ARGS=tests/unit
	$(BIN)/python -m tests.find_chromium
	$(BIN)/python -m tests.find_nginx
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

test-postgresql: $(VENV)/.dev ## Run what concerns the database again, on a PostgreSQL of its own
	$(BIN)/python -m tests.postgres_server $(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(or $(ARGS),$(ON_POSTGRESQL))
faults: $(VENV)/.dev ## The fault tests in their long form: every place, every way to fail
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m faults tests/faults $(ARGS)

soak: $(VENV)/.dev ## Break everything under load: make soak MINUTES=20 SEED=7 [DATABASE=postgresql]
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),2) --seed $(or $(SEED),0) $(if $(DATABASE),--database $(DATABASE)) $(ARGS)

check: $(VENV)/.dev ## Style, types, layers, templates, settings, migrations, requirements
	$(call quietly,$(BIN)/ruff check $(PYTHON_FILES))
	$(call quietly,$(BIN)/ruff format --check $(PYTHON_FILES))
	$(call quietly,$(BIN)/mypy $(PYTHON_FILES))
	$(call quietly,$(BIN)/lint-imports --no-logo)
	$(call quietly,find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +)
	mkdir -p build/check
	$(call quietly,env $(PUBLIC) $(BIN)/python manage.py check --deploy --fail-level WARNING)
	$(call quietly,env $(PUBLIC) $(BIN)/python manage.py makemigrations --check --dry-run)
	$(call quietly,$(BIN)/python -m pip --disable-pip-version-check check)
	echo "All checks passed."

defences: $(VENV)/.dev ## Take each defence out of a copy, and see that its test fails: make defences ARGS=disk
	$(BIN)/python -m tests.defences $(ARGS)

audit: $(VENV)/.dev ## Ask for known vulnerabilities of what is installed (needs the network)
	$(BIN)/python -m tests.audit

bench: $(VENV)/.dev ## Measure what MemOS adds to a message
	$(BIN)/python -m tests.bench $(ARGS)

screenshots: $(VENV)/.dev ## Make the pictures of docs/images anew, from a real talk
	$(BIN)/python -m tests.find_chromium
	$(BIN)/python -m tests.screenshots

lock: ## Renew the locked requirements (needs uv)
	command -v uv >/dev/null || { echo "Install uv first: https://docs.astral.sh/uv/"; exit 1; }
	for name in base dev; do \
		uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
			--custom-compile-command "make lock" requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean: ## Remove the virtual environment and what was built; the data stays
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find $(PYTHON_FILES) -name __pycache__ -prune -exec rm -rf {} +

# The stamps say for which requirements the environment was made.
$(VENV)/.base: requirements/base.txt | $(BIN)/python
	echo "Installing what MemOS needs; this takes a minute, once."
	$(INSTALL) -r requirements/base.txt
	touch $@

$(VENV)/.dev: requirements/dev.txt requirements/base.txt | $(BIN)/python
	echo "Installing what the tests need; this takes a minute, once."
	$(INSTALL) -r requirements/dev.txt
	touch $(VENV)/.base $@

$(BIN)/python:
	for python in $${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; python=; \
	done; \
	[ -n "$$python" ] || { echo "MemOS needs Python 3.11 or newer. Install it, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }; \
	echo "Making a virtual environment with $$($$python --version)."; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); echo "This Python lacks venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

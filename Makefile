.DEFAULT_GOAL := help
.PHONY: help run test journeys pictures coverage lint format bench soak faults messages lock clean
bin := .venv/bin
# Dozens of processes import the same code; none compiles it anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

run: ## try the portal with demo data (PORT=8000)
	@PORT=$(PORT) bin/run

test: ## every check and test (ARGS='-k appeal' go to pytest)
	@bin/test $(ARGS)

journeys: ## every browser journey on every kind of screen
	@bin/setup test
	@rm -rf var/artifacts/html
	@FULL=1 bin/services $(bin)/pytest -n 2 --dist load -m browser --ignore=tests/journeys/test_html.py
	@$(bin)/pytest -m browser tests/journeys/test_html.py

pictures: ## draw the guides' pictures anew
	@bin/setup test
	@$(bin)/python bin/screenshots.py

coverage: ## what the tests leave out (var/artifacts/coverage)
	@bin/setup test
	@bin/services $(bin)/pytest -n 2 --dist loadfile -m "not browser" --cov --cov-report=term:skip-covered --cov-report=html:var/artifacts/coverage

lint: ## the checks only
	@bin/setup test
	@bin/lint

format: ## format code and templates
	@bin/setup test
	$(bin)/ruff check --fix . bin/services
	$(bin)/ruff format . bin/services

bench: ## measure beside a bare Django
	@bin/setup test
	@bin/bench $(ARGS)

soak: journeys ## every journey, what `make test` samples, random money, 10,000 conversations by text, silent providers, whole files, then a long mixed load while parts fail
	@FULL=1 RUNS=$(or $(RUNS),500) bin/services $(bin)/pytest -n 2 --dist worksteal -m "not browser"
	@CONVERSATIONS=$(or $(CONVERSATIONS),10000) bin/services $(bin)/pytest -n 2 --dist worksteal tests/permits/parkme/test_random.py tests/permits/parkme/test_gateway.py
	@env -u DATABASE_URL -u REDIS_URL $(bin)/pytest -n 2 --dist worksteal -m "not browser and not race and not once"
	@bin/soak

faults: ## an office day while web, worker, Redis, PostgreSQL, mail server and card provider are killed at random (MINUTES=5 SEED=…)
	@bin/setup test
	@bin/soak faults

messages: ## collect the texts to translate (fr, es)
	@bin/setup
	$(bin)/python manage.py makemessages -l fr -l es --no-location --no-obsolete --ignore=.venv --ignore=var --ignore=tests

lock: ## pin requirements/*.in with hashes
	@bin/setup test
	for name in base saml dev; do $(bin)/uv pip compile --python-version 3.11 --generate-hashes --no-header --no-emit-index-url requirements/$$name.in -o requirements/$$name.txt || exit; done

clean: ## remove what was made here (.venv, var with the demo data, caches)
	rm -rf .venv var staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name '*.mo' -delete

"""The examples that are not executed with the others: which test executes them, or why none does.

Each is named by its page and its first line.
"""

_NO_DOCKER = "it needs Docker, or a registry that it is pushed to"
_EXCERPT = "an excerpt of the source, which mypy and the tests check there"
_CONTRACTS = "tests/docs/test_contract_testing.py"
_CONFORMANCE = "tests/docs/test_conformance_page.py"
_OPENAPI = "tests/docs/test_openapi_commands.py"
_RECIPES = "tests/docs/test_recipes.py"

_SCHEMATHESIS = (
    "st run http://127.0.0.1:8000/openapi.json --max-examples 5"
    " -H 'X-TagshelfAPI-Key: alfred-mock-demo-key'"
    " --exclude-checks positive_data_acceptance,negative_data_rejection"
)

ELSEWHERE: dict[tuple[str, str], str] = {
    (page, first_line): reason
    for page, listed in {
        "README.md": {
            "make run": "it makes an environment in the clone, which takes a minute",
            "pip install /path/to/alfred-mock": "tests/packaging/test_wheel.py installs a wheel",
            "docker build -t alfred-mock .": _NO_DOCKER,
            "docker compose up": _NO_DOCKER,
        },
        "CONTRIBUTING.md": {
            "_FIND = Statement(select(User.id).where("
            'User.user_name == bindparam("user_name")))': _EXCERPT,
            "def _use_nonce(pair_id: str, nonce: str, now: Instant, expires_at: Instant)"
            " -> Transaction[bool]:": _EXCERPT,
            "   .venv/bin/python - <<'END'": "it writes a new migration into the source tree",
        },
        "docs/contract-testing.md": {
            "# test_contract.py": _CONTRACTS,
            "// verify.mjs": _CONTRACTS,
            "# states.yaml": _CONTRACTS,
            "$ curl -X POST 'http://127.0.0.1:8000/__admin/pact/states?scope=invoices'"
            """ -d '{"state": "a session exists"}'""": _CONTRACTS,
            "npx --no-install openapi-pact-comparator alfred.json"
            " pacts/invoices-alfred.json": _CONTRACTS,
            "alfred-mock openapi >alfred.json": _OPENAPI,
            _SCHEMATHESIS: _OPENAPI,
            "npx @stoplight/prism-cli proxy alfred.json http://127.0.0.1:8000 --errors"
            " --host 127.0.0.1 --port 4010": "tests/sdk/test_validating_proxy.py",
            "$ alfred-mock conformance --url http://127.0.0.1:8000"
            " --api-key-file key.txt": _CONFORMANCE,
            "$ alfred-mock conformance --url http://127.0.0.1:8000 --api-key-file key.txt"
            ' --level process --company "Demo Company"': _CONFORMANCE,
            '$ alfred-mock fidelity --route "GET /api/tag/all"': _CONFORMANCE,
            "$ alfred-mock record --to https://app.tagshelf.com --output recording": _CONFORMANCE,
            "$ curl -X POST http://127.0.0.1:8000/api/deferred/create"
            ' -H "X-TagshelfAPI-Key: $ALFRED_API_KEY"': _CONFORMANCE,
            "$ alfred-mock serve --seed recording/seed.yaml --playback recording": _CONFORMANCE,
        },
        "docs/events.md": {
            "curl http://127.0.0.1:8000/api/account/webhook"
            " -H 'X-TagshelfAPI-Key: alfred-mock-demo-key' \\": "tests/docs/test_webhooks.py",
            "from queue import Queue": "tests/sdk/test_realtime_examples.py",
            "import { AlfredClient, AlfredRealTimeClient, Configuration }"
            ' from "@tagshelf/alfred";': "tests/sdk/test_realtime_examples.py",
            "$ curl -X DELETE 'http://127.0.0.1:8000/__admin/connections"
            "?company=alfred-mock-demo-key'": "tests/sdk/test_realtime_examples.py",
        },
        "docs/files-and-jobs.md": {
            "ALFRED_MOCK_STORAGE=s3://bucket/prefix AWS_ENDPOINT_URL=http://127.0.0.1:9000"
            " alfred-mock serve": "tests/alfred/storage has an object store of its own",
        },
        "docs/operations.md": {
            "docker compose up": _NO_DOCKER,
            "POSTGRES_PASSWORD=… ALFRED_MOCK_ADMIN_TOKEN=… docker compose up --detach": _NO_DOCKER,
            "docker build -t alfred-mock .": _NO_DOCKER,
            "BASE=docker.io/library/python:3.13-slim": _NO_DOCKER,
            "configMapGenerator:": "tests/packaging/test_kubernetes.py builds such an overlay",
            "SELECT pid, state, xact_start, query FROM pg_stat_activity": (
                "it is for an operator whose migration waits"
            ),
            "kubectl create secret generic alfred-mock \\": "it needs a cluster of Kubernetes",
            "python -c \"import sqlite3; sqlite3.connect('alfred-mock.db')"
            ".execute('VACUUM INTO \\'backup.db\\'')\"": "tests/test_backup.py",
            'pg_dump --format=custom --file=backup.dump "$URL"': "tests/test_backup.py",
            "scrape_configs:": "it is for Prometheus, which is not here",
            "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 alfred-mock serve": (
                "tests/telemetry/test_tracing.py has a collector of its own"
            ),
        },
        "docs/scaling.md": {
            "CREATE TABLE by_company (LIKE deferred_session INCLUDING ALL)"
            " PARTITION BY HASH (company_id);": "tests/docs/test_scaling.py",
        },
        "docs/sdks.md": {
            "from io import BytesIO": "tests/sdk/test_sdks_page.py",
            'import { AlfredClient, Configuration } from "@tagshelf/alfred";': (
                "tests/sdk/test_sdks_page.py"
            ),
        },
        "docs/testing.md": {
            "alfred-mock serve --port 8000 --database-url sqlite:///:memory: &": (
                "tests/docs/test_testing.py"
            ),
        },
        "docs/recipes/django.md": {"# invoices.py": _RECIPES, "# tests.py": _RECIPES},
        "docs/recipes/docker-compose.md": {"# compose.yaml": _RECIPES},
        "docs/recipes/github-actions.md": {
            "# .github/workflows/tests.yml": _RECIPES,
            "# steps.yml": _RECIPES,
            "# .github/workflows/service.yml": _RECIPES,
        },
        "docs/recipes/playwright.md": {
            "// app.mjs": _RECIPES,
            "// playwright.config.mjs": _RECIPES,
            "// sessions.spec.mjs": _RECIPES,
        },
        "docs/recipes/testcontainers.md": {
            "# conftest.py": _RECIPES,
            "# test_sessions.py": _RECIPES,
        },
    }.items()
    for first_line, reason in listed.items()
}

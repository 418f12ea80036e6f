"""Generated requests, by schemathesis: all phases and checks, all schemes, both documents.

A request that fits the document is answered as it says; one that does not is refused as it says.
The document is the closed one: a member that it does not have is an error.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contract.golden import application
from tests.support import LOGIN, WITH_KEY, ServerProcess, server_process

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LONG = os.environ.get("ALFRED_MOCK_TEST_EXAMPLES")
"""How many examples of each operation `make fuzz` wants, from another seed each time."""
_FEW = "3"
_SEED = "20240513"
_TOKEN = "only-for-testers"
_BEARER = {"Authorization": f"Bearer {_TOKEN}"}


@pytest.fixture
def server(database_url: str) -> Iterator[ServerProcess]:
    seed = str(ROOT / "examples" / "documented.yaml")
    options = ["--seed", seed, "--demo", "--admin-token", _TOKEN]
    with server_process("--database-url", database_url, *options) as started:
        yield started


def _headers(scheme: str, url: str) -> dict[str, str]:
    """The credentials; a signature is another one for each request, so a hook makes it."""
    if scheme == "hmac":
        return {}
    if scheme == "api-key":
        return WITH_KEY
    token = httpx.post(f"{url}/token", data=LOGIN, trust_env=False).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


def _run(
    document: Path, url: str, *options: str, headers: dict[str, str], hooks: str | None = None
) -> None:
    given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    bound = ["--max-examples", LONG or _FEW, *([] if LONG else ["--seed", _SEED])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "no_proxy": "127.0.0.1"}
    if hooks is not None:
        environment["SCHEMATHESIS_HOOKS"] = hooks
    config = HERE / f"schemathesis-{document.stem}.toml"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", f"--config-file={config}"),
            *("run", str(document), "--url", url, "--checks", "all"),
            *("--generation-database", "none", "--no-color", *bound, *given, *options),
        ],
        cwd=document.parent,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _document(name: str, folder: Path) -> Path:
    path = folder / f"{name}.json"
    path.write_text(json.dumps(application(name).closed_openapi()), "utf-8")
    return path


# A link sets a member of the body after the member was spoilt, and so mends it.
_ALONG_THE_LINKS = ["--phases", "stateful", "--mode", "positive", "--exclude-checks"]
# What belongs together, and what exists, is more than a schema can say.
_UNSAID = "positive_data_acceptance"


@pytest.mark.parametrize("scheme", ["hmac", "api-key", "oauth"])
def test_alfred_keeps_its_document(server: ServerProcess, scheme: str, tmp_path: Path) -> None:
    hooks = "tests.contract.signing" if scheme == "hmac" else None
    headers, document = _headers(scheme, server.url), _document("alfred", tmp_path)
    links = [*_ALONG_THE_LINKS, "negative_data_rejection"]
    phases = "examples,coverage,fuzzing" if LONG or scheme == "api-key" else "examples,fuzzing"
    _run(document, server.url, "--phases", phases, headers=headers, hooks=hooks)
    _run(document, server.url, *links, headers=headers, hooks=hooks)


@pytest.mark.parametrize("phases", ["coverage", "examples,fuzzing", "stateful"])
def test_the_control_api_keeps_its_document(
    server: ServerProcess, phases: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if phases == "coverage" and not LONG and "postgresql" in request.node.name:
        return  # SQLite's run has the same requests; `make fuzz` has both
    document = _document("control", tmp_path)
    options = ["--phases", phases, "--exclude-checks", _UNSAID]
    if phases == "stateful":
        options = [*_ALONG_THE_LINKS, f"{_UNSAID},negative_data_rejection"]
    _run(document, server.url, *options, headers=_BEARER)

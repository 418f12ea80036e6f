"""The mock servers that one would otherwise use, each set up to do as little as it can.

They answer constants where they can, log nothing, keep no journal and, Prism aside, which reads the
need for a key from its OpenAPI document, check no credentials: whatever they leave out is to their
advantage.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import tools
from benchmarks.candidates import Candidate, Starter
from benchmarks.processes import Launch, free_port

_WIREMOCK = "wiremock-standalone-*.jar"
WIREMOCK_FRESH = "WireMock, just started"
NAMES = ("Prism", "Mockoon", "json-server", "mountebank", "WireMock", WIREMOCK_FRESH)


def _configured(
    program: Sequence[str], *options: str, environment: Mapping[str, str] | None = None
) -> Starter:
    """Start a program beside a copy of the peers' configuration, so that none can change ours."""

    def start(folder: Path, port: int) -> Launch:
        shutil.copytree(tools.PEERS, folder, dirs_exist_ok=True)
        (folder / "sessions.json").write_text('{"sessions": []}')
        fill = {"port": str(port), "spare": str(free_port())}
        filled = [option.format(**fill) for option in options]
        variables = {key: value.format(**fill) for key, value in (environment or {}).items()}
        return Launch([*program, *filled], folder, port, variables)

    return start


def _script(path: str) -> list[str]:
    return [tools.node() or "node", str(tools.MODULES / path)]


def peers() -> tuple[list[Candidate], dict[str, str]]:
    """The peers that can run here, and why each of the others cannot."""
    reason = tools.install()
    if reason is not None:
        return [], dict.fromkeys(NAMES, reason)
    found = [_prism(), _mockoon(), _json_server(), _mountebank()]
    if tools.java() is None:
        return found, dict.fromkeys(NAMES[4:], "Java is not installed")
    wiremock = _wiremock()
    # What a test suite meets, which is over before the JVM's compiler is.
    fresh = replace(wiremock, name=WIREMOCK_FRESH, stays_up=False, warm_up=2)
    return [*found, wiremock, fresh], {}


def _prism() -> Candidate:
    options = ("mock", "--port", "{port}", "--verboseLevel", "silent", "prism.openapi.yaml")
    return Candidate(
        "Prism",
        "the examples of an OpenAPI document, no logging",
        _configured(_script("@stoplight/prism-cli/dist/index.js"), *options),
        tools.npm_version("@stoplight/prism-cli"),
        stays_up=True,
        warm_up=5,
    )


def _mockoon() -> Candidate:
    quiet = ("--disable-log-to-file", "--disable-admin-api", "--max-transaction-logs", "0")
    where = ("--hostname", "127.0.0.1", "--port", "{port}", "--data", "mockoon.json")
    return Candidate(
        "Mockoon",
        "constants",
        _configured(_script("@mockoon/cli/bin/run.js"), "start", *where, *quiet),
        tools.npm_version("@mockoon/cli"),
        warm_up=2,
    )


def _json_server() -> Candidate:
    where = ("sessions.json", "--host", "127.0.0.1", "--port", "{port}", "--quiet", "--no-gzip")
    files = ("--routes", "json-server.routes.json", "--middlewares", "json-server.middleware.js")
    return Candidate(
        "json-server",
        "sessions in memory, written to a JSON file",
        _configured(_script("json-server/lib/cli/bin.js"), *where, "--no-cors", *files),
        tools.npm_version("json-server"),
        warm_up=2,
        keeps_sessions=True,
        keeps="a JSON file, no fsync",
    )


def _mountebank() -> Candidate:
    where = ("start", "--configfile", "mountebank.json.ejs", "--port", "{spare}", "--localOnly")
    return Candidate(
        "mountebank",
        "constants",
        _configured(
            _script("mountebank/bin/mb"),
            *where,
            "--nologfile",
            "--loglevel",
            "error",
            environment={"BENCHMARK_PORT": "{port}"},
        ),
        tools.npm_version("mountebank"),
        stays_up=True,
        warm_up=5,
    )


def _wiremock() -> Candidate:
    jar = next((tools.MODULES / "wiremock" / "build").glob(_WIREMOCK))
    where = ("--bind-address", "127.0.0.1", "--port", "{port}", "--root-dir", "wiremock")
    quiet = ("--no-request-journal", "--disable-banner", "--disable-gzip")
    return Candidate(
        "WireMock",
        "constants, in memory, journal off",
        _configured([tools.java() or "java", "-jar", str(jar)], *where, *quiet),
        tools.npm_version("wiremock"),
        stays_up=True,
        warm_up=24,  # on one core the JVM's compiler needs that long to be nearly done
    )

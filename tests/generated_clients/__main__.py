"""Makes a client with each generator, compiles it and runs the flow with it.

The flow is create, upload, job, detail, download. Each generator is judged by itself; one whose
tool this machine lacks is skipped, and the table says so.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.contract.golden import application
from tests.support import API_KEY, server_process

HERE = Path(__file__).parent
TOOLS = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else HERE
"""The `bin` folder of the environment with the generators."""
NODE_TOOLS = HERE / "node" / "node_modules"
DEBIAN_GO = Path("/usr/share/gocode/src")
"""Where Debian's packages of Go's libraries are; for machines that reach no module proxy."""
_TSC = ["--strict", "--skipLibCheck", "--target", "es2022", "--types", "node", "--outDir", "out"]


class Missing(Exception):
    """This machine lacks a tool."""


class Failed(Exception):
    """A step has failed; says which, and what it wrote."""


class Bench:
    """A folder for one generator, with the document in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def run(self, *command: str, cwd: str = ".", **environment: str) -> str:
        """What a command writes.

        Raises:
            Missing: there is no such program.
            Failed: it does not end well.
        """
        path = f"{TOOLS}{os.pathsep}{os.environ['PATH']}"
        program = shutil.which(command[0], path=path)
        if program is None:
            raise Missing(command[0])
        done = subprocess.run(
            [program, *command[1:]],
            cwd=self.folder / cwd,
            env={**os.environ, "PATH": path, **environment},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Failed(f"{' '.join(command)[:200]}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def openapi_generator(self, generator: str, *options: str) -> None:
        """Let openapi-generator make the client in `client`."""
        if shutil.which("java") is None:
            raise Missing("java")
        made = ("-i", "alfred.json", "-g", generator, "-o", "client")
        self.run("openapi-generator-cli", "generate", *made, *options)

    def node_modules(self) -> None:
        """Make the Node packages visible here."""
        if shutil.which("node") is None or not NODE_TOOLS.exists():
            raise Missing("node, or its packages")
        (self.folder / "node_modules").symlink_to(NODE_TOOLS)


def _python(bench: Bench) -> str:
    bench.openapi_generator("python")
    bench.run("python", "-m", "compileall", "-q", "client/openapi_client")
    bench.run("mypy", "--ignore-missing-imports", "-p", "openapi_client", cwd="client")
    flow = str(HERE / "flow_python.py")
    return bench.run("python", flow, bench.url, API_KEY, PYTHONPATH=str(bench.folder / "client"))


def _openapi_python_client(bench: Bench) -> str:
    bench.run("openapi-python-client", "generate", "--fail-on-warning", "--path", "alfred.json",
              "--output-path", "client")  # fmt: skip
    bench.run("mypy", "-p", "alfred_client", cwd="client")
    flow = str(HERE / "flow_openapi_python_client.py")
    return bench.run("python", flow, bench.url, API_KEY, PYTHONPATH=str(bench.folder / "client"))


def _typescript_fetch(bench: Bench) -> str:
    bench.openapi_generator("typescript-fetch")
    return _compiled(bench, "flow_typescript_fetch", "commonjs")


def _openapi_typescript(bench: Bench) -> str:
    bench.node_modules()
    bench.run("node", "node_modules/openapi-typescript/bin/cli.js", "alfred.json", "-o",
              "schema.d.ts")  # fmt: skip
    return _compiled(bench, "flow_openapi_typescript", "node16")


def _compiled(bench: Bench, flow: str, module: str) -> str:
    if not (bench.folder / "node_modules").exists():
        bench.node_modules()
    shutil.copy(HERE / f"{flow}.ts", bench.folder)
    tsc = "node_modules/typescript/bin/tsc"
    bench.run("node", tsc, *_TSC, "--module", module, f"{flow}.ts")
    return bench.run("node", f"out/{flow}.js", bench.url, API_KEY)


def _go(bench: Bench) -> str:
    # Two enums have a value of the same name, and Go has one space for the names of both.
    bench.openapi_generator("go", "--additional-properties=enumClassPrefix=true")
    main = bench.folder / "client" / "flow"
    main.mkdir()
    shutil.copy(HERE / "flow_go.go.txt", main / "main.go")
    shutil.rmtree(bench.folder / "client" / "test")  # the generator's own, which needs more
    where, environment = "client", {}
    try:
        bench.run("go", "mod", "tidy", cwd=where)
    except Failed as failed:
        if not DEBIAN_GO.exists():
            raise Missing("way to the modules that the client needs") from failed
        where, environment = _as_gopath(bench)
    bench.run("go", "vet", ".", "./flow", cwd=where, **environment)
    content = bench.folder / "a.txt"
    content.write_text("content")
    return bench.run(
        *("go", "run", "./flow", bench.url, API_KEY, str(content)), cwd=where, **environment
    )


def _as_gopath(bench: Bench) -> tuple[str, dict[str, str]]:
    """The client where Go looks for sources without modules, beside those of the system."""
    path = "go/src/github.com/GIT_USER_ID"
    (bench.folder / path).mkdir(parents=True)
    (bench.folder / "client").rename(bench.folder / path / "GIT_REPO_ID")
    gopath = f"{bench.folder / 'go'}{os.pathsep}{DEBIAN_GO.parent}"
    return f"{path}/GIT_REPO_ID", {"GO111MODULE": "off", "GOPATH": gopath}


GENERATORS: dict[str, Callable[[Bench], str]] = {
    "openapi-generator python": _python,
    "openapi-generator typescript-fetch": _typescript_fetch,
    "openapi-generator go": _go,
    "openapi-python-client": _openapi_python_client,
    "openapi-typescript": _openapi_typescript,
}


def outcome(generator: str, url: str) -> str:
    """What becomes of a generator: `ok`, or which tool is missing, or what failed."""
    with _bench(url) as bench:
        try:
            said = GENERATORS[generator](bench)
        except Missing as missing:
            return f"skipped: this machine has no {missing}"
        except Failed as failed:
            return f"FAILED: {failed}"
        return "ok" if said.endswith("flow done\n") else f"FAILED: it said {said!r}"


@contextmanager
def _bench(url: str) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        document = json.dumps(application("alfred").openapi())
        (Path(folder) / "alfred.json").write_text(document, "utf-8")
        yield Bench(Path(folder), url)


def main() -> int:
    """Judge the generators, or those that are named; 1 if one of them fails."""
    outcomes = {}
    for generator in sys.argv[2:] or GENERATORS:
        with server_process("--database-url", "sqlite:///:memory:") as server:
            outcomes[generator] = outcome(generator, server.url)
            print(f"{generator}: {outcomes[generator]}", flush=True)
    return int(any(each.startswith("FAILED") for each in outcomes.values()))


if __name__ == "__main__":
    sys.exit(main())

"""Pact in Node: scripts that write contracts and verify them, and the comparator of documents."""

import os
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent / "pact_node"
COMPARATOR = "node_modules/@pactflow/openapi-pact-comparator/dist/cli.cjs"
SECONDS = 120


def run(node: str, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of them to its end; nobody is told that it was used."""
    return subprocess.run(
        [node, script, *arguments],
        cwd=FOLDER,
        env={**os.environ, "PACT_DO_NOT_TRACK": "true", "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

"""Runs of pytest in processes of their own, with the plugin as it is installed."""

import textwrap

import pytest

STRICT = ("-W", "error", "--strict-markers", "-p", "no:cacheprovider", "-p", "no:randomly")
# They take longer to import than such a run takes.
WITHOUT = ("-p", "no:schemathesis", "-p", "no:hypothesispytest")

CALL = """
import json
import urllib.request

def call(company, path, method="GET"):
    request = urllib.request.Request(company.url + path, method=method, headers=company.headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own, where each warning is an error."""
    return pytester.runpytest_subprocess(*STRICT, *WITHOUT, *arguments, timeout=120)


def write(pytester: pytest.Pytester, tests: str) -> None:
    """A file of tests that have `call`."""
    pytester.makepyfile(CALL + textwrap.dedent(tests))

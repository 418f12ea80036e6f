"""One server for all workers of pytest-xdist."""

import socket

import pytest

from tests.testing.runs import run, write

URLS = """
    import os
    import pytest
    from pathlib import Path

    def note(name, server):
        with Path("urls").open("a") as file:
            file.write(f"{name} {server.url}\\n")

    @pytest.mark.parametrize("number", range(12))
    def test_default(alfred, alfred_server, number):
        call(alfred, "/api/tagshelf/ping")
        note("default", alfred_server)

    @pytest.mark.parametrize("number", range(12))
    @pytest.mark.alfred(rate_limit=7)
    def test_other(alfred, alfred_server, number):
        call(alfred, "/api/tagshelf/ping")
        note("other", alfred_server)
"""


def _urls(pytester: pytest.Pytester) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in (pytester.path / "urls").read_text("utf-8").splitlines():
        name, _, url = line.partition(" ")
        found.setdefault(name, set()).add(url)
    return found


def _ended(url: str) -> bool:
    port = int(url.rpartition(":")[2])
    try:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()
    except ConnectionRefusedError:
        return True
    return False


def test_workers_share_a_server_for_equal_settings(pytester: pytest.Pytester) -> None:
    write(pytester, URLS)
    result = run(pytester, "-n", "2")
    result.assert_outcomes(passed=24)
    urls = _urls(pytester)
    assert [len(found) for found in urls.values()] == [1, 1]
    assert urls["default"] != urls["other"]
    assert all(_ended(url) for found in urls.values() for url in found)


def test_each_has_its_own_if_that_is_asked_for(pytester: pytest.Pytester) -> None:
    write(pytester, URLS)
    run(pytester, "-n", "2", "--alfred-server-per-worker").assert_outcomes(passed=24)
    assert len(_urls(pytester)["default"]) == 2


def test_a_worker_that_is_killed_leaves_the_server_to_the_others(
    pytester: pytest.Pytester,
) -> None:
    write(
        pytester,
        URLS
        + """
    def test_dies(alfred, alfred_server):
        note("default", alfred_server)
        os.kill(os.getpid(), 9)
""",
    )
    result = run(pytester, "-n", "2")
    result.assert_outcomes(passed=24, failed=1)
    urls = _urls(pytester)
    assert [len(found) for found in urls.values()] == [1, 1]
    assert all(_ended(url) for found in urls.values() for url in found)


def test_a_refusal_reaches_the_worker_and_so_does_the_log(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.alfred(rate_limit=-1)
        def test_never(alfred): pass

        @pytest.mark.alfred(access_log=True, admin_token="a-token-for-tests")
        def test_log(alfred, alfred_server):
            alfred_server.requests()
            assert "/__admin/requests 200" in alfred_server.log

        @pytest.mark.alfred(ids_seed="1")
        def test_own(alfred, alfred_server):
            assert type(alfred_server).__name__ == "AlfredMock"
    """)
    result = run(pytester, "-n", "1")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*StartError: rate_limit: *"])


def test_a_run_that_does_not_use_it_starts_nothing(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import sys

        def pytest_sessionfinish(session):
            assert "alfred_mock.main" not in sys.modules
            assert "alfred_mock.testing.pool" not in sys.modules
    """)
    pytester.makepyfile("def test_nothing(): pass")
    result = run(pytester, "-n", "1")
    result.assert_outcomes(passed=1)
    assert result.ret == 0

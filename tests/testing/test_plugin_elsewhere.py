"""The pytest plugin with a server that runs elsewhere, and with several workers."""

import pytest

from alfred_mock.testing import AlfredMock
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from tests.testing.runs import run, write

TOKEN = "a-token-for-tests"


@pytest.mark.parametrize("way", ["option", "variable", "ini"])
def test_a_server_that_runs_elsewhere_is_used(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    pytester.makepyfile("""
        import sys

        def test_one(alfred, alfred_server):
            assert "alfred_mock.main" not in sys.modules
    """)
    with AlfredMock(admin_token=TOKEN) as server:
        arguments = []
        if way == "option":
            arguments = ["--alfred-url", server.url, "--alfred-admin-token", TOKEN]
        elif way == "variable":
            monkeypatch.setenv(URL_VARIABLE, server.url)
            monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
        else:
            pytester.makeini(f"[pytest]\nalfred_url = {server.url}\nalfred_admin_token = {TOKEN}\n")
        run(pytester, *arguments).assert_outcomes(passed=1)


SHUFFLED = """
    import random

    def pytest_collection_modifyitems(items):
        random.Random(20221117).shuffle(items)
"""
MANY = """
    import pytest

    @pytest.mark.parametrize("number", range(40))
    def test_one(alfred, number):
        for _ in range(number % 4):
            call(alfred, "/api/deferred/create", "POST")
        alfred.assert_called("POST", "/api/deferred/create", times=number % 4)
        if number % 5 == 0:
            alfred.reset()
            alfred.clock.freeze("2030-01-01T00:00:00")
            fault = alfred.fail("/api/tagshelf/*", status=500)
            assert fault.remaining is None
        else:
            assert alfred.clock.now.year < 2030
            assert "pong" in call(alfred, "/api/tagshelf/ping")
"""


@pytest.mark.parametrize("is_shared", [True, False], ids=["one-server", "a-server-each"])
def test_workers_do_not_disturb_each_other(pytester: pytest.Pytester, is_shared: bool) -> None:
    pytester.makeconftest(SHUFFLED)
    write(pytester, MANY)
    with AlfredMock() as server:
        arguments = ["--alfred-url", server.url] if is_shared else []
        run(pytester, "-n", "2", *arguments).assert_outcomes(passed=40)
        assert server.requests() == []

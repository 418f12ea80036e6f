"""The pytest plugin, in runs of pytest of its own."""

import subprocess
import sys

import pytest

from alfred_mock.testing import AlfredMock
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE

TOKEN = "a-token-for-tests"
STRICT = ("-W", "error", "--strict-markers", "-p", "no:cacheprovider")

CALL = """
import json
import urllib.request

def call(company, path, method="GET"):
    request = urllib.request.Request(company.url + path, method=method, headers=company.headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        return json.load(answer)
"""


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, TOKEN_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest in a process of its own, where each warning is an error."""
    return pytester.runpytest_subprocess(*STRICT, *arguments, timeout=120)


def test_it_imports_nothing_of_the_server() -> None:
    code = """
import sys, pytest
before = set(sys.modules)
import alfred_mock.testing.plugin
print(*sorted(name.partition(".")[0] for name in set(sys.modules) - before))
"""
    imported = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60)
    assert set(imported.split()) == {"alfred_mock"}


def test_a_run_that_does_not_use_it_is_not_changed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_nothing_is_started():
            assert "alfred_mock.main" not in sys.modules
    """)
    result = run(pytester)
    result.assert_outcomes(passed=1)
    assert result.stderr.str() == ""


def test_each_test_has_a_company_of_its_own_on_one_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CALL,
        """
        import pytest

        companies = []

        @pytest.mark.parametrize("number", range(3))
        def test_one(alfred, alfred_server, number):
            assert alfred.name == f"test_one[{number}]"
            companies.append(alfred)
            session = call(alfred, "/api/deferred/create", "POST")
            assert len(alfred.assert_called("POST", "/api/deferred/create", times=1)) == 1

        def test_they_are_gone(alfred_server):
            assert len({company.url for company in companies}) == 1
            assert len({company.id for company in companies}) == 3
            for company in companies:
                assert alfred_server.requests(path="/api/*", status=200) == []
        """,
    )
    result = run(pytester)
    result.assert_outcomes(passed=4)
    assert result.stderr.str() == ""


def test_settings_and_seed_are_overridden_where_fixtures_are(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def alfred_settings():
            return {"rate_limit": 7}
    """)
    pytester.makepyfile(
        CALL,
        """
        import urllib.request
        import pytest

        CONTRACT = {"tags": [{"name": "CONTRATO"}]}

        def test_settings(alfred):
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(alfred.url + "/livez") as answer:
                assert answer.headers["X-RateLimit-Limit"] == "7"

        @pytest.mark.parametrize("alfred_seed", [CONTRACT])
        def test_seed(alfred, alfred_seed):
            assert alfred_seed is CONTRACT
            assert [tag["tag_name"] for tag in call(alfred, "/api/tag/list")] == ["CONTRATO"]
        """,
    )
    result = run(pytester)
    result.assert_outcomes(passed=2)


def test_a_failure_says_what_was_asked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        CALL,
        """
        import pytest

        def test_fails(alfred):
            call(alfred, "/api/deferred/create", "POST")
            assert False

        @pytest.fixture
        def broken(alfred):
            call(alfred, "/api/tagshelf/ping")
            raise ValueError

        def test_breaks(broken):
            pass

        def test_passes(alfred):
            call(alfred, "/api/tagshelf/who-am-i")
        """,
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines_random(
        ["*- alfred-mock requests -*", "POST /api/deferred/create 200, * ms"]
    )
    result.stdout.fnmatch_lines(["GET /api/tagshelf/ping 200, * ms"])
    result.stdout.no_fnmatch_line("*who-am-i 200*")


def test_a_journal_that_is_off_hides_no_failure(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def alfred_settings():
            return {"journal": "off"}
    """)
    pytester.makepyfile("def test_fails(alfred): assert 1 == 2")
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["unknown: The journal is off*", "FAILED *assert 1 == 2"])


def test_a_server_that_cannot_start_is_an_error_of_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest

        @pytest.fixture(scope="session")
        def alfred_settings():
            return {"progresion": "timed"}
    """)
    pytester.makepyfile("def test_never(alfred): pass")
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*StartError: progresion is no setting of alfred-mock*"])


def test_it_works_beside_a_package_called_app(pytester: pytest.Pytester) -> None:
    (pytester.mkpydir("app") / "main.py").write_text("ANSWER = 42\n", "utf-8")
    pytester.makepyfile("""
        from app.main import ANSWER

        def test_both(alfred):
            assert ANSWER == 42
            assert alfred.id
    """)
    pytester.makeini("[pytest]\npythonpath = .\n")
    run(pytester).assert_outcomes(passed=1)


def test_it_can_be_left_out_and_put_beside_others(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(alfred): pass")
    run(pytester, "-p", "no:randomly", "-p", "no:xdist").assert_outcomes(passed=1)
    left_out = run(pytester, "-p", "no:alfred-mock")
    left_out.assert_outcomes(errors=1)
    left_out.stdout.fnmatch_lines(["*fixture 'alfred' not found*"])


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
    pytester.makepyfile(CALL, MANY)
    with AlfredMock() as server:
        arguments = ["--alfred-url", server.url] if is_shared else []
        run(pytester, "-n", "2", *arguments).assert_outcomes(passed=40)
        assert bool(server.requests(path="/__admin/*")) is False

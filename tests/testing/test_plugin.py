"""The pytest plugin, in runs of pytest of its own."""

import subprocess
import sys

import pytest

from tests.testing.runs import run, write


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
    write(
        pytester,
        """
        import pytest

        companies = []

        @pytest.mark.parametrize("number", range(3))
        def test_one(alfred, alfred_server, number):
            assert alfred.name == f"test_one[{number}]"
            companies.append(alfred)
            call(alfred, "/api/deferred/create", "POST")
            alfred.assert_called("POST", "/api/deferred/create", times=1)

        def test_they_are_gone(alfred_server):
            assert len({company.url for company in companies}) == 1
            assert len({company.id for company in companies}) == 3
            assert alfred_server.requests() == []
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
            return {"rate_limit": 7, "journal": "off"}
    """)
    write(
        pytester,
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
            assert [tag["name"] for tag in call(alfred, "/api/tag/all")] == ["CONTRATO"]

        def test_fails_without_a_journal(alfred):
            assert 1 == 2
        """,
    )
    result = run(pytester)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E *assert 1 == 2", "unknown: The journal is off*"])


def test_a_failure_says_what_was_asked(pytester: pytest.Pytester) -> None:
    write(
        pytester,
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
    heading = "*- alfred-mock requests -*"
    result.stdout.fnmatch_lines([heading, "GET /api/tagshelf/ping 200, * ms"])
    result.stdout.fnmatch_lines([heading, "POST /api/deferred/create 200, * ms"])
    result.stdout.no_fnmatch_line("*who-am-i 200*")


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


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(alfred): pass")
    result = run(pytester, "-p", "no:alfred-mock")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'alfred' not found*"])


def test_pytest_rewrites_no_module_of_the_server(pytester: pytest.Pytester) -> None:
    # pytest marks a plugin's whole distribution; an editable one does not list its modules.
    pytester.makeconftest("""
        def pytest_configure(config):
            config.pluginmanager.rewrite_hook._must_rewrite.add("alfred_mock")
    """)
    pytester.makepyfile("""
        def test_loaders():
            import alfred_mock.main

            assert type(alfred_mock.main.__spec__.loader).__name__ == "SourceFileLoader"
    """)
    run(pytester).assert_outcomes(passed=1)

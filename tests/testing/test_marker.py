"""Settings and seeds of modules and of single tests."""

from textwrap import dedent

import pytest

from tests.testing.runs import run, write

LIMIT = """
import urllib.request

def limit(company):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(company.url + "/livez") as answer:
        return int(answer.headers["X-RateLimit-Limit"])
"""


def test_settings_of_a_module_hold_whatever_ran_before(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import pytest

        def pytest_sessionstart(session):
            session.config.urls = []
    """)
    module = """
        import pytest

        @pytest.fixture(scope="{scope}")
        def alfred_settings():
            return {{"rate_limit": {limit}}}

        def test_one(alfred, alfred_server, pytestconfig):
            assert limit(alfred) == {limit}
            assert alfred_server.url == alfred.url
            pytestconfig.urls.append(alfred.url)
    """
    for name, scope, limit in (
        ("test_b", "session", 7),
        ("test_c", "module", 8),
        ("test_d", "function", 7),
    ):
        pytester.makepyfile(
            **{name: LIMIT + "\n" + dedent(module.format(scope=scope, limit=limit))}
        )
    pytester.makepyfile(
        test_a="def test_one(alfred, pytestconfig): pytestconfig.urls.append(alfred.url)",
        test_e="""
        import pytest

        @pytest.mark.parametrize("alfred_settings", [{"rate_limit": 8}])
        def test_last(alfred, pytestconfig):
            pytestconfig.urls.append(alfred.url)
            default, seven, eight, again, last = pytestconfig.urls
            assert len({default, seven, eight}) == 3
            assert (seven, eight) == (again, last)
        """,
    )
    run(pytester).assert_outcomes(passed=5)


def test_a_marker_holds_for_one_test(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        LIMIT
        + dedent("""
        import pytest

        pytestmark = pytest.mark.alfred(rate_limit=5)

        @pytest.fixture(scope="session")
        def alfred_settings():
            return {"rate_limit": 4, "progression": "manual"}

        @pytest.mark.alfred(rate_limit=6, seed={"tags": [{"name": "CONTRATO"}]})
        def test_its_own(alfred, alfred_server):
            assert limit(alfred) == 6
            assert alfred_server.url == alfred.url
            assert [tag["name"] for tag in call(alfred, "/api/tag/all")] == ["CONTRATO"]

        def test_its_modules(alfred):
            assert limit(alfred) == 5
            assert [tag["name"] for tag in call(alfred, "/api/tag/all")] != ["CONTRATO"]

        @pytest.fixture(scope="module")
        def wide(alfred_server_with, alfred_settings):
            return alfred_server_with(**alfred_settings)

        @pytest.mark.alfred(rate_limit=4)
        def test_wider_fixtures_have_servers_too(alfred, wide):
            assert limit(wide) == 4
            assert wide.url == alfred.url
        """),
    )
    result = run(pytester)
    result.assert_outcomes(passed=3)
    assert "alfred(seed=" in run(pytester, "--markers").stdout.str()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("rate_limt=6", "rate_limt is no setting of alfred-mock; the nearest is rate_limit"),
        ("sed={}", "sed is no setting of alfred-mock; the nearest is seed"),
        ("7", "takes arguments by name only, such as seed=..., not 7"),
        ("seed='seed.yaml'", "has a seed that is no mapping"),
        ("rate_limit=-1", "StartError: rate_limit: "),
    ],
)
def test_what_a_marker_cannot_have_is_refused(
    pytester: pytest.Pytester, given: str, told: str
) -> None:
    pytester.makepyfile(f"""
        import pytest

        @pytest.mark.alfred({given})
        def test_never(alfred): pass
    """)
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{told}*".replace("[", "[[]")])

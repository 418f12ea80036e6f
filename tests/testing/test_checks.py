"""What fails a test beside its own assertions."""

import pytest

from tests.testing.runs import run, write

TESTS = """
    import urllib.error

    import pytest

    def test_a_fault_never_fires(alfred):
        alfred.fail("/api/tagshelf/*", status=503)

    def test_a_fault_fires(alfred):
        alfred.fail("/api/tagshelf/*", status=503)
        refused(alfred, "/api/tagshelf/ping")

    def refused(company, path):
        with pytest.raises(urllib.error.HTTPError):
            call(company, path)

    def test_a_refusal(alfred):
        refused(alfred, "/api/no/such")

    def test_a_stray(alfred):
        alfred.headers = {}
        refused(alfred, "/api/tagshelf/ping")

    @pytest.mark.alfred(fail_on_refusals=False, fail_on_unused_faults=False)
    def test_it_may(alfred):
        alfred.fail("/api/tagshelf/*", status=503)
        refused(alfred, "/api/no/such")

    @pytest.mark.alfred(expected_refusals=[404])
    def test_it_expects_them(alfred):
        refused(alfred, "/api/no/such")

    def test_it_fails_by_itself(alfred):
        refused(alfred, "/api/no/such")
        assert 1 == 2
"""


def test_nothing_is_checked_unless_it_is_asked_for(pytester: pytest.Pytester) -> None:
    write(pytester, TESTS)
    run(pytester).assert_outcomes(passed=6, failed=1)


@pytest.mark.parametrize("way", ["option", "ini"])
def test_each_is_checked_where_it_is_asked_for(pytester: pytest.Pytester, way: str) -> None:
    write(pytester, TESTS)
    arguments = ["--alfred-fail-on-unused-faults", "--alfred-fail-on-refusals"]
    if way == "ini":
        names = "".join(f"{name[2:].replace('-', '_')} = true\n" for name in arguments)
        pytester.makeini(f"[pytest]\n{names}")
        arguments = []
    result = run(pytester, *arguments)
    result.assert_outcomes(passed=3, failed=4)
    result.stdout.fnmatch_lines(
        [
            "No request has met these faults:",
            '*<Fault *: any method /api/tagshelf/[*] -> {"effect": {"status": 503}}>',
            "These requests were refused, and no fault asked for it:",
            "*GET /api/no/such 404, * ms",
            "*no such route; the nearest is *",
            "These requests were refused, and no fault asked for it:",
            "*GET /api/tagshelf/ping 401, * ms",
            "*assert 1 == 2",
        ]
    )


def test_a_marker_asks_for_it_in_one_test(pytester: pytest.Pytester) -> None:
    write(
        pytester,
        """
        import pytest

        @pytest.mark.alfred(fail_on_unused_faults=True)
        def test_asks(alfred):
            alfred.fail("/api/*", status=500)

        @pytest.mark.xfail(strict=True)
        @pytest.mark.alfred(fail_on_unused_faults=True)
        def test_expects(alfred):
            alfred.fail("/api/*", status=500)

        def test_does_not(alfred):
            alfred.fail("/api/*", status=500)
        """,
    )
    run(pytester).assert_outcomes(passed=1, failed=1, xfailed=1)

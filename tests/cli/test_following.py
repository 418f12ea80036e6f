"""Following: what comes is printed as it comes."""

import json
import subprocess
from collections.abc import Iterator

import httpx
import pytest

from alfred_mock.cli.following import data_of
from alfred_mock.cli.statuses import UNREACHABLE
from alfred_mock.testing import AlfredMock, Company
from tests.cli.processes import SECONDS, interrupted, started


def _call(company: Company, path: str) -> None:
    httpx.get(f"{company.url}{path}", headers=company.headers, trust_env=False)


def _lines(process: "subprocess.Popen[str]") -> Iterator[str]:
    assert process.stdout is not None
    return iter(process.stdout.readline, "")


def test_requests_are_printed_as_they_come_until_ctrl_c(company: Company) -> None:
    _call(company, "/before")
    mine = ("--url", company.url, "--company", company.id)
    with started("requests", "--follow", "--limit", "1", *mine) as process:
        lines = _lines(process)
        assert "/before" in next(lines)
        for number in range(3):
            _call(company, f"/after/{number}")
            assert f"/after/{number} " in next(lines)
        status, out, err = interrupted(process)
    assert (status, out, err) == (0, "", "")


def test_scripts_get_a_document_a_line_of_what_matches(company: Company) -> None:
    mine = ("--url", company.url, "--company", company.id)
    with started("requests", "-f", "--json", "--path", "/b*", "--since", "0", *mine) as process:
        lines = _lines(process)
        for path in ("/a", "/b1", "/c", "/b2"):
            _call(company, path)
        entries = [json.loads(next(lines)) for _ in range(2)]
    assert [entry["path"] for entry in entries] == ["/b1", "/b2"]
    assert (
        entries
        == company._control.call("GET", "requests", query={"company": company.id, "path": "/b*"})[
            "requests"
        ]
    )


def test_events_are_printed_as_they_are_told(company: Company) -> None:
    session = httpx.post(
        f"{company.url}/api/deferred/create", headers=company.headers, trust_env=False
    ).json()
    file = httpx.post(
        f"{company.url}/api/file/uploadfile",
        headers=company.headers,
        data=session,
        files={"file": ("a.pdf", b"a")},
        trust_env=False,
    ).json()["file_id"]
    company.events.all()
    company.emit("file_update", file=file)
    with started("events", "--follow", "--url", company.url, "--company", company.id) as process:
        lines = _lines(process)
        shown = [next(lines)]
        while "file_update" not in shown[-1]:
            shown.append(next(lines))
        company.emit("file_property_create", file=file)
        assert "file_property_create" in next(lines)
        assert interrupted(process)[0] == 0


def test_a_server_that_ends_is_told_of() -> None:
    with AlfredMock() as server:
        company = server.company()
        _call(company, "/before")
        with started("requests", "--follow", "--url", server.url) as process:
            assert "/before" in next(_lines(process))
            server.close()
            _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == UNREACHABLE
    assert len(err.splitlines()) == 1


def test_a_reader_that_has_enough_ends_it_without_a_word(company: Company) -> None:
    _call(company, "/one")
    with started("requests", "-f", "--url", company.url, "--company", company.id) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        process.stdout.close()
        _call(company, "/two")
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(SECONDS) == 1


@pytest.mark.parametrize(
    ("lines", "data"),
    [
        (["retry: 1000", ""], []),
        (["id: 1", 'data: {"a":1}', "", ":", "", "data:2", ""], ['{"a":1}', "2"]),
        (["data: a", "data: b", ""], ["a\nb"]),
        (["data: cut off"], []),
    ],
)
def test_the_data_of_a_stream_is_taken_out(lines: list[str], data: list[str]) -> None:
    assert list(data_of(lines)) == data

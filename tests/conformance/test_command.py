"""`alfred-mock conformance` as it is typed: what it prints, writes and refuses, how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from alfred_mock.cli import main
from alfred_mock.conformance.double import COMPANY_WITH_A_JOB
from alfred_mock.conformance.keys import VARIABLE
from alfred_mock.testing import AlfredMock, Company
from tests.support import command

NOTHING = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


@pytest.fixture
def company(server: AlfredMock) -> Iterator[Company]:
    made = server.company("Company of the tests", {"tags": COMPANY_WITH_A_JOB["tags"]})
    yield made
    made.delete()


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def key_file(company: Company, tmp_path: Path) -> Path:
    file = tmp_path / "key.txt"
    file.write_text(f"{company.api_key}\n")
    return file


def _conformance(url: str, *arguments: str | Path) -> Result:
    options = ["conformance", "--url", url, "--per-second", "1000", *map(str, arguments)]
    return CliRunner().invoke(main, options, catch_exceptions=False)


def test_all_alike_is_a_0(server: AlfredMock, key_file: Path) -> None:
    done = _conformance(server.url, "--api-key-file", key_file)
    assert (done.exit_code, done.stderr) == (0, "")
    head, *rows, summary = done.stdout.splitlines()
    assert head.split() == ["fidelity", "real", "double", "verdict"]
    assert any("confirmed (was: our choice)" in row for row in rows)
    assert " 0 differs, 0 more, " in summary
    assert summary.endswith("32 requests")


def test_a_difference_is_a_1(server: AlfredMock, company: Company, key_file: Path) -> None:
    company.fail(path="/api/tag/all", content='[{"id": 7}]', status=200)
    done = _conformance(server.url, "--api-key-file", key_file)
    assert done.exit_code == 1
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("tags.all.members")]
    assert line.endswith("differs")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--url", "http://app.tagshelf.com"], "must be https"),
        (["--url", NOTHING], "there is no API key"),
        (["--url", NOTHING, "--level", "create"], "--company says in which company"),
        (["--url", NOTHING, "--level", "all"], "'all' is not one of"),
        (["--url", "https://app.tagshelf.com", "--per-second", "3"], "at most 2.0"),
        (["--url", NOTHING, "--api-key-file", "none.txt"], "none.txt: No such file"),
        ([], "Missing option '--url'"),
    ],
)
def test_a_refusal_is_a_2(arguments: list[str], problem: str) -> None:
    done = CliRunner().invoke(main, ["conformance", *arguments])
    assert (done.exit_code, done.stdout) == (2, "")
    assert problem in done.stderr


@pytest.mark.parametrize("text", ["", "two keys", "schlüssel", "a\nb"])
def test_a_file_that_holds_no_key_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text(text, "utf-8")
    done = _conformance(NOTHING, "--api-key-file", file)
    assert done.exit_code == 2
    assert "must hold one key" in done.stderr
    assert not text or text not in done.stderr


def test_another_company_is_a_2_after_one_request(
    server: AlfredMock, company: Company, key_file: Path
) -> None:
    options = ("--api-key-file", key_file, "--level", "process", "--company", "Another")
    done = _conformance(server.url, *options)
    assert done.exit_code == 2
    assert "is not one of that company" in done.stderr
    assert company.name not in done.stderr
    assert len(company.requests()) == 1


def test_the_company_that_is_meant_is_worked_in(
    server: AlfredMock, company: Company, key_file: Path
) -> None:
    options = ("--api-key-file", key_file, "--level", "process", "--company", company.name)
    done = _conformance(server.url, *options)
    assert done.exit_code == 0, done.stdout
    assert "0 skipped" in done.stdout
    # The job of the run, one of an unknown session, and a second one of its own.
    assert len(company.requests(method="POST", path="/api/job/create")) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals like that")
@pytest.mark.parametrize(("offset", "status"), [("", 0), ("x", 2)])
def test_a_person_is_asked(
    server: AlfredMock,
    company: Company,
    offset: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, company.api_key)
    ours, theirs = os.openpty()
    typed = ("--url", server.url, "--per-second", "1000", "--level", "create")
    process = subprocess.Popen(
        command("conformance", *typed), stdin=theirs, stdout=PIPE, stderr=PIPE, text=True
    )
    try:
        os.write(ours, f"{company.name}{offset}\n".encode())
        out, err = process.communicate(timeout=60)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        os.close(ours)
        os.close(theirs)
    assert process.returncode == status, err
    assert "Things are left behind in the company called" in err
    assert company.api_key not in out + err


def test_who_cannot_be_reached_is_a_3(key_file: Path) -> None:
    done = _conformance(NOTHING, "--api-key-file", key_file)
    assert done.exit_code == 3
    assert "ended early: 127.0.0.1:9 cannot be reached" in done.stderr


def test_a_key_that_is_refused_is_a_3(server: AlfredMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "no-such-key")
    done = _conformance(server.url)
    assert done.exit_code == 3
    assert "it was refused" in done.stderr


def test_all_formats_are_written(
    server: AlfredMock, company: Company, key_file: Path, tmp_path: Path
) -> None:
    company.fail(path="/api/tag/all", content='[{"id": 7}]', status=200)
    out, seen = tmp_path / "out", tmp_path / "observations"
    done = _conformance(
        *(server.url, "--api-key-file", key_file, "--format", "json"),
        *("--output", out, "--save", seen),
    )
    document = json.loads(done.stdout)
    assert {"version", "date", "host", "level", "checks"} <= document.keys()
    assert {"id", "row", "verdict", "there", "here", "request"} <= document["checks"][0].keys()
    assert json.loads((out / "conformance.json").read_text()) == document
    assert [json.loads(path.read_text()) for path in seen.iterdir()] == [document]
    suite = ElementTree.fromstring((out / "conformance.xml").read_text())  # noqa: S314 - ours
    cases = {case.get("name"): case for case in suite}
    assert cases["tags.all"].find("failure") is not None
    assert cases["job.detail"].find("skipped") is not None
    assert list(cases["tagshelf.ping"]) == []
    assert int(suite.get("failures", "0")) == len(suite.findall(".//failure"))
    markdown = (out / "conformance.md").read_text()
    assert "| tags.all.members |" in markdown
    assert "confirmed (was" not in markdown
    assert (out / "conformance.txt").read_text().startswith("fidelity ")


def test_no_secret_and_nothing_of_the_customers_is_in_any_of_them(
    server: AlfredMock, company: Company, key_file: Path, tmp_path: Path
) -> None:
    company.fail(path="/api/tag/all", status=200, content='[{"id": "Canary of a customer"}]')
    done = _conformance(
        *(server.url, "--api-key-file", key_file, "--output", tmp_path, "--save", tmp_path),
        *("--level", "process", "--company", company.name),
    )
    written = [path.read_text() for path in tmp_path.iterdir() if path != key_file]
    assert len(written) == 5
    for text in [done.output, *written]:
        for secret in (company.api_key, company.name, company.id, "Canary of a customer"):
            assert secret not in text


def test_fidelity_prints_the_rows_of_a_route() -> None:
    done = CliRunner().invoke(main, ["fidelity", "--route", "get /api/tag/all"])
    first, second, *others = done.stdout.splitlines()
    assert first == "tags.all  (GET /api/tag/all)"
    assert second.startswith("  `GET /api/tag/all` answers")
    assert "  source: our choice, after the tags of an account" in others
    assert "  shown by conformance:tags.all.*" in others


def test_fidelity_prints_all_of_them_or_names_the_nearest() -> None:
    assert CliRunner().invoke(main, ["fidelity"]).stdout.count("  source: ") > 150
    done = CliRunner().invoke(main, ["fidelity", "--route", "/api/jobs/all"])
    assert done.exit_code == 2
    assert "the nearest is GET /api/job/all" in done.stderr

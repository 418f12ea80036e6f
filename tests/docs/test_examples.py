"""Each example of each page is executed as a reader would."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alfred_mock.testing import AlfredMock
from alfred_mock.testing.plugin import TOKEN_VARIABLE, URL_VARIABLE
from tests.docs.elsewhere import ELSEWHERE
from tests.docs.examples import (
    EXAMPLES,
    PAGES,
    Example,
    examples_of,
    files_for,
    needs_postgres,
    write,
)
from tests.docs.markdown import ROOT
from tests.docs.transcripts import SECONDS, Transcript, typed_in
from tests.testing.runs import WITHOUT

HERE = [each for each in EXAMPLES if (each.page, each.first_line) not in ELSEWHERE]
FOR_PYTEST = [each for each in HERE if each.is_for_pytest]
FOR_NODE = [each for each in HERE if each.is_for_node]
TYPED = {
    page: shown
    for page in PAGES
    if (shown := [each for each in HERE if each.page == page and each.language == "console"])
}


@pytest.fixture(autouse=True)
def _undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (URL_VARIABLE, TOKEN_VARIABLE, "ALFRED_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="module")
def server() -> Iterator[AlfredMock]:
    with AlfredMock() as started:
        yield started


def test_the_tests_for_pytest_pass(pytester: pytest.Pytester) -> None:
    """All in one run, each page in a folder of its own: a run takes longer to start than to end."""
    with_wheel = importlib.util.find_spec("pylibmagic") is not None
    expected = 0
    for example in FOR_PYTEST:
        if "from alfred." in example.text and not with_wheel:
            continue  # the official client cannot be imported without libmagic
        write(pytester.path / example.page.replace("/", "-").removesuffix(".md"), [example])
        expected += len(re.findall(r"^ *(?:async )?def test_", example.text, re.MULTILINE))
    pytester.makeconftest("import pylibmagic" if with_wheel else "")
    result = pytester.runpytest_subprocess(
        *("-W", "error", "-W", "ignore:datetime.datetime.utcfromtimestamp"),
        *("--import-mode=importlib", "-p", "no:cacheprovider", *WITHOUT),
        timeout=SECONDS,
    )
    result.assert_outcomes(passed=expected)
    assert expected >= len(FOR_PYTEST) / 2


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node on this machine")
@pytest.mark.parametrize("example", FOR_NODE, ids=lambda each: f"{each.page}-{each.name}")
def test_the_tests_for_node_pass(
    example: Example, server: AlfredMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALFRED_URL", server.url)
    write(tmp_path, [each for each in examples_of(example.page) if each.name.endswith(".mjs")])
    assert f"`node --test {example.name}`" in (ROOT / example.page).read_text("utf-8")
    done = subprocess.run(
        ["node", "--test", example.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout
    tests = len(re.findall(r"^test\(", example.text, re.MULTILINE))
    assert re.search(rf"pass {tests}\b", done.stdout), done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
@pytest.mark.parametrize(
    ("page", "database"),
    [
        (page, "empty_postgres_url" if needs_postgres(shown) else None)
        for page, shown in TYPED.items()
    ],
    ids=list(TYPED),
)
def test_what_is_typed_prints_what_is_shown(
    page: str, database: str | None, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    write(tmp_path, files_for(TYPED[page], examples_of(page)))
    database_url = request.getfixturevalue(database) if database else None
    with Transcript(tmp_path, database_url) as transcript:
        for example in TYPED[page]:
            for command, shown in typed_in(example.text):
                transcript.type(command, shown)


@pytest.mark.parametrize("page", PAGES)
def test_each_example_is_executed_or_listed_with_a_reason(page: str) -> None:
    here = [each for each in HERE if each.page == page]
    typed = TYPED.get(page, [])
    executed = [*typed, *files_for(typed, here), *FOR_PYTEST, *FOR_NODE]
    imported = " ".join(each.text for each in FOR_NODE if each.page == page)
    executed += [each for each in here if each.name and f'"./{each.name}"' in imported]
    assert [each.first_line for each in here if each not in executed] == []


@pytest.mark.parametrize("page", PAGES)
def test_each_block_says_what_it_is_written_in(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    fences = re.findall(r"^ *```(.*)$", text, re.MULTILINE)
    assert all(fences[::2]), "a block has no language"
    assert not any(fences[1::2])


@pytest.mark.parametrize(("page", "first_line"), ELSEWHERE, ids=lambda text: text[:40])
def test_what_is_listed_is_there_and_says_why(page: str, first_line: str) -> None:
    assert [each for each in examples_of(page) if each.first_line == first_line]
    reason = ELSEWHERE[page, first_line]
    named, _, rest = reason.partition(" ")
    assert not named.startswith("tests/") or (ROOT / named).exists()
    if named.endswith(".py") and not rest:
        assert page.rpartition("/")[2] in (ROOT / named).read_text("utf-8")
    else:
        assert len(rest.split()) >= 3, reason

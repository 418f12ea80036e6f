"""What the README says about settings, commands, seeds and signatures is true."""

import re
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from pydantic import BaseModel

from alfred_mock.control.demo import banner
from alfred_mock.control.seed.document import (
    CompanySeed,
    DeferredSessionSeed,
    HmacSeed,
    KeySeed,
    SeedDocument,
    UserSeed,
)
from alfred_mock.control.seed.files import read_seed
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Settings, variable_of
from tests.docs.markdown import ROOT, blocks, code_in, read, rows, section
from tests.support import server_process

README = read("README.md")


def _default(value: Any) -> str:
    if value in (None, ()):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


def test_the_table_of_settings_has_each_of_them_with_its_default() -> None:
    _, *table = rows(section(README, "Settings"))
    assert [row[:3] for row in table] == [
        [f"`{variable_of(field)}`", f"`--{field.replace('_', '-')}`", _default(info.default)]
        for field, info in Settings.model_fields.items()
    ]
    assert all(len(row) == 4 and row[3] for row in table)


def test_what_make_run_prints_is_what_the_server_prints() -> None:
    shown = blocks(section(README, "Two commands"), "text")[0]
    assert "Listening on http://127.0.0.1:8000\n" + banner("http://127.0.0.1:8000") in shown
    said = re.findall(r"== .+", shown)
    assert len(said) == 2
    assert all(f'@echo "{line}"' in read("Makefile") for line in said)


@pytest.mark.parametrize(
    ("part", "model"),
    [
        ("a company", CompanySeed),
        ("`users`", UserSeed),
        ("`api_keys`", KeySeed),
        ("`hmac`", HmacSeed),
        ("`deferred_sessions`", DeferredSessionSeed),
    ],
)
def test_the_table_of_seeds_has_each_key(part: str, model: type[BaseModel]) -> None:
    (cell,) = (row[1] for row in rows(section(README, "Seed")) if row[0] == part)
    required, _, optional = cell.partition("optional:")
    fields = model.model_fields
    for name, field in fields.items():
        is_list = isinstance(field.default, list)
        assert f"`{name}`" in (required if field.is_required() or is_list else optional)
        if isinstance(field.default, str):
            assert f"`{name}` (`{field.default}`" in optional
    unknown = {"API Key 1", "HMAC Key 1", "open", "closed"}
    assert set(code_in(cell)) - set(fields) <= unknown


def _keys(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_keys, value))
    return set(value).union(*map(_keys, value.values())) if isinstance(value, dict) else set()


def test_the_example_seed_uses_every_key_there_is() -> None:
    parts: list[type[BaseModel]] = [
        SeedDocument,
        CompanySeed,
        UserSeed,
        KeySeed,
        HmacSeed,
        DeferredSessionSeed,
    ]
    path = ROOT / "examples" / "documented.yaml"
    read_seed(path)
    assert _keys(yaml.safe_load(path.read_text(encoding="utf-8"))) == {
        field for part in parts for field in part.model_fields
    }


def test_the_bad_seed_is_refused_in_the_words_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (bad,) = blocks(section(README, "Seed"), "yaml")
    Path("seed.yaml").write_text(bad, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        read_seed(Path("seed.yaml"))
    assert f"alfred-mock does not start: {refused.value}\n" in section(README, "Seed")


def test_the_recipe_for_signatures_signs(sqlite_url: str, tmp_path: Path) -> None:
    (recipe,) = blocks(section(README, "HMAC"), "python")
    script = tmp_path / "sign.py"
    script.write_text(recipe, encoding="utf-8")
    with server_process("--database-url", sqlite_url) as server:
        url = f"{server.url}/api/deferred/create"
        for body in ([], ['{"a": 1}']):
            signed = subprocess.check_output(
                [sys.executable, str(script), "POST", url, *body], text=True
            )
            headers = {"Authorization": signed.strip()}
            answer = httpx.post(url, headers=headers, content="".join(body), trust_env=False)
            assert answer.status_code == 200, answer.text

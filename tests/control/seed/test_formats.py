"""Seeds as people write them: read as they are meant, or refused in one sentence with the line."""

from pathlib import Path

import pytest

from alfred_mock.control.seed.document import read_seed
from alfred_mock.core.errors import Refusal

ID = "286e2ed0-3626-4faa-a745-8ebf3488fbd7"
YAML = f"companies:\n  - id: {ID}\n    name: Compañía\n"
JSON = f'{{"companies": [{{"id": "{ID}", "name": "Compañía"}}]}}'
TOML = f'[[companies]]\nid = "{ID}"\nname = "Compañía"\n'
TEXTS = [("seed.yaml", YAML), ("seed.json", JSON), ("seed.toml", TOML)]


@pytest.mark.parametrize(("name", "text"), TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_the_encodings_and_line_ends_of_editors(
    tmp_path: Path, name: str, text: str, encoding: str, ends: str
) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (tmp_path / name).write_bytes((mark + text.replace("\n", ends)).encode(encoding))
    assert read_seed(tmp_path / name).companies[0].name == "Compañía"


@pytest.mark.parametrize(("name", "text"), TEXTS)
def test_another_encoding_is_refused_with_the_line(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    line = 1 if name == "seed.json" else 3
    with pytest.raises(Refusal, match=rf": line {line} is not in UTF-8; save the file in UTF-8$"):
        read_seed(tmp_path / name)


def test_utf_16_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_bytes(YAML.encode("utf-16")[:-1])
    with pytest.raises(Refusal, match="is not in UTF-16; save the file in UTF-8"):
        read_seed(tmp_path / "seed.yaml")


def test_anchors_and_merges_of_yaml_are_understood(tmp_path: Path) -> None:
    (tmp_path / "seed.yaml").write_text(
        f"companies:\n- id: {ID}\n  name: C\n  tags:\n"
        "  - &first {name: A, description: x}\n  - {<<: *first, name: B}\n"
    )
    tags = read_seed(tmp_path / "seed.yaml").companies[0].tags or []
    assert [(tag.name, tag.description) for tag in tags] == [("A", "x"), ("B", "x")]


_COMPANY = f"companies:\n- id: {ID}\n  name: "
_SESSIONS = f"{_COMPANY}C\n  deferred_sessions:\n  - {{id: {ID}, user_name: u, creation_date: "


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("seed.yaml", "companies:\n\t- id: x", "line 2: YAML is indented with spaces, not"),
        ("seed.yaml", "companies: []\n---\nx: 1", "line 2: it must be one document, but another"),
        ("seed.yaml", "companies: []\n\ncompanies: []", "line 3: 'companies' is given twice"),
        ("seed.yaml", "companies: *unknown", "line 1: found undefined alias 'unknown'"),
        ("seed.yaml", "companies: !!python/name:os", "line 1: could not determine a constructor"),
        ("seed.yaml", "companies: [\x01]", "special characters are not allowed"),
        ("seed.yaml", "companies: " + "[" * 20_000, "it is nested too deeply"),
        ("seed.yaml", f"{_COMPANY}yes", "companies[0].name: must be text (put it in quotes)"),
        (
            "seed.yaml",
            f"{_COMPANY}2024-05-13",
            "companies[0].name: must be text (put it in quotes)",
        ),
        ("seed.yaml", f"{_COMPANY}007", "companies[0].name: must be text (put it in quotes)"),
        (
            "seed.yaml",
            f"{_COMPANY}C\n  5: x",
            "companies[0]: the key 5 must be text (put it in quotes)",
        ),
        ("seed.yaml", f"{_COMPANY}C\n  on: x", "companies[0]: the key True must be text"),
        ("seed.yaml", f"{_SESSIONS}2024-13-45}}", "line 5: month must be in 1..12"),
        ("seed.yaml", f"{_SESSIONS}12}}", "companies[0].deferred_sessions[0].creation_date: must"),
        ("seed.yaml", "just text", "document: Input should be a valid dictionary"),
        ("seed.yaml", "- a\n- b", "document: Input should be a valid dictionary"),
        ("seed.yaml", "&a companies: &b [*b]", "companies[0]"),
        ("seed.json", '{"companies": [],}', "line 1 column"),
        ("seed.json", '{"companies": [], "companies": []}', "'companies' is given twice in one"),
        ("seed.json", '{"companies": ' + "[" * 200_000, "it is nested too deeply"),
        ("seed.json", "", "Expecting value: line 1 column 1"),
        ("seed.toml", "companies = 1\ncompanies = 2\nx = 3", "line 2"),
        ("seed.toml", f"[[companies]]\nid = '{ID}'\nname = 7", "companies[0].name: must be text"),
        ("seed.toml", f"[[companies]]\nid = '{ID}'\nname = 07:32:00", "companies[0].name: must be"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_not_meant_so_is_refused_in_a_sentence(
    tmp_path: Path, name: str, text: str, problem: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Refusal) as refusal:
        read_seed(tmp_path / name)
    assert f"{name}: {problem}" in str(refusal.value) or problem in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1

"""Settings come from options, environment and .env, and nothing is ignored in silence."""

from pathlib import Path

import pytest

from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Environment, Settings, load_settings


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_option_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("ALFRED_MOCK_PORT=1\nALFRED_MOCK_HOST=file\nOTHERS=ignored\n")
    monkeypatch.setenv("ALFRED_MOCK_HOST", "environment")
    monkeypatch.setenv("ALFRED_MOCK_RATE_LIMIT", "5")
    settings = load_settings(rate_limit=7, uds=None)
    assert (settings.port, settings.host, settings.rate_limit) == (1, "environment", 7)


@pytest.mark.parametrize("where", ["environment", "file"])
def test_an_unknown_name_is_refused_and_the_nearest_named(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "file":
        (tmp_path / ".env").write_text("ALFRED_MOCK_DATABSE_URL=sqlite:///x.db\n")
    else:
        monkeypatch.setenv("ALFRED_MOCK_DATABSE_URL", "sqlite:///x.db")
    with pytest.raises(Refusal, match=r"ALFRED_MOCK_DATABSE_URL .* ALFRED_MOCK_DATABASE_URL$"):
        load_settings()


def test_names_of_the_test_suite_are_no_settings_and_no_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALFRED_MOCK_TEST_POSTGRES_URL", "postgresql://somewhere")
    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", "65536"),
        ("port", "many"),
        ("workers", "0"),
        ("database_url", "mysql://host/db"),
        ("environment", "production"),
        ("public_url", "alfred.test"),
        ("trusted_proxies", "10.0.0.0/33"),
        ("token_lifetime", "0"),
        ("log_level", "loud"),
    ],
)
def test_a_value_that_cannot_be_is_refused_naming_its_variable(field: str, value: str) -> None:
    with pytest.raises(Refusal, match=f"^ALFRED_MOCK_{field.upper()}: "):
        load_settings(**{field: value})


def test_proxies_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALFRED_MOCK_TRUSTED_PROXIES", "10.0.0.0/8, 192.168.1.1")
    assert load_settings().trusted_proxies == ("10.0.0.0/8", "192.168.1.1")


@pytest.mark.parametrize(
    ("environment", "demo", "expected"),
    [
        ("local", None, True),
        ("staging", None, False),
        ("staging", True, True),
        ("local", False, False),
    ],
)
def test_the_demo_company_is_there_locally_unless_told_otherwise(
    environment: str, demo: bool | None, expected: bool
) -> None:
    settings = Settings(_env_file=None, environment=Environment(environment), demo=demo)
    assert settings.with_demo is expected

"""Settings come from options, environment and .env, and nothing is ignored in silence."""

from pathlib import Path

import pytest

from alfred_mock.core.environment import load_settings
from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import Environment, Settings


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
def test_a_value_that_cannot_be_is_refused_naming_where_it_was_given(
    field: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refusal, match=f"^--{field.replace('_', '-')}: "):
        load_settings(**{field: value})
    monkeypatch.setenv(f"ALFRED_MOCK_{field.upper()}", value)
    with pytest.raises(Refusal, match=f"^ALFRED_MOCK_{field.upper()}: "):
        load_settings()
    monkeypatch.delenv(f"ALFRED_MOCK_{field.upper()}")
    (tmp_path / ".env").write_text(f"ALFRED_MOCK_{field.upper()}={value}\n")
    with pytest.raises(Refusal, match=rf"^ALFRED_MOCK_{field.upper()} in \.env: "):
        load_settings()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_the_file_is_in_the_encoding_of_the_editor(tmp_path: Path, encoding: str) -> None:
    text = "ALFRED_MOCK_ADMIN_TOKEN=contraseña\r\n"
    (tmp_path / ".env").write_bytes(text.encode(encoding))
    assert load_settings().admin_token == "contraseña"


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("A=1\nALFRED_MOCK_ADMIN_TOKEN=contraseña\n".encode("latin-1"))
    with pytest.raises(Refusal, match=r"^\.env: line 2 is not in UTF-8; save the file in UTF-8$"):
        load_settings()


def test_what_an_unset_variable_of_a_shell_leaves_is_not_given(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ALFRED_MOCK_HOST=\n")
    given = dict.fromkeys(Settings.model_fields, "")
    assert load_settings(**given) == Settings(_env_file=None)


LINKS = {
    "ALFRED_MOCK_PORT": "tcp://10.0.0.1:8000",
    "ALFRED_MOCK_SERVICE_HOST": "10.0.0.1",
    "ALFRED_MOCK_SERVICE_PORT": "8000",
    "ALFRED_MOCK_SERVICE_PORT_HTTP": "8000",
    "ALFRED_MOCK_PORT_8000_TCP": "tcp://10.0.0.1:8000",
    "ALFRED_MOCK_PORT_8000_TCP_PROTO": "tcp",
    "ALFRED_MOCK_PORT_8000_TCP_PORT": "8000",
    "ALFRED_MOCK_PORT_8000_TCP_ADDR": "10.0.0.1",
    "ALFRED_MOCK_DB_PORT": "udp://10.0.0.2:53",
    "ALFRED_MOCK_DB_SERVICE_HOST": "10.0.0.2",
}


@pytest.mark.parametrize("port", [None, 9000])
def test_the_variables_of_a_kubernetes_service_are_ignored_with_a_warning(
    port: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in LINKS.items():
        monkeypatch.setenv(name, value)
    if port is not None:
        (tmp_path / ".env").write_text(f"ALFRED_MOCK_PORT={port}\n")
    assert load_settings().port == (port or 8000)
    assert load_settings(port="9001").port == 9001
    assert all(name in caplog.messages[0] for name in LINKS)


@pytest.mark.parametrize("name", ["ALFRED_MOCK_SERVICE", "ALFRED_MOCK_PORT_80", "ALFRED_MOCK_PROT"])
def test_what_is_only_like_such_a_variable_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "tcp://10.0.0.1:8000")
    with pytest.raises(Refusal, match="is no setting"):
        load_settings()


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


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", (1, 5, 25)), ("none", ()), ("0.5", (0.5,)), ("1, 2,3", (1, 2, 3))],
)
def test_retries_are_seconds_with_commas_or_none(
    monkeypatch: pytest.MonkeyPatch, given: str, expected: tuple[float, ...]
) -> None:
    monkeypatch.setenv("ALFRED_MOCK_WEBHOOK_RETRIES", given)
    assert load_settings().webhook_retries == expected


@pytest.mark.parametrize("address", ["127.0.0.1:9100", "[::1]:9100", "metrics.internal:1"])
def test_an_address_for_metrics_is_a_host_and_a_port(address: str) -> None:
    assert load_settings(metrics_address=address).with_metrics


@pytest.mark.parametrize(
    "address", ["9100", ":9100", "127.0.0.1", "127.0.0.1:0", "::1:9100", "h:65536", "h:http", "h:"]
)
def test_anything_else_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(Refusal, match=r"^--metrics-address: must be HOST:PORT, such as "):
        load_settings(metrics_address=address)


def test_metrics_that_nobody_could_ask_for_are_refused() -> None:
    with pytest.raises(Refusal, match="METRICS needs ALFRED_MOCK_ADMIN_TOKEN, since in staging"):
        load_settings(environment="staging", metrics=True)
    assert load_settings(environment="staging", metrics=True, admin_token="long enough").metrics

"""Reads the settings: options, then the environment, then `.env`; nothing else does."""

import logging
import os
import re
from collections.abc import Container, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic_settings import PydanticBaseSettingsSource

from alfred_mock.core.errors import Refusal
from alfred_mock.core.settings import ENV_FILE, PREFIX, Settings, variable_of
from alfred_mock.core.text_files import read_text
from alfred_mock.core.validation import message_of, what_is_known

log = logging.getLogger("alfred_mock")

# Names of this project's own test suite, which developers export in their shells.
_NOT_SETTINGS = f"{PREFIX}TEST_"
URL_OF_SERVER = f"{PREFIX}URL"
"""Where the server is that commands speak to; the server itself has no use for it."""
_LINK = re.compile(
    r"ALFRED_MOCK_(?:[A-Z0-9_]+_)??"
    r"(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?"
    r"|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
_PORT_LINK = re.compile(r"ALFRED_MOCK_(?:[A-Z0-9_]+_)?PORT")
_LINK_URL = re.compile(r"(?:tcp|udp|sctp)://\S+")


def option_of(field: str) -> str:
    """The option that sets it on the command line."""
    return f"--{field.replace('_', '-')}"


def load_settings(**given: Any) -> Settings:
    """The settings: what is `given` wins over the environment, which wins over `.env`.

    What is given as None or as empty text is not given: a shell makes `--port "$PORT"` empty.

    Raises:
        Refusal: a value is not what its setting takes, or an `ALFRED_MOCK_` name is no setting.
            Blames the option, the variable or the file that has it.
    """
    environment = {name.upper(): value for name, value in os.environ.items()}
    links = _service_links(environment)
    if links:
        log.warning(
            "ignored, as Kubernetes sets them for a Service of this name: %s",
            ", ".join(sorted(links)),
        )
    in_file = _in_file(Path(ENV_FILE))
    _refuse_unknown_names({*in_file, *environment} - links)
    options = {name: value for name, value in given.items() if value not in (None, "")}
    values = {}
    for field in Settings.model_fields:
        variable = variable_of(field)
        if environment.get(variable) and variable not in links:
            continue  # pydantic reads it
        if in_file.get(variable):
            values[field] = in_file[variable]
        elif variable in links:
            values[field] = Settings.model_fields[field].default
    try:
        return Settings(_env_file=None, **{**values, **options})
    except ValidationError as error:
        problems = [_explain(dict(item), options, values) for item in error.errors()]
        raise Refusal("\n".join(problems)) from None


def url_of_server() -> str | None:
    """Where the server is that commands are to speak to, if `.env` says so."""
    return _in_file(Path(ENV_FILE)).get(URL_OF_SERVER) or None


class _GivenSettings(Settings):
    """Settings that come from nowhere but the caller."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: Any,
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The caller's alone."""
        return (init_settings,)


def settings_of(**given: Any) -> Settings:
    """The settings that are given and the defaults of the others; nothing is read.

    Raises:
        ValidationError: one of them cannot have its value.
    """
    return _GivenSettings(**given)


class TracesExporter(NamedTuple):
    """What spans are to be sent by."""

    name: str
    entry_point: str
    """Its name among the exporters that are installed."""
    variable: str
    """The variable that asks for it."""


_OTLP = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}


def traces_exporter() -> TracesExporter | None:
    """The exporter of spans that OpenTelemetry's own variables ask for, None if they ask for none.

    Here an endpoint is enough to ask for `otlp`, but nothing at all is not (our choice: the SDK
    would send to this machine's port 4318).
    """
    read = os.environ.get
    if read("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    endpoints = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    endpoint = next((name for name in endpoints if read(name)), "")
    name = read("OTEL_TRACES_EXPORTER", "").strip() or ("otlp" if endpoint else "none")
    if name == "none":
        return None
    protocol = read("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or read("OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = protocol or "http/protobuf"
    entry_point = _OTLP.get(protocol, protocol) if name == "otlp" else name
    variable = "OTEL_TRACES_EXPORTER" if read("OTEL_TRACES_EXPORTER") else endpoint
    return TracesExporter(f"{name} ({protocol})" if name == "otlp" else name, entry_point, variable)


def _service_links(environment: Mapping[str, str | None]) -> set[str]:
    """The names of variables that Kubernetes sets by itself for a Service called `alfred-mock`.

    Every Pod of the namespace gets `ALFRED_MOCK_PORT=tcp://10.0.0.1:8000` and more. They are no
    mistake of a user.
    """
    return {
        name
        for name, value in environment.items()
        if _LINK.fullmatch(name)
        or (_PORT_LINK.fullmatch(name) and _LINK_URL.fullmatch(value or ""))
    }


def _in_file(path: Path) -> dict[str, str | None]:
    if not path.is_file():
        return {}
    try:
        text = read_text(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Refusal(f"{path}: {reason}") from None
    found = dotenv_values(stream=StringIO(text))
    return {name.upper(): value for name, value in found.items()}


def _refuse_unknown_names(names: set[str]) -> None:
    known = [variable_of(field) for field in Settings.model_fields]
    for name in sorted(names - {URL_OF_SERVER}):
        if name.startswith(PREFIX) and not name.startswith(_NOT_SETTINGS) and name not in known:
            raise Refusal(f"{name} is no setting of alfred-mock; {what_is_known(name, known)}")


def _explain(error: dict[str, Any], options: Container[str], in_file: Container[str]) -> str:
    if not error["loc"]:
        return message_of(error)
    field = str(error["loc"][0])
    source = variable_of(field)
    if field in options:
        source = option_of(field)
    elif field in in_file:
        source = f"{source} in {ENV_FILE}"
    return f"{source}: {message_of(error)}"

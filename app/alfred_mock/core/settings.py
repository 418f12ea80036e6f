"""All settings, in one typed object.

Each field is `ALFRED_MOCK_<NAME>` in the environment or in an `.env` file of the folder the server
is started in, and an option of the command line where that makes sense. `core.environment` reads
them.
"""

import ipaddress
from enum import StrEnum
from pathlib import Path
from string import hexdigits
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from alfred_mock.core.retention import Retention

PREFIX = "ALFRED_MOCK_"
ENV_FILE = ".env"
MOST_PORTS = 65_535
FORM_BYTES = 2_097_152
"""How much larger than its file a form may be."""


class Environment(StrEnum):
    """Where the server runs: `local` is for one developer or CI, `staging` is shared."""

    LOCAL = "local"
    STAGING = "staging"


class Progression(StrEnum):
    """How a job gets from its first stage to its last (our choice)."""

    IMMEDIATE = "immediate"
    TIMED = "timed"
    MANUAL = "manual"


class JournalMode(StrEnum):
    """Which requests the journal keeps."""

    ON = "on"
    ERRORS = "errors"
    OFF = "off"


class EventStyle(StrEnum):
    """How events are written: as the documentation shows them, or as the SDKs type them."""

    DOCS = "docs"
    SDK = "sdk"


class LogLevel(StrEnum):
    """How much the server says on stderr."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """How the lines of the log look."""

    TEXT = "text"
    JSON = "json"


def _split_commas(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return [item.strip() for item in value.split(",") if item.strip()]


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_commas)]


def _split_times(value: Any) -> Any:
    # An empty variable counts as one that is not set, so a word says that there are none.
    return [] if value == "none" else _split_commas(value)


BackOff = Annotated[
    tuple[Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)], ...],
    NoDecode,
    BeforeValidator(_split_times),
    Field(max_length=20),
]
"""Seconds before the second try, the third and so on; it ends where there is no further try."""


class Settings(BaseSettings):
    """The server's settings; the description of each field is also its help text."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, env_ignore_empty=True, extra="ignore", frozen=True
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    uds: Path | None = Field(None, description="Unix socket to listen on instead of host and port.")
    workers: int = Field(1, ge=1, le=64, description="Number of server processes.")
    keep_alive: int = Field(
        75,
        ge=1,
        le=3_600,
        description="Seconds that a connection may rest between two requests; clients are told.",
    )
    grace: int = Field(
        2,
        ge=0,
        le=3_600,
        description="Seconds that requests in flight may still take after the signal to stop; what"
        " is not answered by then is a 503.",
    )
    database_url: str = Field(
        "sqlite:///alfred-mock.db",
        description="sqlite:///FILE, sqlite:///:memory: or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    database_pool: int = Field(
        10, ge=1, le=200, description="Connections that each process holds to PostgreSQL."
    )
    database_listen_url: str | None = Field(
        None,
        description="URL of the same PostgreSQL past a pooler such as PgBouncer, for LISTEN;"
        " without one, behind a pooler, announcements are looked for with every request.",
    )
    database_timeout: float = Field(
        5.0, gt=0, le=600, description="Seconds that a request waits for PostgreSQL in all."
    )
    migrate: bool = Field(
        False, description="Bring the schema of PostgreSQL to head at start (SQLite always does)."
    )
    seed: Path | None = Field(
        None, description="Seed file (.yaml, .json or .toml) to load at start."
    )
    pact_states: Path | None = Field(
        None,
        description="File (.yaml, .json or .toml) with sentences of one's own for Pact states.",
    )
    playback: Path | None = Field(
        None,
        description="Folder of a recording, whose answers are given for routes that this server"
        " has not.",
    )
    demo: bool | None = Field(
        None,
        description="Create the demo company with its well-known credentials: by default where the"
        " environment is local.",
    )
    environment: Environment = Field(
        Environment.LOCAL,
        description="local, or staging, where the demo credentials stop the server from starting.",
    )
    secret_key: CommaSeparated = Field(
        (),
        repr=False,
        description="Seals secrets in the database: 32 bytes in hex, as of `openssl rand -hex 32`;"
        " several with commas between them while one replaces another; needed in staging.",
    )
    public_url: str | None = Field(
        None,
        description="URL under which clients reach the server through a proxy; HMAC signatures are"
        " checked against it.",
    )
    trusted_proxies: CommaSeparated = Field(
        (), description="Addresses or networks whose X-Forwarded-* headers are believed; * is all."
    )
    token_lifetime: int = Field(
        2_592_000, ge=1, description="Seconds for which an access token is valid."
    )
    max_requests: int = Field(
        512, ge=1, description="Requests that each process works on at a time; others wait."
    )
    max_uploads: int = Field(
        64, ge=1, description="Uploads that each process receives at a time; others wait."
    )
    max_queue: int = Field(
        1_024, ge=0, description="Requests that may wait in each process; others are a 503."
    )
    queue_seconds: float = Field(
        1.0, gt=0, le=60, description="Seconds that a request may wait before it is a 503."
    )
    rate_limit: int = Field(
        10_000, ge=1, description="Requests a minute that the X-RateLimit-* headers promise."
    )
    rate_limit_enforced: bool = Field(
        False,
        description="Refuse what a credential sends beyond its requests a minute, with a 429; all"
        " replicas count together.",
    )
    progression: Progression = Field(
        Progression.IMMEDIATE,
        description="How jobs get to their end: immediate, timed, or manual, one step for each time"
        " a job's detail is read; a seed may say otherwise for a company.",
    )
    stage_seconds: float = Field(
        0.1, ge=0, le=86_400, description="Seconds that a job stays in each stage if timed."
    )
    storage: str = Field(
        "database",
        description="Where the content of files is kept: database, a directory as file:///PATH, or"
        " any store that fsspec knows, such as s3://BUCKET/PREFIX.",
    )
    max_upload: int = Field(
        52_428_800, ge=1, le=2**31 - 1, description="The largest file that is accepted, in bytes."
    )
    fetch_hosts: CommaSeparated = Field(
        (),
        description="Hosts that remote files are really fetched from, as HOST, HOST:PORT or"
        " *.DOMAIN; files of all others get stand-in content.",
    )
    fetch_private: bool = Field(
        False, description="Fetch remote files from private and loopback addresses too."
    )
    fetch_timeout: float = Field(
        3, gt=0, le=60, description="Seconds that fetching the files of one upload may take in all."
    )
    webhook_hosts: CommaSeparated = Field(
        (),
        description="Hosts that webhooks are delivered to, as HOST, HOST:PORT or *.DOMAIN: in"
        " staging to no others; where the environment is local, these beside loopback and https.",
    )
    webhook_private: bool = Field(
        False, description="Deliver webhooks to private and loopback addresses too."
    )
    webhook_timeout: float = Field(
        5, gt=0, le=60, description="Seconds that the receiver of a webhook may take to answer."
    )
    webhook_retries: BackOff = Field(
        (1, 5, 25),
        description="Seconds before an event that was not acknowledged is sent again, the first"
        " time, the second and so on; then it is given up. none is no retries.",
    )
    webhook_style: EventStyle = Field(
        EventStyle.DOCS,
        description="How events are written for webhooks: docs as the documentation shows them, sdk"
        " as the SDK types them; a seed may say otherwise for a company.",
    )
    admin_token: str | None = Field(
        None,
        min_length=8,
        description="What callers of the control API under /__admin must send as Bearer token;"
        " without one it is off unless the environment is local and nobody else is served: a"
        " loopback address, no public URL, no trusted proxies.",
    )
    admin_origins: CommaSeparated = Field(
        (), description="Origins of web pages that may use the control API."
    )
    fault_header: bool | None = Field(
        None,
        description="Let a request ask for its own fault with X-Alfred-Mock-Fault: by default where"
        " the environment is local.",
    )
    journal: JournalMode | None = Field(
        None,
        description="What the journal keeps: on, errors or off; by default everything where the"
        " environment is local, errors in staging.",
    )
    journal_entries: int = Field(
        1_000, ge=1, le=1_000_000, description="Requests of each company that the journal keeps."
    )
    journal_bytes: int = Field(
        8_388_608, ge=1, description="How much of each company's requests the journal keeps."
    )
    realtime_style: EventStyle = Field(
        EventStyle.SDK,
        description="How events are written for realtime clients: docs as the documentation shows"
        " them, sdk as the clients type them; a seed may say otherwise for a company.",
    )
    retention: CommaSeparated = Field(
        (),
        description="What `alfred-mock prune` leaves: KIND=AGE, KIND=COUNT or KIND=AGE/COUNT, such"
        " as jobs=90d/5000,journal=7d, of sessions, jobs, files, events, journal and tokens;"
        " COMPANY:KIND=… is for one company.",
    )
    strict: bool = Field(
        False,
        description="Accept names of fields and parameters only as they are documented, without the"
        " spellings that clients use beside.",
    )
    ids_seed: str | None = Field(
        None,
        description="Make the same ids in the same order every time; for a database in memory.",
    )
    log_level: LogLevel = Field(LogLevel.INFO, description="debug, info, warning or error.")
    log_format: LogFormat = Field(
        LogFormat.TEXT, description="text, or json: an object a line, for what collects logs."
    )
    access_log: bool = Field(False, description="Write a line to stderr for every request.")
    fast_path: bool = Field(
        True,
        description="Answer plain requests right from the protocol, where nothing looks at them;"
        " off, all requests pass all layers. The answers are the same.",
    )
    metrics: bool = Field(
        False,
        description="Serve metrics for Prometheus at GET /metrics, which takes the control API's"
        " token.",
    )
    metrics_address: str | None = Field(
        None,
        description="Serve them, open to everybody who reaches it, on this address: HOST:PORT.",
    )
    dev: bool = Field(
        False,
        description="Print a line for each request as it comes, and load the seed again whenever"
        " its file changes.",
    )

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        scheme = value.partition(":")[0]
        if scheme.partition("+")[0] not in {"sqlite", "postgresql", "postgres"}:
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @field_validator("secret_key")
    @classmethod
    def _hex_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(len(key) == 64 and set(key) <= set(hexdigits) for key in value):
            raise ValueError("must be 32 bytes in hex, which are 64 digits")
        return value

    @field_validator("retention")
    @classmethod
    def _rules(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        Retention(value)
        return value

    @field_validator("public_url")
    @classmethod
    def _absolute_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        if value is not None and not urlsplit(value).hostname:
            raise ValueError("must have a host")
        return value.rstrip("/") if value is not None else None

    @field_validator("metrics_address")
    @classmethod
    def _host_and_port(cls, value: str | None) -> str | None:
        if value is not None:
            host, _, port = value.rpartition(":")
            is_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) <= MOST_PORTS
            if not host or (":" in host and host[0] + host[-1] != "[]") or not is_port:
                raise ValueError("must be HOST:PORT, such as 127.0.0.1:9100 or [::1]:9100")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            if item != "*":
                ipaddress.ip_network(item, strict=False)
        return value

    @model_validator(mode="after")
    def _ids_can_repeat(self) -> Self:
        if self.ids_seed is not None and not self.database_url.endswith(":memory:"):
            raise ValueError(
                "ALFRED_MOCK_IDS_SEED needs ALFRED_MOCK_DATABASE_URL=sqlite:///:memory:, since what"
                " is stored has those ids already"
            )
        return self

    @model_validator(mode="after")
    def _metrics_have_a_way_in(self) -> Self:
        if self.metrics and not self.with_admin:
            raise ValueError(
                "ALFRED_MOCK_METRICS needs ALFRED_MOCK_ADMIN_TOKEN, since"
                f" {self.why_admin_needs_token}; or serve metrics on an address of their own with"
                " ALFRED_MOCK_METRICS_ADDRESS"
            )
        return self

    @field_validator("storage")
    @classmethod
    def _known_storage(cls, value: str) -> str:
        if value != "database" and "://" not in value:
            raise ValueError("must be database, file:///PATH or another URL that fsspec knows")
        return value

    @property
    def with_fault_header(self) -> bool:
        """Whether a request may ask for its own fault."""
        return self.is_local if self.fault_header is None else self.fault_header

    @property
    def with_journal(self) -> JournalMode:
        """Which requests the journal keeps."""
        return self.journal or (JournalMode.ON if self.is_local else JournalMode.ERRORS)

    @property
    def with_metrics(self) -> bool:
        """Whether anything is counted for Prometheus."""
        return self.metrics or self.metrics_address is not None

    @property
    def with_admin(self) -> bool:
        """Whether there is a control API: to be kept from strangers, it needs a token."""
        return self.admin_token is not None or self.why_admin_needs_token is None

    @property
    def why_admin_needs_token(self) -> str | None:
        """How strangers could reach the control API, None if nothing says that they can."""
        if not self.is_local:
            return "in staging it always needs a token"
        if self.public_url is not None:
            return f"{self.public_url} is a public URL"
        if self.trusted_proxies:
            return "requests come through a proxy"
        if self.uds is None and not self._is_loopback:
            return f"{self.host} can be reached by others"
        return None

    @property
    def is_local(self) -> bool:
        """Whether the server is for one developer or CI, and not shared."""
        return self.environment is Environment.LOCAL

    @property
    def _is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def max_body(self) -> int:
        """The largest request, in bytes: a file, and the form that it is a part of."""
        return self.max_upload + FORM_BYTES

    @property
    def needs_secret_key(self) -> bool:
        """Whether secrets may not be stored in clear."""
        return not self.is_local

    @property
    def refuses_demo(self) -> bool:
        """Whether the credentials of the demo company, which everybody knows, are not let in."""
        return not self.is_local and not self.demo

    @property
    def with_demo(self) -> bool:
        """Whether the demo company is created at start."""
        return self.is_local if self.demo is None else self.demo


def variable_of(field: str) -> str:
    """The name that a setting has in the environment."""
    return PREFIX + field.upper()

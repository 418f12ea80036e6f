"""The faults: each is a context, in which things are wrong for as long as the caller likes."""

import os
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import NamedTuple

import asyncpg

from benchmarks.chaos.attacks import attack
from benchmarks.chaos.world import World

BOTH, SQLITE, POSTGRESQL = ("sqlite", "postgresql"), ("sqlite",), ("postgresql",)


class Fault(NamedTuple):
    """Something that goes wrong."""

    name: str
    databases: tuple[str, ...]
    happens: Callable[[World], AbstractContextManager[None]]
    replicas: int = 1
    """On PostgreSQL; on SQLite there is always one."""
    loses: bool = False
    """Somebody has taken away what was stored, so that it cannot be there."""


@contextmanager
def _killed(world: World) -> Iterator[None]:
    world.replicas[0].end(signal.SIGKILL)
    yield
    world.replicas[0].start()


@contextmanager
def _vanished(world: World) -> Iterator[None]:
    # PostgreSQL does not learn of it, as of a machine that loses its power.
    assert world.relay is not None
    world.relay.abandon()
    world.replicas[0].end(signal.SIGKILL)
    yield
    world.replicas[0].start()


@contextmanager
def _killed_again_and_again(world: World) -> Iterator[None]:
    for _ in range(3):
        world.replicas[0].end(signal.SIGKILL)
        world.replicas[0].start()
    yield


@contextmanager
def _stopped(world: World) -> Iterator[None]:
    took = world.replicas[0].end()
    world.said.append(f"stopped in {took:.1f} s")
    yield
    world.replicas[0].start()


@contextmanager
def _rolling_restart(world: World) -> Iterator[None]:
    for replica in world.replicas:
        replica.end()
        replica.start()
    yield


@contextmanager
def _paused(world: World) -> Iterator[None]:
    process = world.replicas[0].process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    yield
    process.send_signal(signal.SIGCONT)


@contextmanager
def _stopped_while_it_hangs(world: World) -> Iterator[None]:
    assert world.relay is not None
    world.relay.hang()
    time.sleep(0.2)
    took = world.replicas[0].end()
    world.said.append(f"stopped in {took:.1f} s")
    yield
    world.relay.mend()
    world.replicas[0].start()


@contextmanager
def _connections_ended(world: World) -> Iterator[None]:
    for _ in range(5):
        world.end_backends()
        time.sleep(0.2)
    yield


@contextmanager
def _crash_of_postgresql(world: World) -> Iterator[None]:
    ((process,),) = world.sql(
        f"SELECT min(pid) FROM pg_stat_activity WHERE usename = '{world.role}'"
    )
    # A backend that dies so takes all others with it, and the server recovers from its log.
    os.kill(process, signal.SIGKILL)
    yield


def _setting(name: str, value: str) -> Callable[[World], AbstractContextManager[None]]:
    @contextmanager
    def happens(world: World) -> Iterator[None]:
        world.sql(f"ALTER DATABASE {world.database} SET {name} = {value};")
        world.end_backends()
        yield
        world.sql(f"BEGIN READ WRITE; ALTER DATABASE {world.database} RESET {name}; COMMIT;")
        world.end_backends()

    return happens


@contextmanager
def _hangs(world: World) -> Iterator[None]:
    assert world.relay is not None
    world.relay.hang()
    yield
    world.relay.mend()


@contextmanager
def _is_cut_off(world: World) -> Iterator[None]:
    assert world.relay is not None
    world.relay.cut()
    yield
    world.relay.mend()


@contextmanager
def _table_locked(world: World) -> Iterator[None]:
    def hold() -> None:
        with suppress(asyncpg.PostgresError):  # it is ended from outside
            world.sql("BEGIN; LOCK TABLE deferred_session; SELECT pg_sleep(3600);")

    locking = threading.Thread(target=hold, daemon=True)
    locking.start()
    yield
    world.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{world.database}' AND query LIKE '%pg_sleep(3600)%'"
        " AND pid <> pg_backend_pid();"
    )
    locking.join()


@contextmanager
def _log_in_revoked(world: World) -> Iterator[None]:
    world.sql(f"ALTER ROLE {world.role} NOLOGIN;")
    world.end_backends()
    yield
    world.sql(f"ALTER ROLE {world.role} LOGIN;")


@contextmanager
def _privilege_revoked(world: World) -> Iterator[None]:
    grants = f"INSERT ON deferred_session {{}} {world.role};"
    world.sql(f"REVOKE {grants.format('FROM')}")
    yield
    world.sql(f"GRANT {grants.format('TO')}")


@contextmanager
def _few_connections(world: World) -> Iterator[None]:
    world.sql(f"ALTER ROLE {world.role} CONNECTION LIMIT 1;")
    world.end_backends()
    yield
    world.sql(f"ALTER ROLE {world.role} CONNECTION LIMIT -1;")


@contextmanager
def _held_by_another(world: World) -> Iterator[None]:
    other = sqlite3.connect(world.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def _disk_full(world: World) -> Iterator[None]:
    process = world.replicas[0].process
    assert process is not None
    log = world.file.with_name(f"{world.file.name}-wal")
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size + 4_096, hard))
    yield
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def _no_descriptors(world: World) -> Iterator[None]:
    process = world.replicas[0].process
    assert process is not None
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
    opened = len(os.listdir(f"/proc/{process.pid}/fd"))
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (opened, hard))
    yield
    resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (soft, hard))


@contextmanager
def _file_deleted(world: World) -> Iterator[None]:
    world.file.unlink()
    yield
    world.replicas[0].end()
    for beside in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            world.file.with_name(world.file.name + beside).unlink()
    world.replicas[0].start()


def _attacked(how: str) -> Callable[[World], AbstractContextManager[None]]:
    @contextmanager
    def happens(world: World) -> Iterator[None]:
        with attack(how, world.replicas[0].port):
            yield

    return happens


FAULTS = (
    Fault("killed (kill -9), started again", BOTH, _killed),
    Fault("killed three times in a row", BOTH, _killed_again_and_again),
    Fault("stopped (SIGTERM), started again", BOTH, _stopped),
    Fault("paused", BOTH, _paused),
    Fault("rolling restart of two replicas", POSTGRESQL, _rolling_restart, replicas=2),
    Fault("one of two replicas killed", POSTGRESQL, _killed, replicas=2),
    Fault("one of two replicas vanished", POSTGRESQL, _vanished, replicas=2),
    Fault("connections ended by PostgreSQL", POSTGRESQL, _connections_ended),
    Fault("crash of PostgreSQL", POSTGRESQL, _crash_of_postgresql),
    Fault("PostgreSQL hangs", POSTGRESQL, _hangs),
    Fault("stopped while PostgreSQL hangs", POSTGRESQL, _stopped_while_it_hangs),
    Fault("PostgreSQL cut off", POSTGRESQL, _is_cut_off),
    Fault("PostgreSQL read-only", POSTGRESQL, _setting("default_transaction_read_only", "on")),
    Fault("a table locked", POSTGRESQL, _table_locked),
    Fault("log-in revoked", POSTGRESQL, _log_in_revoked),
    Fault("a privilege revoked", POSTGRESQL, _privilege_revoked),
    Fault("one connection allowed", POSTGRESQL, _few_connections),
    Fault("SQLite held by another process", SQLITE, _held_by_another),
    Fault("disk full", SQLITE, _disk_full),
    Fault("no file descriptors", BOTH, _no_descriptors),
    Fault("SQLite file deleted", SQLITE, _file_deleted, loses=True),
    Fault("500 slow heads", BOTH, _attacked("slow heads")),
    Fault("100 endless bodies", BOTH, _attacked("endless bodies")),
    Fault("heads of 100 MB", BOTH, _attacked("large heads")),
    Fault("2,000 idle connections", BOTH, _attacked("idle connections")),
)

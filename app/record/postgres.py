"""How a PostgreSQL database is reached: driver, TLS, the settings of each connection, and what each is asked when it opens."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool, QueuePool

from app.record.migrations.append_event import RECORD, WRITING
from app.record.troubles import CannotOpen

UPGRADE = 2
"""Second number of the lock that every serving connection shares and an upgrade takes alone."""

RELEASES = RECORD + 1
"""First number of the locks that tell which releases serve: the second is the release's own (Q74)."""

WAIT_MS = 10_000
"""How long a statement may wait for a lock, the writer's turn above all, before the caller is told to come back."""

LOST_MS = 25_000
"""After so long without a sign from the far side a connection is given up, also with something sent and not received:
keepalive asks only on an idle one, and the system would try for a quarter of an hour."""

SESSION: dict[str, str] = {
    "search_path": "public",
    "lock_timeout": f"{WAIT_MS}ms",
    "idle_in_transaction_session_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": f"{LOST_MS}ms",
}
"""Set on every connection. A process that hangs inside its turn, or a machine that lost its power, gives the turn back:
the one after 60 s, the other after 25 s."""

VERIFIED = frozenset({"verify-ca", "verify-full"})
"""Values of sslmode that look at the server's certificate: with less, anybody on the way could read and change all (Q34)."""

Isolation = Literal["READ COMMITTED", "REPEATABLE READ"]
Greet = Callable[[Any], None]
"""Called with each new raw connection; raises CannotOpen where it may not be used."""


class Dialect(PGDialect_psycopg):
    """PostgreSQL by psycopg, whose transactions end only when they may: a hook would make every statement dearer."""

    supports_statement_cache = True

    def __init__(self, **others: Any) -> None:
        """End without asking anybody, until `before_end` is set."""
        super().__init__(**others)  # type: ignore[no-untyped-call]  # SQLAlchemy's own is written without types
        self.before_end: Callable[[], None] = lambda: None

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit, where it may be."""
        self.before_end()
        dbapi_connection.commit()

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll back, where it may be."""
        self.before_end()
        dbapi_connection.rollback()


registry.register("postgresql.vialtrace", __name__, Dialect.__name__)


def checked(url: URL, name: str) -> URL:
    """Return the URL with our driver; raise CannotOpen, without repeating a password, for one that cannot be served."""
    if not url.database:
        raise CannotOpen(f"{name} names no database; write postgresql://role@host/database.")
    if importlib.util.find_spec("psycopg") is None:
        raise CannotOpen(
            "The driver for PostgreSQL is not installed. Install vialtrace with its extra: "
            "pip install --require-hashes of the lock, or `pip install 'vialtrace[postgres]'`."
        )
    far = [host for host in hosts(url) if not is_near(host)]
    if far and url.query.get("sslmode") not in VERIFIED:
        raise CannotOpen(
            f"{name} goes to {far[0]} over the network without a checked certificate. Add "
            "?sslmode=verify-full&sslrootcert=/path/to/ca.pem to it; nothing was sent."
        )
    return url.set(drivername="postgresql+psycopg")


def hosts(url: URL) -> tuple[str, ...]:
    """Return every host the URL names: its own and those of its query."""
    named = url.query.get("host", ())
    said = [url.host or "", *((named,) if isinstance(named, str) else named)]
    return tuple(part.rpartition(":")[0] or part for one in said for part in one.split(",") if part)


def is_near(host: str) -> bool:
    """Say whether what goes to this host stays on this machine: a socket's folder or the loopback."""
    return host.startswith(("/", "@")) or host in {"localhost", "127.0.0.1", "::1", "[::1]"}


def name_of(url: URL) -> str:
    """Return how a person calls the database, without role and password."""
    far = [host for host in hosts(url) if not host.startswith("/")]
    return f"database {url.database} at {', '.join(far) or 'this machine'}"


def make_engine(
    url: URL,
    *,
    isolation: Isolation = "READ COMMITTED",
    read_only: bool = False,
    greet: Greet | None = None,
    pooled: tuple[int, int] | None = None,
    pre_ping: bool = False,
) -> Engine:
    """Return an engine whose connections have our settings; `pooled` is how many are kept and how many more may be opened.

    Its errors never carry the values of a statement: they go into logs, and a value may be a patient's name.
    """
    ours: dict[str, Any] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": LOST_MS,
        "application_name": "vialtrace",
    }
    pool: dict[str, Any] = {"poolclass": NullPool}
    if pooled is not None:
        pool = {
            "poolclass": QueuePool,
            "pool_size": pooled[0],
            "max_overflow": pooled[1],
            "pool_timeout": WAIT_MS / 1000,
        }
        pool |= {"pool_recycle": 1800, "pool_pre_ping": pre_ping}
    engine = create_engine(
        url.set(drivername="postgresql+vialtrace"),
        isolation_level=isolation,
        execution_options={"postgresql_readonly": True} if read_only else {},
        connect_args={name: value for name, value in ours.items() if name not in url.query},
        use_native_hstore=False,
        hide_parameters=True,
        **pool,
    )
    event.listen(engine, "connect", lambda raw, _record: _prepare(raw, greet))
    return engine


def _prepare(raw: Any, greet: Greet | None) -> None:
    raw.autocommit = True
    try:
        sets = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SESSION.items())
        raw.execute(f"SELECT {sets}")
        if greet is not None:
            greet(raw)
    except BaseException:
        raw.close()
        raise
    raw.autocommit = False


def sqlstate(error: BaseException) -> str:
    """Return PostgreSQL's five characters for what went wrong; empty where the server said nothing."""
    return getattr(getattr(error, "orig", error), "sqlstate", None) or ""


def is_lost(error: DBAPIError) -> bool:
    """Say whether the connection is gone or of no use: broken, ended by the server, or to a server that only reads."""
    return error.connection_invalidated or sqlstate(error)[:2] in {"08", "57"} or sqlstate(error) in {"25006", ""}


@contextmanager
def read_only(url: URL) -> Iterator[Connection]:
    """Yield a connection that sees one moment and cannot write, for those who check, sign and export."""
    with connected(make_engine(url, isolation="REPEATABLE READ", read_only=True), url) as conn:
        yield conn


@contextmanager
def connected(engine: Engine, url: URL) -> Iterator[Connection]:
    """Yield the one connection that is asked of this engine, and dispose of both; raise CannotOpen where there is none."""
    try:
        with engine.connect() as conn:
            yield conn
    except DBAPIError as error:
        if sqlstate(error) == NO_RIGHT:
            raise CannotOpen(f"{name_of(url)}: {_said(error)}. Give this role the right, or ask as another.") from error
        if is_lost(error):
            raise CannotOpen(cannot_reach(url, error)) from error
        raise
    finally:
        engine.dispose()


NO_RIGHT = "42501"


def cannot_reach(url: URL, error: DBAPIError) -> str:
    """Say that the database does not answer, and what it said."""
    return f"{name_of(url)} cannot be reached ({_said(error)}). Check that it runs, its name, and the role's right to connect."


def _said(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())


def take_turn() -> str:
    """Return the statement that waits for the writer's turn, and names the transaction and the server's line of history."""
    return f"SELECT pg_advisory_xact_lock({RECORD}, {WRITING}), pg_current_xact_id()::text AS xid, {LINE} AS line"


LINE = "substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)"
"""The timeline: another after a standby took over, where the number of a transaction says nothing."""

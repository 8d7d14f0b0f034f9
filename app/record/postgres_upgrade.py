"""Brings a PostgreSQL database to the newest migration, as its owner and while nothing serves, and hands out the rights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, text

from app.record import grants, postgres, postgres_fitness, upgrade
from app.record.migrations.append_event import RECORD
from app.record.migrations.guards import WillNotMigrate
from app.record.schema import schema_faults
from app.record.troubles import CannotOpen


def run(owner: URL, serving: URL) -> tuple[str | None, str]:
    """Run every missing migration and give the serving role its rights, in one transaction; return the numbers before and
    after, or raise CannotOpen and leave everything as it was.
    """
    from alembic import command

    role = _role(serving)
    with as_owner(owner) as conn, conn.begin():
        _refuse(conn, owner, role)
        before = upgrade.current(conn)
        if before is not None and before not in upgrade.known():
            raise CannotOpen(f"{postgres.name_of(owner)}: {upgrade.difference(conn)}")
        try:
            command.upgrade(upgrade.configuration(conn), "head")
        except WillNotMigrate as error:
            raise CannotOpen(f"{postgres.name_of(owner)} was left as it was: {error}") from error
        grants.give(conn, role)
        faults = schema_faults(conn)
        if faults:
            raise CannotOpen(
                f"{postgres.name_of(owner)} was left as it was, because the migrated schema is not whole: "
                + "; ".join(faults)
            )
    _look_again(serving)
    return before, upgrade.newest()


@contextmanager
def as_owner(owner: URL) -> Iterator[Connection]:
    """Yield a connection of the owner's, for migrations; nobody who serves ever has one."""
    with postgres.connected(postgres.make_engine(owner), owner) as conn:
        yield conn


def _role(serving: URL) -> str:
    """Return the role that serves, as the server knows it: proof that it can connect, before anything is changed."""
    with postgres.read_only(serving) as conn:
        return str(conn.execute(text("SELECT current_user")).scalar_one())


def _refuse(conn: Connection, owner: URL, role: str) -> None:
    """Refuse an unsafe server, a superuser, one role for both, and a record that somebody has open."""
    faults = list(postgres_fitness.server_faults(conn))
    me = conn.execute(text("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user")).one()
    if me.rolsuper:
        faults.append(
            f"{me.rolname} is a superuser, and append_event would run with all its rights; own it with a plain role"
        )
    if me.rolname == role:
        faults.append("database_owner_url and database_url name one role; who serves must not be the owner")
    if faults:
        raise CannotOpen(f"{postgres.name_of(owner)} cannot be upgraded: " + "; ".join(faults) + ".")
    free = text(f"SELECT pg_try_advisory_xact_lock({RECORD}, {postgres.UPGRADE})")
    if not conn.execute(free).scalar_one():
        raise CannotOpen(f"{postgres.name_of(owner)} is in use by another process. Stop every server first.")


def _look_again(serving: URL) -> None:
    """See with the serving role's own eyes that its rights are as listed."""
    with postgres.read_only(serving) as conn:
        faults = tuple(grants.faults(conn))
    if faults:
        raise CannotOpen(
            f"{postgres.name_of(serving)} was upgraded, but cannot be served yet: " + "; ".join(faults) + "."
        )

"""What the database must hold before anyone may work on it: every table, every trigger, and nothing strange."""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Iterator
from functools import cache

from sqlalchemy import Connection, MetaData, Table, UniqueConstraint

from app.record import postgres_schema, sqlite_schema
from app.record.migrations import guards
from app.record.tables import metadata

ROOMS = (
    "app.record.tables",
    "app.people.tables",
    "app.catalogue.tables",
    "app.catalogue.trial_tables",
    "app.stations.tables",
    "app.interfaces.tables",
    "app.hooks.tables",
    "app.desk.tables",
    "app.upkeep.tables",
)
"""Modules that declare tables. Named as text, because the record room may not import its neighbours."""


def whole_metadata() -> MetaData:
    """Return the metadata with the tables of every room that has any."""
    for room in ROOMS:
        if _exists(room):
            importlib.import_module(room)
    return metadata


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def unique_keys(table: Table) -> tuple[tuple[str, ...], ...]:
    """Return the columns of the primary key and of each unique constraint, in a fixed order."""
    keys = [tuple(column.name for column in table.primary_key.columns)]
    others = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    keys += sorted(tuple(column.name for column in constraint.columns) for constraint in others)
    return tuple(keys)


def expected_triggers(table: Table, dialect: str = "sqlite") -> dict[str, str]:
    """Return the three statements that guard an append-only table, by the names of their triggers."""
    return guards.triggers(dialect, table.name, unique_keys(table))


def append_only_tables() -> frozenset[str]:
    """Return the names of the tables that may only grow."""
    return frozenset(table.name for table in whole_metadata().tables.values() if table.info.get("append_only"))


def schema_faults(conn: Connection) -> tuple[str, ...]:
    """Return a sentence for each table missing or made otherwise, and each missing, changed or strange trigger or view."""
    tables = declared_tables()
    if conn.dialect.name == "postgresql":
        return tuple(postgres_schema.schema_faults(conn, tables))
    rows = conn.exec_driver_sql("SELECT type, name, sql FROM sqlite_master").all()
    found = {(kind, name): sql or "" for kind, name, sql in rows}
    faults = [fault for table in tables for fault in sqlite_schema.table_faults(table, found)]
    faults += sqlite_schema.strange_indices(tables, found)
    return (*faults, *_trigger_faults(found))


@cache
def declared_tables() -> tuple[Table, ...]:
    """Return every declared table, those first that others refer to; found once a process."""
    return tuple(whole_metadata().sorted_tables)


@cache
def _triggers() -> dict[str, str]:
    guarded = (table for table in declared_tables() if table.info.get("append_only"))
    return {name: _plain(sql) for table in guarded for name, sql in expected_triggers(table).items()}


def _trigger_faults(found: dict[tuple[str, str], str]) -> Iterator[str]:
    triggers = _triggers()
    for name, sql in triggers.items():
        if ("trigger", name) not in found:
            yield f"the trigger {name} is missing: the record could be changed unseen"
        elif _plain(found["trigger", name]) != sql:
            yield f"the trigger {name} is not as it was installed"
    for kind, name in found:
        if kind in {"trigger", "view"} and name not in triggers:
            yield f"there is a {kind} {name} that vialtrace did not install"


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip().rstrip(";")

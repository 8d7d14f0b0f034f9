"""What a PostgreSQL database must hold: every table, column, key, trigger and function as installed, and nothing strange."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, PrimaryKeyConstraint, Table, UniqueConstraint, text

from app.record.migrations import append_event, guards

ROW, BEFORE, DELETES, UPDATES, TRUNCATES = 1, 2, 8, 16, 32
"""Bits of pg_trigger.tgtype."""

FIRES = {"update": ROW | BEFORE | UPDATES, "delete": ROW | BEFORE | DELETES, "truncate": BEFORE | TRUNCATES}

SETTINGS = ["search_path=pg_catalog, pg_temp"]
"""What both functions are made with, so that no caller's path leads them elsewhere."""

FUNCTIONS = {guards.FUNCTION: (guards.ONLY_GROWS, False), append_event.NAME: (append_event.BODY, True)}
"""Body of each function, and whether it runs with its owner's rights."""

_TABLES = """
SELECT relname, relkind::text AS kind, relpersistence::text AS kept, relrowsecurity AS hides, relowner AS owner
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'f', 'v', 'm')
"""
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS kind, a.attnotnull AS filled, a.attgenerated::text AS made
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
"""
_TRIGGERS = """
SELECT c.relname, t.tgname, t.tgtype AS fires, t.tgenabled::text AS enabled, p.proname,
    t.tgqual IS NULL AND t.tgattr = ''::int2vector AND t.tgnargs = 0 AS plain
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
"""
_INTERNAL = """
SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
"""
_KEYS = """
SELECT c.relname, k.conname, k.contype::text AS kind, k.convalidated AS valid,
    (SELECT array_agg(a.attname::text ORDER BY n.place) FROM unnest(k.conkey) WITH ORDINALITY n(number, place)
     JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.number) AS columns
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'public'::regnamespace AND k.contype IN ('p', 'u', 'c', 'f')
"""
_INDEXES = """
SELECT c.relname, i.relname AS name, x.indisunique AS one_each, x.indisvalid AS valid,
    x.indpred IS NULL AND x.indexprs IS NULL AS plain,
    (SELECT array_agg(a.attname::text ORDER BY n.place) FROM unnest(x.indkey::int2[]) WITH ORDINALITY n(number, place)
     JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = n.number) AS columns
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u'))
"""
_RULES = """
SELECT c.relname, r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""
_FUNCTIONS = """
SELECT p.proname, p.prosrc, p.prosecdef AS as_owner, p.proconfig AS settings, p.proowner AS owner, l.lanname
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'public'::regnamespace AND p.proname = ANY(:names)
"""


def schema_faults(conn: Connection, tables: tuple[Table, ...]) -> Iterator[str]:
    """Say in a sentence each what is missing, changed or strange, compared with the declared tables."""
    found = {row.relname: row for row in conn.execute(text(_TABLES))}
    missing = [table.name for table in tables if table.name not in found]
    yield from (f"the table {name} is missing" for name in missing)
    there = tuple(table for table in tables if table.name in found)
    for table in there:
        yield from _kept(table.name, found[table.name])
    yield from _columns(conn, there)
    yield from _keys(conn, there)
    yield from _indexes(conn, there)
    yield from _triggers(conn, there)
    yield from _functions(conn, {found[table.name].owner for table in there})
    for row in found.values():
        if row.kind in {"v", "m"}:
            yield f"there is a view {row.relname} that vialtrace did not install"
    for row in conn.execute(text(_RULES)):
        yield f"there is a rule {row.rulename} on {row.relname} that vialtrace did not install"


def _kept(name: str, row: Any) -> Iterator[str]:
    if row.kind != "r":
        yield f"{name} is not an ordinary table"
    if row.kept != "p":
        yield f"the table {name} is not logged: a crash would empty it"
    if row.hides:
        yield f"the table {name} has row security, which can hide rows"


def _columns(conn: Connection, tables: tuple[Table, ...]) -> Iterator[str]:
    """Compare each column with its declaration: its type, whether it may be empty, and that nothing else fills it."""
    found = {(row.relname, row.attname): row for row in conn.execute(text(_COLUMNS))}
    names = {table.name for table in tables}
    for table in tables:
        for column in table.columns:
            row = found.pop((table.name, column.name), None)
            if row is None:
                yield f"the table {table.name} has no column {column.name}"
                continue
            kind = column.type.compile(conn.dialect).lower()
            if (row.kind, row.filled, row.made) != (kind, not column.nullable, ""):
                yield f"the column {column.name} of the table {table.name} is not as it was made"
    for table, name in found:
        if table in names:
            yield f"the table {table} has a column {name} that vialtrace did not make"


def _indexes(conn: Connection, tables: tuple[Table, ...]) -> Iterator[str]:
    """Compare each index with its declaration; a strange one that is unique could refuse what should be recorded."""
    found = {(row.relname, row.name): row for row in conn.execute(text(_INDEXES))}
    for table in tables:
        for index in table.indexes:
            row = found.pop((table.name, str(index.name)), None)
            columns = [column.name for column in index.columns]
            if row is None or (row.columns, row.one_each, row.valid, row.plain) != (
                columns,
                bool(index.unique),
                True,
                True,
            ):
                yield f"the index {index.name} is missing or not as it was installed"
    for _, name in found:
        yield f"there is an index {name} that vialtrace did not install"


def _keys(conn: Connection, tables: tuple[Table, ...]) -> Iterator[str]:
    """Compare keys by their columns, checks and references by their names: a taken key is refused by these alone."""
    found = {(row.relname, row.conname): row for row in conn.execute(text(_KEYS))}
    keys = {(row.relname, tuple(row.columns)) for row in found.values() if row.kind in {"p", "u"}}
    for table in tables:
        for constraint in table.constraints:
            name = conn.dialect.identifier_preparer.format_constraint(constraint)
            if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint):
                columns = tuple(column.name for column in constraint.columns)
                if (table.name, columns) not in keys:
                    yield f"the table {table.name} has no unique key on {', '.join(columns)}"
            elif name is not None and (table.name, name) not in found:
                yield f"the rule {name} of the table {table.name} is missing"
    for row in found.values():
        if not row.valid:
            yield f"the rule {row.conname} of the table {row.relname} was never checked against its rows"


def _triggers(conn: Connection, tables: tuple[Table, ...]) -> Iterator[str]:
    found = {(row.relname, row.tgname): row for row in conn.execute(text(_TRIGGERS))}
    ours = set()
    for table in tables:
        names = guards.triggers("postgresql", table.name, ()) if table.info.get("append_only") else ()
        for name in names:
            ours.add((table.name, name))
            row = found.get((table.name, name))
            if row is None:
                yield f"the trigger {name} is missing: the record could be changed unseen"
                continue
            right = (FIRES[name.rpartition("_")[2]], "A", guards.FUNCTION, True)
            if (row.fires, row.enabled, row.proname, row.plain) != right:
                yield f"the trigger {name} is not as it was installed"
    yield from (f"there is a trigger {name} that vialtrace did not install" for table, name in found.keys() - ours)
    for (name,) in conn.execute(text(_INTERNAL)):
        yield f"the references of the table {name} are switched off"


def _functions(conn: Connection, owners: set[int]) -> Iterator[str]:
    rows = conn.execute(text(_FUNCTIONS), {"names": list(FUNCTIONS)}).all()
    if len(owners) > 1:
        yield "the tables have more than one owner"
    for name, (body, as_owner) in FUNCTIONS.items():
        found = [row for row in rows if row.proname == name]
        right = (body, as_owner, SETTINGS, "plpgsql")
        if not found:
            yield f"the function {name} is missing"
        elif len(found) > 1 or (found[0].prosrc, found[0].as_owner, found[0].settings, found[0].lanname) != right:
            yield f"the function {name} is not as it was installed"
        elif {found[0].owner} != owners:
            yield f"the function {name} belongs to somebody else than the tables"

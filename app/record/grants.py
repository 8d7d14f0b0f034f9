"""Who may do what on PostgreSQL: the owner's role migrates and never serves, the serving role gets what is listed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, Table, text

from app.record.migrations import append_event
from app.record.schema import declared_tables

READ = frozenset({"SELECT"})
ADD = READ | {"INSERT"}
CHANGE = ADD | {"UPDATE", "DELETE"}

BY_THE_FUNCTION = frozenset({"event", "site_head"})
"""Tables that nobody who serves writes to: `append_event` does, with the owner's right."""

VERSION = "alembic_version"

EVERY = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
"""Every right there is on a table; MAINTAIN beside them from PostgreSQL 17 on."""

FORGETS = ("order_text", "blob_within")
"""The tables that are written anew after a purge, which takes MAINTAIN."""

MIGHTY = ("pg_execute_server_program", "pg_write_server_files", "pg_write_all_data", "pg_database_owner")
"""Roles of the server whose members could go round every right."""


def wanted(table: Table) -> frozenset[str]:
    """Return the rights of the serving role on a table."""
    if table.name in BY_THE_FUNCTION:
        return READ
    return ADD if table.info.get("append_only") else CHANGE


def all_wanted(conn: Connection) -> dict[str, frozenset[str]]:
    """Return the rights of the serving role on every table, by its name."""
    rights = {table.name: wanted(table) for table in declared_tables()} | {VERSION: READ}
    if can_maintain(conn):
        for name in FORGETS:
            rights[name] |= {"MAINTAIN"}
    return rights


def can_maintain(conn: Connection) -> bool:
    """Say whether this server knows the right to write a table anew without owning it."""
    return bool(conn.execute(text("SELECT current_setting('server_version_num')::int >= 170000")).scalar_one())


def give(conn: Connection, role: str) -> None:
    """As the owner: take every right of ours from the role and from everybody, and give the role what it needs."""
    name = conn.dialect.identifier_preparer.quote(role)
    conn.execute(text(f"GRANT USAGE ON SCHEMA public TO {name}"))
    for table, rights in all_wanted(conn).items():
        conn.execute(text(f'REVOKE ALL ON "{table}" FROM PUBLIC, {name}'))
        conn.execute(text(f'GRANT {", ".join(sorted(rights))} ON "{table}" TO {name}'))
    for table, sequence in _sequences(conn):
        conn.execute(text(f"REVOKE ALL ON SEQUENCE {sequence} FROM PUBLIC, {name}"))
        if table not in BY_THE_FUNCTION:
            conn.execute(text(f"GRANT USAGE ON SEQUENCE {sequence} TO {name}"))
    conn.execute(text(f"REVOKE ALL ON FUNCTION {append_event.NAME} FROM PUBLIC, {name}"))
    conn.execute(text(f"GRANT EXECUTE ON FUNCTION {append_event.NAME} TO {name}"))


def may_write(conn: Connection) -> bool:
    """Say whether the role that is connected may write events; one that only checks or signs may not."""
    query = text(f"SELECT to_regproc('public.{append_event.NAME}') AS it")
    return bool(conn.execute(query).scalar_one()) and bool(
        conn.execute(
            text(f"SELECT has_function_privilege('public.{append_event.NAME}'::regproc, 'EXECUTE')")
        ).scalar_one()
    )


def faults(conn: Connection) -> Iterator[str]:
    """Say of the role that is connected what it may and must not, and what it must and may not. The tables are all there."""
    yield from _standing(conn)
    want = all_wanted(conn)
    rights = EVERY + (("MAINTAIN",) if can_maintain(conn) else ())
    found: dict[str, set[str]] = {table: set() for table in want}
    query = text(
        "SELECT t, p FROM unnest(CAST(:tables AS text[])) t, unnest(CAST(:rights AS text[])) p "
        "WHERE has_table_privilege(format('public.%I', t), p) OR CASE WHEN p IN "
        "('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') THEN has_any_column_privilege(format('public.%I', t), p) END"
    )
    for table, right in conn.execute(query, {"tables": list(want), "rights": list(rights)}):
        found[table].add(right)
    for table, has in found.items():
        for right in sorted(has - want[table]):
            yield f"the role that serves may {right} {table}, and must not"
        for right in sorted(want[table] - has):
            yield f"the role that serves has no right to {right} {table}"
    yield from _may_use(conn)


def _standing(conn: Connection) -> Iterator[str]:
    """Who is connected: no superuser, not the owner, nobody who could become either, or switch triggers off."""
    row = conn.execute(
        text(
            "SELECT rolname, rolsuper, rolcreaterole, rolreplication, "
            "has_parameter_privilege('session_replication_role', 'SET') AS switches, "
            "has_schema_privilege('public', 'CREATE') AS creates FROM pg_roles WHERE rolname = current_user"
        )
    ).one()
    if row.rolsuper:
        yield f"{row.rolname} is a superuser; serve with a role that owns nothing (docs/postgresql.md)"
        return
    owners = conn.execute(
        text(
            "SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S') AND pg_has_role(relowner, 'MEMBER')"
        )
    ).scalars()
    for owner in owners:
        yield f"{row.rolname} owns the tables, or may become {owner}, who does; the owner's role migrates and never serves"
    mighty = conn.execute(
        text("SELECT rolname FROM pg_roles WHERE rolname = ANY(:names) AND pg_has_role(oid, 'MEMBER')"),
        {"names": list(MIGHTY)},
    ).scalars()
    yield from (f"{row.rolname} is a member of {name}, and could go round every right" for name in mighty)
    if row.rolcreaterole or row.rolreplication:
        yield f"{row.rolname} may create roles or replicate; take that away"
    if row.switches:
        yield f"{row.rolname} may set session_replication_role, which switches triggers off"
    if row.creates:
        yield f"{row.rolname} may create things in the schema public: REVOKE CREATE ON SCHEMA public FROM PUBLIC"


def _may_use(conn: Connection) -> Iterator[str]:
    """The function and the numbers of new rows."""
    if not conn.execute(text(f"SELECT has_function_privilege('{append_event.NAME}'::regproc, 'EXECUTE')")).scalar_one():
        yield "the role that serves may not call append_event, so it could not write an event"
    sequences = [(table, sequence) for table, sequence in _sequences(conn) if table not in BY_THE_FUNCTION]
    query = text("SELECT s FROM unnest(CAST(:names AS text[])) s WHERE NOT has_sequence_privilege(s, 'USAGE')")
    closed = set(conn.execute(query, {"names": [sequence for _, sequence in sequences]}).scalars())
    for table, sequence in sequences:
        if sequence in closed:
            yield f"the role that serves may not number new rows of {table}"


def _sequences(conn: Connection) -> Iterable[tuple[str, str]]:
    """Return (table, sequence) for each table of ours whose rows are numbered by the database."""
    names = [table.name for table in declared_tables()]
    query = text(
        "SELECT c.relname, pg_get_serial_sequence(format('public.%I', c.relname), a.attname) FROM pg_class c "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:names) AND a.atthasdef "
        "AND pg_get_serial_sequence(format('public.%I', c.relname), a.attname) IS NOT NULL ORDER BY 1"
    )
    return [(table, sequence) for table, sequence in conn.execute(query, {"names": names})]

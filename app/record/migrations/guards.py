"""What makes a table grow only, in the words of each database: the one place that writes these triggers.

A migration that makes an append-only table ends with one line a table, naming every key (the primary key first, then each
unique constraint, as in the table's declaration):

    from app.record.migrations import guards
    ...
    guards.only_grows("access_log", ("seq",))
    guards.only_grows("recipe", ("seq",), ("name", "version"))

The same line again is right after `batch_alter_table`, which on SQLite makes the table anew without its triggers. Nothing
else of a migration may be written in one database's words: no PRAGMA, no trigger, no `sqlite_master`, no bare SQL that only
one of them reads. The number of a revision has at most 32 characters (PostgreSQL keeps it in 32).

Migrations of every release call this module, so the text it makes for them is held to a digest by a test: a trigger that must
read otherwise one day is a new function beside this one.

Knows how a guard is worded. Does not know which tables there are (`app.record.schema`), nor who may do what on PostgreSQL
(`app.record.grants`).
"""

from __future__ import annotations

Keys = tuple[tuple[str, ...], ...]
"""The columns of the primary key, then of each unique constraint."""


class WillNotMigrate(Exception):  # noqa: N818  # named as the answer the caller hears
    """What is stored is not what was written; a migration that went on would hide it. The database is left as it was."""


FUNCTION = "only_grows"
"""Name of the PostgreSQL function that every trigger of ours calls."""

ONLY_GROWS = """
BEGIN
    RAISE EXCEPTION '% only grows: nothing in it is %', TG_TABLE_NAME,
        CASE TG_OP WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END
        USING ERRCODE = 'restrict_violation';
END
"""
"""Body of that function. An exception is the only way out: a trigger that returned would let the row go."""


def only_grows(table: str, *keys: tuple[str, ...]) -> None:
    """In a migration: from here on nothing in this table is changed, deleted or written over. Safe to call again."""
    from alembic import op  # loaded to migrate; the words are also asked for at every start

    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        op.execute(function())
    for name, trigger in triggers(dialect, table, keys).items():
        op.execute(dropped(dialect, name, table))
        op.execute(trigger)
        if dialect == "postgresql":
            op.execute(always(name, table))


def triggers(dialect: str, table: str, keys: Keys) -> dict[str, str]:
    """Return the statements that make the three triggers of a table, by their names."""
    return _on_postgresql(table) if dialect == "postgresql" else _on_sqlite(table, keys)


def _on_sqlite(name: str, keys: Keys) -> dict[str, str]:
    """The third is needed because INSERT OR REPLACE removes the old row without asking the delete trigger."""
    taken = " OR ".join(_taken(name, key) for key in keys)
    return {
        f"{name}_no_update": f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} "
        f"BEGIN SELECT RAISE(ABORT, '{name} only grows: nothing in it is changed'); END",
        f"{name}_no_delete": f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} "
        f"BEGIN SELECT RAISE(ABORT, '{name} only grows: nothing in it is deleted'); END",
        f"{name}_no_replace": f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN {taken} "
        f"BEGIN SELECT RAISE(ABORT, '{name} only grows: this key is taken'); END",
    }


def _taken(table: str, key: tuple[str, ...]) -> str:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608  # names of our own tables and columns


def _on_postgresql(name: str) -> dict[str, str]:
    """TRUNCATE asks no row trigger, so it has its own; a taken key is refused by its constraint on every way in."""
    return {
        f"{name}_no_update": f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()",
        f"{name}_no_delete": f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()",
        f"{name}_no_truncate": f"CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()",
    }


def function() -> str:
    """Return the statement that makes the function the PostgreSQL triggers call; it resolves no name by a caller's path."""
    return (
        f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql "
        f"SET search_path = pg_catalog, pg_temp AS $body${ONLY_GROWS}$body$"
    )


def always(name: str, table: str) -> str:
    """Return the statement that makes a trigger fire for the owner too, also under session_replication_role = replica."""
    return f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def dropped(dialect: str, name: str, table: str) -> str:
    """Return the statement that takes a trigger of this name away, where there is one."""
    on = f" ON {table}" if dialect == "postgresql" else ""
    return f"DROP TRIGGER IF EXISTS {name}{on}"

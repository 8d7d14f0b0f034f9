"""Runs migrations on the connection that `app.record.upgrade` (or a test) hands in, never on one that serves."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from app.record.columns import Moment
from app.record.schema import whole_metadata


def plainly(kind: str, thing: Any, _autogen: Any) -> str | Literal[False]:
    """Draft our own column types as the plain type they are stored as, so that a migration stands without our code."""
    return "sa.Text()" if kind == "type" and isinstance(thing, Moment) else False


def run() -> None:
    """Upgrade, check or compare inside one transaction, so that a broken migration leaves the database as it was."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=whole_metadata(),
        render_as_batch=True,
        compare_type=True,
        render_item=plainly,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()

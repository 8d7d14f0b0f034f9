"""A recipe that was wrong is withdrawn: by one pharmacist, at once, for it stops work; a newer signed version makes it again.

And a recipe of which a newer version counts begins nothing: what was opened by the older one waits before anything is brought.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, bindparam, func, select

from app.catalogue.hazards import Acting, Signer
from app.catalogue.recipes import NOT_WITHDRAWN
from app.catalogue.tables import recipe, recipe_withdrawal
from app.record import canonical, codec
from app.record.columns import moment_text
from app.record.prepared import FIRST, Prepared
from app.record.running import append_row
from workflows.preparation import Preparation

LEAST_REASON = 10
"""Letters that the reason must have."""
BEFORE_WORK = frozenset({"verify"})
"""Steps at which nothing was brought in yet."""
_LAST = Prepared(
    select(recipe_withdrawal.c.body)
    .where(recipe_withdrawal.c.name == bindparam("of"), recipe_withdrawal.c.version >= bindparam("by"))
    .order_by(recipe_withdrawal.c.seq.desc())
    .limit(FIRST)
)
_NEWER = Prepared(
    select(func.max(recipe.c.version)).where(
        recipe.c.name == bindparam("of"),
        recipe.c.version > bindparam("by"),
        recipe.c.effective_from <= bindparam("at", type_=Text),
        NOT_WITHDRAWN,
    )
)


class NotWithdrawnError(ValueError):
    """It cannot be withdrawn; the text says why and what to do instead."""


@dataclass(frozen=True)
class Withdrawn:
    """One withdrawal."""

    name: str
    """Of the recipe."""
    version: int
    """The newest signed one when it was withdrawn: nothing is made by it or one before it."""
    why: str
    """What was wrong, in words."""
    signer: Signer
    """The pharmacist; `against` is empty."""


def digest_of(name: str, version: int) -> str:
    """Return what a signature under a withdrawal is over, hex."""
    return hashlib.sha256(canonical.dump({"withdraw recipe": name, "version": version})).hexdigest()


def of(conn: Connection, name: str, version: int) -> Withdrawn | None:
    """Return the withdrawal that this version of a recipe falls under, or None."""
    found = _LAST.one(conn, {"of": name, "by": version})
    return None if found is None else codec.decode(Withdrawn, canonical.parse(found[0]))


def withdraw(act: Acting, name: str, version: int, why: str, signer: Signer, over: str) -> Withdrawn:
    """Keep that a recipe is withdrawn up to its newest signed version. Raises NotWithdrawnError where it cannot be."""
    newest = act.conn.execute(select(func.max(recipe.c.version)).where(recipe.c.name == name)).scalar()
    if newest is None:
        raise NotWithdrawnError("No version of it is signed: there is nothing to withdraw.")
    if newest != version or over != digest_of(name, newest):
        raise NotWithdrawnError("A newer version was signed since this page was drawn. Look at it. Nothing was signed.")
    if of(act.conn, name, newest) is not None:
        raise NotWithdrawnError("It is withdrawn already.")
    if len(why.strip()) < LEAST_REASON:
        raise NotWithdrawnError(f"Say in at least {LEAST_REASON} letters what is wrong with it.")
    made = Withdrawn(name, newest, why.strip(), signer)
    body = canonical.dump(codec.encode(made)).decode()
    append_row(
        act.conn, recipe_withdrawal, {"name": name, "version": newest, "body": body, "at": act.at, "who": act.who}
    )
    told: dict[str, Any] = {"name": name, "version": newest, "why": made.why, "over": over}
    act.write("recipe_withdrawn", {**told, "signed_by": signer.name, "licence": signer.licence})
    return made


def why_not(conn: Connection, p: Preparation, at: datetime) -> str:
    """Return why a preparation is not gone on with by its own copy of a recipe, in words; empty where it may be."""
    made_by = p.master
    called = f"version {made_by.version} of {made_by.name}, by which it is made,"
    if gone := of(conn, made_by.name, made_by.version):
        return f"{called} was withdrawn by {gone.signer.name}: {gone.why}"
    if not p.entries.keys() <= BEFORE_WORK or not (newer := _newer(conn, p, at)):
        return ""
    return f"{called} is not the newest: version {newer} counts. Have it made by that one, or discard it: it is opened anew"


def told(conn: Connection, p: Preparation, at: datetime) -> str:
    """Return what a pharmacist who looks at it reads of its recipe: why it is not gone on with, or that a newer one counts."""
    if p.outcome:
        return ""
    if says := why_not(conn, p, at):
        return f"{says[0].upper()}{says[1:]}."
    newer = _newer(conn, p, at)
    return (
        f"Version {newer} of {p.master.name} counts by now; this one goes on by version {p.master.version}."
        if newer
        else ""
    )


def _newer(conn: Connection, p: Preparation, at: datetime) -> int | None:
    found = _NEWER.one(conn, {"of": p.master.name, "by": p.master.version, "at": moment_text(at)})
    newer: int | None = found[0] if found else None
    return newer

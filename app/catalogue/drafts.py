"""Recipes in the writing: a draft, the signatures over it, and the version that the second one makes of it (R49).

A draft changes nothing. Signed by two, it is a new version from its day on; preparations that are open keep their own copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from app.catalogue import beginning, recipes, withdrawals
from app.catalogue.hazards import LEAST_WORDS, Acting, Signer
from app.catalogue.signing import MEANWHILE, Signed, digest_of, why_not, written_over
from app.catalogue.tables import recipe as kept_recipe
from app.catalogue.tables import recipe_draft
from app.record import canonical, codec
from app.record.running import append_row
from workflows.authoring import differences, signed, wrong_in
from workflows.made_by import Master

BY_WEIGHT = "recipe"
"""Tag of a drafted recipe by weight; drafts that were written before there was another kind have none."""


class NotDraftedError(ValueError):
    """The draft cannot be kept or signed; the text says why and what to do instead."""


@dataclass(frozen=True)
class Draft:
    """What a row of the table holds."""

    recipe: Master
    """As written; its version is that which it becomes."""
    effective_on: date
    """From the beginning of this day at the site, or from the second signature if that is later."""
    why: str
    """Why it is new or changes."""
    signed: tuple[Signer, ...]
    """Who has signed just this."""
    author: str
    """Person id of who wrote it last."""

    @property
    def digest(self) -> str:
        """What a signature is over."""
        return digest_of(self)


@dataclass(frozen=True)
class Version:
    """One signed version."""

    recipe: Master
    """As signed."""
    effective_from: datetime
    """From when it counts, UTC."""
    withdrawn: withdrawals.Withdrawn | None = None
    """The withdrawal that it falls under; None: it may make something."""


def versions(conn: Connection, name: str) -> tuple[Version, ...]:
    """Return every signed version of a recipe, newest first."""
    rows = conn.execute(select(kept_recipe).where(kept_recipe.c.name == name).order_by(kept_recipe.c.version.desc()))
    return tuple(
        Version(recipes.read(row.body), row.effective_from, withdrawals.of(conn, name, row.version)) for row in rows
    )


def standing(known: Sequence[Version]) -> tuple[Version, ...]:
    """Return the versions that may make something, in their order: one that was withdrawn stands in no other's way."""
    return tuple(one for one in known if one.withdrawn is None)


def names(conn: Connection) -> tuple[str, ...]:
    """Return the names of all recipes and drafts."""
    known = conn.execute(select(kept_recipe.c.name).distinct()).scalars()
    drafted = conn.execute(select(recipe_draft.c.name).distinct()).scalars()
    return tuple(sorted({*known, *drafted}))


def open_draft(conn: Connection, name: str) -> Draft | None:
    """Return the draft of a recipe that is not a version yet, or None."""
    newest = select(func.max(recipe_draft.c.seq)).where(recipe_draft.c.name == name).scalar_subquery()
    body = conn.execute(select(recipe_draft.c.body).where(recipe_draft.c.seq == newest)).scalar_one_or_none()
    if body is None:
        return None
    data: Any = canonical.parse(body)
    data["recipe"].setdefault("kind", BY_WEIGHT)
    found = codec.decode(Draft, data)
    return found if found.recipe.version > _newest_version(conn, name) else None


def _newest_version(conn: Connection, name: str) -> int:
    return conn.execute(select(func.max(kept_recipe.c.version)).where(kept_recipe.c.name == name)).scalar() or 0


def keep(act: Acting, recipe: Master, effective_on: date, why: str, over: str | None = None) -> Draft:
    """Keep a draft in place of the one before, unsigned. Raises NotDraftedError for what cannot be right.

    `over`: what it was written over, as `written_over` says it, where a page showed that; None: whatever stands there.
    """
    if faults := wrong_in(recipe):
        raise NotDraftedError(" ".join(faults))
    if len(why.strip()) < LEAST_WORDS:
        raise NotDraftedError("Say why: what it was read in, or what changes.")
    known = versions(act.conn, recipe.name)
    before = known[0].recipe if known else None
    if before is not None and type(before) is not type(recipe):
        raise NotDraftedError(f"{recipe.name} is made another way. Name this one otherwise.")
    if before is not None and before.drug != recipe.drug:
        raise NotDraftedError(f"{recipe.name} is a recipe for {before.drug}. Name this one otherwise.")
    if before is not None and not differences(before, recipe) and known[0].withdrawn is None:
        raise NotDraftedError("Nothing of it is different from the version that counts.")
    _in_turn(act, known, effective_on)
    version = (before.version if before else 0) + 1
    draft = Draft(replace(recipe, version=version, signed_by=()), effective_on, why.strip(), (), act.who)
    old = open_draft(act.conn, recipe.name)
    if over == written_over(0, None) and known:
        raise NotDraftedError(f"There is a recipe {recipe.name} already: write its next version on its own page.")
    if over not in (None, written_over(version - 1, old)):
        raise NotDraftedError(MEANWHILE)
    if old is not None and replace(old, signed=(), author=act.who) == draft:
        raise NotDraftedError("Nothing of it is different from the draft.")
    _write(act, draft)
    _note(act, "recipe_drafted", draft, {"why": draft.why, "digest": draft.digest})
    return draft


def sign(act: Acting, name: str, signer: Signer, over: str) -> Master | None:
    """Keep a signature over the draft; the second, of somebody else, makes it the next version and returns that."""
    draft = open_draft(act.conn, name)
    if draft is None:
        raise NotDraftedError("There is no draft of it.")
    _in_turn(act, versions(act.conn, name), draft.effective_on)
    before = tuple(Signed(one, pharmacist=True) for one in draft.signed)
    if says := why_not(before, Signed(signer, pharmacist=True), over=over, digest=draft.digest):
        raise NotDraftedError(says)
    draft = replace(draft, signed=(*draft.signed, signer))
    _write(act, draft)
    _note(
        act,
        "recipe_signed",
        draft,
        {"name": signer.name, "licence": signer.licence, "against": signer.against, "over": over},
    )
    if len(draft.signed) < 2:
        return None
    made = signed(draft.recipe, draft.recipe.version, tuple(one.name for one in draft.signed))
    begins = beginning.begins(draft.effective_on, act.at, act.settings.zone)
    recipes.add_recipe(act.conn, made, effective_from=begins)
    _note(act, "recipe_effective", draft, {"effective_from": begins.isoformat(), "signed_by": list(made.signed_by)})
    return made


def _in_turn(act: Acting, known: tuple[Version, ...], day: date) -> None:
    if early := beginning.too_early(standing(known), day, act.at, act.settings.zone):
        raise NotDraftedError(early)


def _write(act: Acting, draft: Draft) -> None:
    body = canonical.dump(codec.encode(draft)).decode()
    append_row(act.conn, recipe_draft, {"name": draft.recipe.name, "body": body, "at": act.at, "who": act.who})


def _note(act: Acting, kind: str, draft: Draft, data: dict[str, object]) -> None:
    told = {"recipe": draft.recipe.name, "version": draft.recipe.version, **data}
    act.write(kind, told)

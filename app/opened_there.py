"""What is so of opened vials while a command is judged: whether they are shared still, and what stands where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app import preparations
from app.catalogue import recipes
from app.record import views
from app.stations import open_vials
from app.stations.opened_on_paper import not_on_paper
from workflows import commands as asked
from workflows import sharing
from workflows.evidence import CabinetCode, Container, Scan, Weighing
from workflows.open_vial import StandsOpen
from workflows.preparation import Preparation
from workflows.recipe import Recipe


@dataclass(frozen=True)
class OpenedThere:
    """What a decision has to know of vials that stand open."""

    no_stock: str = ""
    """Why the opened vial in hand is no stock, or none of this preparation's can become any, in words; empty for neither."""
    history: int = 0
    """Number of the line in its cabinet's history at which its vials were opened; 0 where nothing is kept (R32)."""
    standing: tuple[StandsOpen, ...] = ()
    """The opened vials that stand in the cabinet that is scanned."""


def look(
    conn: Connection, site: str, preparation: str, p: Preparation, command: asked.Command, at: datetime
) -> OpenedThere:
    """Return what is so at this moment of the command's transaction."""
    if isinstance(command, asked.EnterFromPaper):
        return OpenedThere(not_on_paper(conn, site, preparation, p, command.sheet))
    keeps = isinstance(command, asked.Keep)
    evidence = command.scan if isinstance(command, asked.Keep) else getattr(command, "evidence", None)
    if _concerns(p, evidence, keeps=keeps) and (off := shared_no_more(conn, site, p, at)):
        return OpenedThere(off)
    no_stock, history = open_vials.standing(conn, preparation, p, evidence, keeps=keeps)
    return OpenedThere(no_stock, history, in_cabinet(conn, site, evidence, but=preparation))


def _concerns(p: Preparation, evidence: object, *, keeps: bool) -> bool:
    """Say whether an opened vial is in hand: scanned, kept, or one of those that a weighing is of."""
    found = evidence.found if isinstance(evidence, Scan) else None
    if isinstance(evidence, Weighing):
        return bool(sharing.opened_units(p))
    return keeps or (isinstance(found, Container) and found.opened is not None)


def shared_no_more(conn: Connection, site: str, p: Preparation, at: datetime) -> str:
    """Say why vials of this preparation are shared no more, whatever it was begun by, in words; empty while they are.

    What a site or a recipe takes back is taken back at once: the reason may be an infection.
    """
    policy = recipes.policy_of(conn, site, at)
    now = [one for one in recipes.recipes_of(conn, p.master.drug, at) if one.name == p.master.name]
    if not now:
        return f"the recipe {p.master.name} counts no more"
    made = [*now, p.master]
    return next((why for one in made if isinstance(one, Recipe) and (why := sharing.barred(one, policy))), "")


def in_cabinet(conn: Connection, site: str, evidence: object, *, but: str) -> tuple[StandsOpen, ...]:
    """Return the opened vials in the cabinet that was scanned: kept ones, and those of other doses that are not cleared away.

    The vials of `but`, the preparation that scans it, are its own.
    """
    found = evidence.found if isinstance(evidence, Scan) else None
    if not isinstance(found, CabinetCode):
        return ()
    return (*open_vials.in_cabinet(conn, found.code), *_being_used(conn, site, found.code, but))


def _being_used(conn: Connection, site: str, code: str, but: str) -> Iterator[StandsOpen]:
    """Yield the opened vials of doses that have left the cabinet and are not closed, where they may still be kept (R42).

    Until their leftovers are discarded they stand there without a label of their own, unless the cabinet was cleaned since.
    """
    opened = open_vials.opened_since_cleaning(conn, code) - {but}
    for row in views.preparations(conn, site=site, statuses=open_vials.UNDER_WAY) if opened else ():
        p = preparations.load(conn, row.id) if row.id in opened else None
        if p is not None and not p.closed:
            vials = (one for one in (*p.containers(), *p.set_aside) if one.role == "drug")
            yield from (StandsOpen(one.drug, one.text, "", row.id) for one in vials)

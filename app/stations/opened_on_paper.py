"""Whether an opened vial, or a unit of a trial, that a downtime sheet names can have gone into the dose (R32, R56, R60)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from app.catalogue import identify, trials
from app.record import canonical, codec, views
from app.stations import open_vials, places
from app.stations.tables import equipment_event, open_vial_discarded
from workflows import sharing
from workflows.evidence import Container, Sheet
from workflows.open_vial import OpenVial
from workflows.plan import Plan
from workflows.preparation import Preparation
from workflows.rules import expiry
from workflows.trials import own_stock


def not_on_paper(conn: Connection, site: str, preparation: str, p: Preparation, sheet: Sheet) -> str:
    """Say why an opened vial, or a unit of a trial's stock, that a downtime sheet names cannot have gone in (R60, R56).

    Empty for none. What is of no trial's stock and no opened vial is not asked. Of an opened vial is asked what was so when the
    dose was made: in which order sheets are entered, and what was thrown away or cleaned meanwhile, says nothing of it. A
    recall does, whenever it came.
    """
    wanted = own_stock(p.master)
    kits = p.planned.trial.kits if isinstance(p.planned, Plan) and p.planned.trial else ()
    for line in sheet.ingredients:
        label = line.unit.partition("/")[2]
        if line.unit.startswith("U/") and (
            why := trials.not_on_paper(conn, site, line.unit, wanted, preparation, kits)
        ):
            return f"{line.text}, unit label {label}: {why}"
        body = views.open_vial_of(conn, label)
        vial = codec.decode(Container, canonical.parse(body)) if body else None
        if vial is None or vial.opened is None:
            continue
        why = (
            open_vials.unlike_its_record(conn, vial)
            or _gone(conn, preparation, vial, vial.opened, sheet.made_at)
            or next(_unfit(conn, p, vial, sheet.made_at), "")
        )
        if why:
            return f"{line.text}, unit label {label}: {why}"
    return ""


def _gone(conn: Connection, preparation: str, vial: Container, known: OpenVial, at: datetime) -> str:
    """Say that it was no stock at `at`, whatever was to be made of it."""
    user, label = views.user_of(conn, vial.unit) or "", vial.unit.partition("/")[2]
    thrown = conn.execute(
        select(open_vial_discarded.c.at).where(open_vial_discarded.c.label == label)
    ).scalar_one_or_none()
    said = {
        f"it is used for preparation {user} already": user not in ("", preparation),
        "it had been thrown away by then": thrown is not None and thrown <= at,
        "it was opened only after the dose was made": at < known.punctured_at,
        "it was never weighed with its label on": known.label_g is None,
        "its in-use limit had passed when the dose was made": known.until <= at,
    }
    return next((words for words, so in said.items() if so), "") or _broken_by(conn, known, vial.drug, at)


def _broken_by(conn: Connection, known: OpenVial, drug: str, at: datetime) -> str:
    """Say what had happened in its cabinet by `at`; doses made on paper are all of one outage and say nothing here."""
    mine = (equipment_event.c.equipment == known.cabinet) & (equipment_event.c.seq > known.history)
    before = mine & (equipment_event.c.at <= at) & (equipment_event.c.what != places.ON_PAPER)
    return open_vials.first_break(conn, known.cabinet, drug, before)


def _unfit(conn: Connection, p: Preparation, vial: Container, at: datetime) -> Iterator[str]:
    """Yield why it was not to go into this dose."""
    known = vial.opened
    if p.counts is not None or known is None or vial.drug != p.master.drug:
        yield f"it is {vial.drug}"
        return
    if why := sharing.why_not(p.order, p.recipe, p.policy):
        yield why
    if otherwise := sharing.made_up_otherwise(known, p.recipe):
        yield f"it {otherwise}"
    if sharing.good_until(known, p.recipe) <= at:
        yield f"{p.recipe.name} had let it serve no longer"
    if any(expiry.expired(one, at, p.policy.zone) for one in known.parts):
        yield "what it holds or carries had expired"
    if recalled := identify.recalls(conn, (vial,)):
        yield f"it is recalled: {recalled}"

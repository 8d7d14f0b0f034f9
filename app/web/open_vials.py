"""Opened vials that were kept: what is open, where, until when, how much; and throwing away what is over (R31, R32)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from app.catalogue import recipes
from app.desk.choosing import Queue, queues
from app.stations import open_vials as book
from app.stations.open_vials import NotDiscardedError, Stock
from app.web.house import house
from app.web.rights import right
from app.web.visit import signed_in, visit, wants_page
from app.web.writing import refusal
from workflows import sharing
from workflows.recipe import Recipe

open_vials = Blueprint("open_vials", __name__)

READERS = ("technician", "lead_technician", "pharmacist", "qa")
HANDS = ("technician", "lead_technician", "pharmacist")
"""Who throws an opened vial away."""
REASONS = (
    "past its limit",
    "cabinet cleaned or opened for another drug",
    "not as it was kept",
    "not needed",
    "damaged",
)
"""Why, as it is picked."""


@dataclass(frozen=True)
class Sharing:
    """Whether opened vials are kept for other doses here at all, and of which recipes."""

    off: str
    """Why not, in words; empty where they are."""
    shared: tuple[str, ...] = ()
    """Recipes in force whose vials are shared."""
    not_shared: tuple[tuple[str, str], ...] = ()
    """The others that a weight is drawn by, and why not, in words."""


@dataclass(frozen=True)
class OpenVialsPage:
    """The stock of opened vials."""

    sharing: Sharing
    """Whether and of what vials are shared."""

    queues: tuple[Queue, ...]
    """What the doses that wait take, and what that wastes."""
    here: tuple[Stock, ...]
    """What may be used, the first to run out first."""
    away: tuple[Stock, ...]
    """What has to be thrown away and was not yet."""
    waiting: tuple[Stock, ...]
    """What got a label and was not weighed with it on yet: stock once it is, else discarded."""
    over: tuple[Stock, ...]
    """What was used or thrown away, the newest first."""
    reasons: tuple[str, ...]
    """Why one may be thrown away."""
    may_discard: bool
    """Whether the viewer throws vials away."""
    at: datetime
    """Now, UTC."""
    says: str = ""
    """Why something was refused."""


@open_vials.get("/open-vials")
@right(*READERS)
def show() -> ResponseReturnValue:
    """What is open, where, until when, how much."""
    page = _page()
    return render_template("open_vials.html", page=page) if wants_page() else jsonify(page)


@open_vials.post("/open-vials/<label>/discard")
@right(*HANDS)
def discard(label: str) -> ResponseReturnValue:
    """Keep that one was thrown away."""
    rooms, at, why = house(), visit().at, request.form.get("why", "")
    who = signed_in()[0].id
    trouble = refusal(lambda conn: book.discard(conn, rooms.settings, label, why, who=who, at=at), NotDiscardedError)
    if trouble:
        return render_template("open_vials.html", page=_page(str(trouble))), 422
    return redirect(url_for("open_vials.show"), 303)


def _sharing(conn: Connection, site: str, at: datetime) -> Sharing:
    policy = recipes.policy_of(conn, site, at)
    if policy is None:
        return Sharing("no site policy is signed")
    if not policy.share_vials:
        return Sharing(f"the site policy, version {policy.version}, shares no vials")
    if not policy.cstd:
        return Sharing(f"the site policy, version {policy.version}, uses no closed-system devices")
    made = (one for one in recipes.in_force(conn, at) if isinstance(one, Recipe))
    judged = [(f"{one.name}, version {one.version}", sharing.barred(one, policy)) for one in made]
    return Sharing(
        "", tuple(name for name, why in judged if not why), tuple((name, why) for name, why in judged if why)
    )


def _page(says: str = "") -> OpenVialsPage:
    rooms, at = house(), visit().at
    with rooms.store.reading() as conn:
        open_now, past = book.stock(conn, rooms.settings.site, at), book.past(conn, rooms.settings.site, at)
        shared = _sharing(conn, rooms.settings.site, at)
        waiting = queues(conn, rooms.dispatcher.current, site=rooms.settings.site, at=at)
    return OpenVialsPage(
        sharing=shared,
        queues=waiting,
        here=tuple(one for one in open_now if not one.gone),
        away=tuple(one for one in open_now if one.gone not in ("", book.WAITS)),
        waiting=tuple(one for one in open_now if one.gone == book.WAITS),
        over=past,
        reasons=REASONS,
        may_discard=bool(signed_in()[0].roles & set(HANDS)),
        at=at,
        says=says,
    )

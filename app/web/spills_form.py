"""The form of a spill: what its fields say, read and written, with the words for what they cannot mean."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from flask import request
from sqlalchemy import Connection

from app.people.accounts import everybody
from app.stations.incidents import Acting, NotKeptError, to_wear
from app.web import desk
from app.web.house import house
from app.web.visit import visit
from workflows.spills import ROUTES, STEPS, SURFACES, Exposure, Spill, StepDone

MOMENT = "%Y-%m-%d %H:%M"
"""How a time is typed, in the site's zone."""
FIELDS = ("person", "route", "part", "first_aid", "service", "contacted_at", "outcome")
"""Of one exposed person."""


def moment(text: str) -> datetime:
    """Read a time at the site. Raises NotKeptError for none."""
    try:
        return (
            datetime.strptime(text.strip(), MOMENT).replace(tzinfo=house().settings.zone).astimezone(visit().at.tzinfo)
        )
    except ValueError:
        raise NotKeptError(f"Write the time as {visit().at.astimezone(house().settings.zone):{MOMENT}}.") from None


def day_of(text: str) -> date:
    """Read a day. Raises NotKeptError for none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise NotKeptError("Write the day as 2027-06-30.") from None


def preparation_of(conn: Connection, text: str) -> str:
    """Read the id of a preparation of this site; empty for none. Raises NotKeptError for one that is not here."""
    wanted = text.strip().upper()
    if wanted and desk.row_of(conn, wanted) is None:
        raise NotKeptError(
            f"There is no preparation {wanted} at this site. Write its eight characters, or leave it empty."
        )
    return wanted


def read_spill(act: Acting, before: Spill) -> Spill:
    """Read the whole form as what is known now."""
    form = request.form
    text = {
        name: form.get(name, "").strip() for name in ("surface", "kit", "kit_expiry", "waste", "cause", "why_not_worn")
    }
    if text["surface"] not in ("", *SURFACES):
        raise NotKeptError("Choose the surface.")
    ticked = form.getlist("steps")
    done = (
        *before.done,
        *(StepDone(s, act.who, act.at) for s, _ in STEPS if s in ticked and s not in {d.step for d in before.done}),
    )
    return replace(
        before,
        happened_at=moment(form.get("happened_at", "")),
        place=form.get("place", "").strip() or before.place,
        drug=form.get("drug", "").strip() or before.drug,
        preparation=preparation_of(act.conn, form.get("preparation", "")),
        volume_ml=_volume(form.get("volume_ml", "")),
        surface=text["surface"],
        kit=text["kit"],
        kit_expiry=day_of(text["kit_expiry"]) if text["kit_expiry"] else None,
        worn=tuple(one for one in to_wear(act.conn, act.settings.site, before) if one in form.getlist("worn")),
        why_not_worn=text["why_not_worn"],
        done=done,
        waste=text["waste"],
        exposed=tuple(_exposed(act.conn)),
        nobody_exposed=form.get("nobody_exposed") == "y",
        cause=text["cause"],
    )


def _volume(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value < 100_000 or re.fullmatch(r"\d+(\.\d+)?", text.strip()) is None:
        raise NotKeptError("Write about how many mL, as 4 or 0.5; 0 for powder alone.")
    return value


def _exposed(conn: Connection) -> list[Exposure]:
    known = {one.user.casefold(): one.id for one in everybody(conn)}
    found = []
    for row in range(_rows_sent()):
        said = {name: request.form.get(f"{name}-{row}", "").strip() for name in FIELDS}
        if not any(value for name, value in said.items() if name != "route"):
            continue
        if not said["person"] or said["route"] not in ROUTES:
            raise NotKeptError("Say of each exposed person who it was, and how they were exposed.")
        at = moment(said["contacted_at"]) if said["contacted_at"] else None
        who = known.get(said["person"].casefold(), said["person"])
        found.append(
            Exposure(who, said["route"], said["part"], said["first_aid"], said["service"], at, said["outcome"])
        )
    return found


def _rows_sent() -> int:
    text = request.form.get("rows", "")
    return min(int(text), 40) if text.isdecimal() else 0


def fields_of(spill: Spill, users: dict[str, str]) -> dict[str, str]:
    """Write a spill as the fields of its form; people by their user names."""
    zone = house().settings.zone
    found = {
        "happened_at": spill.happened_at.astimezone(zone).strftime(MOMENT),
        "place": spill.place,
        "drug": spill.drug,
        "preparation": spill.preparation,
        "volume_ml": "" if spill.volume_ml is None else f"{spill.volume_ml:f}",
        "surface": spill.surface,
        "kit": spill.kit,
        "kit_expiry": spill.kit_expiry.isoformat() if spill.kit_expiry else "",
        "why_not_worn": spill.why_not_worn,
        "waste": spill.waste,
        "cause": spill.cause,
        "nobody_exposed": "y" if spill.nobody_exposed else "",
    }
    for row, one in enumerate(spill.exposed):
        at = one.contacted_at.astimezone(zone).strftime(MOMENT) if one.contacted_at else ""
        values = (users.get(one.person, one.person), one.route, one.part, one.first_aid, one.service, at, one.outcome)
        found |= {f"{name}-{row}": value for name, value in zip(FIELDS, values, strict=True)}
    return found

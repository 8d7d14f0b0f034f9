"""A site's hazardous-drug list: what ships, what the site made of it, who signed it, the yearly review (R38, U1 to U3).

What ships is a proposal. A site's own line stands over it; both stay in the record, and an entry counts as confirmed only while
two people of the site have signed just what it says now.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from app.catalogue.load import SEED
from app.catalogue.tables import hazard_review, hazardous_drug
from app.record import acts, canonical, codec
from app.record.running import append_row
from app.settings import Settings
from workflows.hazards import Handling, Hazard, handling, review_alert
from workflows.recipe import CountRecipe, Recipe

AnyRecipe = TypeVar("AnyRecipe", bound=Recipe | CountRecipe)
"""Either kind of recipe."""

EDITION = "NIOSH 2024 (Publication 2025-103)"
"""What the shipped list was drawn from, in part at second hand."""
SIGNERS = 2
"""People who must have signed an entry (U2, R29)."""
FORMS = ("injection", "tablet", "capsule", "oral liquid", "powder", "other")
"""Dosage forms that an entry may be of."""
LEAST_WORDS = 4
"""Letters that what an entry was compared with must have."""


class NotEnteredError(ValueError):
    """The entry cannot be made or signed; the text says why and what to do instead."""


@dataclass(frozen=True)
class Signer:
    """One signature over one entry."""

    person: str
    """Person id."""
    name: str
    """Printed name (R52)."""
    licence: str
    """Licence number, or empty."""
    at: datetime
    """When, UTC."""
    against: str
    """What it was compared with."""


@dataclass(frozen=True)
class Kept:
    """What a row of the table holds."""

    hazard: Hazard | None
    """The site's own values; None: the proposal as it ships."""
    over: str
    """Digest of the values that were signed."""
    signed: tuple[Signer, ...]
    """Who has signed them."""


@dataclass(frozen=True)
class Entry:
    """One drug in one form, as the list shows it."""

    key: str
    """Names it in an address."""
    hazard: Hazard
    """What the list says of it."""
    own: bool
    """The site's own values; False: as shipped."""
    version: int
    """Number of the site's last line of it; 0 for none."""
    signed: tuple[Signer, ...]
    """Who has signed what it says now."""
    status: Literal["unconfirmed", "confirmed"]
    """Confirmed by two people of the site (U2)."""

    @property
    def digest(self) -> str:
        """What a signature is over: the values, and the version it was shown at."""
        return _digest(self.hazard)

    def handled(self, today: date) -> Handling:
        """How it is handled on this day."""
        return handling(self.hazard, today, confirmed=self.status == "confirmed")


@dataclass(frozen=True)
class Review:
    """One review of the whole list."""

    at: datetime
    """UTC."""
    name: str
    """Printed name of who reviewed it."""
    licence: str
    """Licence number, or empty."""
    note: str
    """What was looked at."""


@cache
def shipped() -> tuple[Hazard, ...]:
    """Return the proposals that come with the program."""
    with (SEED / "hazardous_drugs.csv").open(encoding="utf-8") as file:
        return tuple(_shipped(row) for row in csv.DictReader(file))


def _shipped(row: dict[str, Any]) -> Hazard:
    said = {"y": True, "n": False}
    return Hazard(
        drug=row["name"].casefold(),
        form=row["form"],
        niosh_table=row["niosh_table"],
        antineoplastic=said.get(row["antineoplastic"]),
        mshi=said.get(row["mshi"]),
        manipulated=row["form"] == "injection",
        api=False,
        source=f"{EDITION}; confidence {row['confidence']}: {row['note']}",
        standing=row["standing"],
    )


def listed(conn: Connection, site: str) -> tuple[Entry, ...]:
    """Return the list as the site has it, by name and form."""
    newest = select(func.max(hazardous_drug.c.seq)).where(hazardous_drug.c.site == site)
    newest = newest.group_by(hazardous_drug.c.drug, hazardous_drug.c.form)
    rows = conn.execute(select(hazardous_drug).where(hazardous_drug.c.seq.in_(newest)))
    kept = {(row.drug, row.form): (row.version, codec.decode(Kept, canonical.parse(row.body))) for row in rows}
    found = {(one.drug, one.form): _entry(one, *kept.pop((one.drug, one.form), (0, None))) for one in shipped()}
    found |= {name: _entry(None, version, one) for name, (version, one) in kept.items()}
    return tuple(one for _, one in sorted(found.items()) if one is not None)


def governed(conn: Connection, site: str, made: AnyRecipe, today: date) -> AnyRecipe:
    """Return the recipe with what the site's list says of its drug on `today`, whatever the recipe says itself (R38).

    Any form that is handled as hazardous makes it so, and so does a drug that nobody has looked up. There is no second truth.
    """
    entries = [one for one in listed(conn, site) if one.hazard.drug == made.drug]
    hazardous = not entries or any(one.handled(today).level != "no hazardous handling" for one in entries)
    return made if made.hazardous == hazardous else replace(made, hazardous=hazardous)


def _entry(proposal: Hazard | None, version: int, kept: Kept | None) -> Entry | None:
    hazard = kept.hazard if kept and kept.hazard else proposal
    if hazard is None:
        return None
    signed = kept.signed if kept and kept.over == _digest(hazard) else ()
    confirmed = len({one.person for one in signed}) >= SIGNERS
    own = kept is not None and kept.hazard is not None
    return Entry(
        key_of(hazard.drug, hazard.form), hazard, own, version, signed, "confirmed" if confirmed else "unconfirmed"
    )


def key_of(drug: str, form: str) -> str:
    """Return what names an entry in an address."""
    return hashlib.sha256(f"{drug}\n{form}".encode()).hexdigest()[:16]


def _digest(hazard: Hazard) -> str:
    return hashlib.sha256(canonical.dump(codec.encode(hazard))).hexdigest()


def one(conn: Connection, site: str, key: str) -> Entry | None:
    """Return the entry of this key, or None."""
    return next((found for found in listed(conn, site) if found.key == key), None)


@dataclass(frozen=True)
class Acting:
    """In whose transaction something is written, by whom and when."""

    conn: Connection
    """The caller's transaction."""
    settings: Settings
    """Site and software."""
    who: str
    """Person id."""
    at: datetime
    """The command's one clock reading."""
    command_id: str = ""
    """Names the command in the record; empty: a new one for each event. That of a program names its token."""

    def write(
        self, kind: str, data: Mapping[str, Any], *, second: str | None = None, station: str | None = None
    ) -> None:
        """Append an event to the site's stream; `second` is the id of who signed beside."""
        acts.append(
            self.conn,
            self.settings,
            self.settings.site,
            kind,
            data,
            who=self.who,
            at=self.at,
            station=station,
            second_person=second,
            command_id=self.command_id,
        )


def enter(act: Acting, hazard: Hazard, *, why: str) -> Entry:
    """Keep the site's own values of a drug in a form, unconfirmed; what was there before stays in the record (U3)."""
    _fit(hazard)
    if len(why.strip()) < LEAST_WORDS:
        raise NotEnteredError("Say what the entry was read in, or why it changes.")
    before = one(act.conn, act.settings.site, key_of(hazard.drug, hazard.form))
    if before is not None and before.own and before.hazard == hazard:
        raise NotEnteredError("Nothing of it is different.")
    _keep(act, hazard, Kept(hazard, "", ()), before)
    _note(act, "hazard_entered", hazard, {"why": why.strip(), **_told(hazard)})
    return _known(act, hazard)


def _fit(hazard: Hazard) -> None:
    if not hazard.drug.strip() or hazard.drug != hazard.drug.strip().casefold():
        raise NotEnteredError("Write the generic name, in lower case.")
    if hazard.form not in FORMS:
        raise NotEnteredError(f"Choose the form: {', '.join(FORMS)}.")
    made = hazard.assessment
    if made is not None and not all(
        text.strip() for text in (made.number, made.risk, made.packaging, made.manipulation, made.containment)
    ):
        raise NotEnteredError("An assessment of risk says its number, risk, packaging, manipulation and containment.")


def sign(act: Acting, key: str, signer: Signer, over: str) -> Entry:
    """Keep one person's signature over what an entry says; the second, of somebody else, confirms it (U2)."""
    found = one(act.conn, act.settings.site, key)
    if found is None:
        raise NotEnteredError("There is no such entry.")
    if over != found.digest:
        raise NotEnteredError("The entry changed since this page was drawn. Look at it again. Nothing was signed.")
    if any(before.person == signer.person for before in found.signed):
        raise NotEnteredError("You have signed this entry. Somebody else signs it the second time.")
    if found.status == "confirmed":
        raise NotEnteredError("This entry is confirmed already.")
    if len(signer.against.strip()) < LEAST_WORDS:
        raise NotEnteredError("Say what you compared it with: the list, its edition, the page.")
    kept = Kept(found.hazard if found.own else None, over, (*found.signed, signer))
    _keep(act, found.hazard, kept, found)
    told = {"name": signer.name, "licence": signer.licence, "against": signer.against.strip(), "over": over}
    _note(act, "hazard_signed", found.hazard, told)
    return _known(act, found.hazard)


def _keep(act: Acting, hazard: Hazard, kept: Kept, before: Entry | None) -> None:
    row = {
        "site": act.settings.site,
        "drug": hazard.drug,
        "form": hazard.form,
        "version": (before.version if before else 0) + 1,
    }
    body = canonical.dump(codec.encode(kept)).decode()
    append_row(act.conn, hazardous_drug, {**row, "body": body, "at": act.at, "who": act.who})


def _note(act: Acting, kind: str, hazard: Hazard, data: dict[str, Any]) -> None:
    told = {"drug": hazard.drug, "form": hazard.form, **data}
    act.write(kind, told)


def _told(hazard: Hazard) -> dict[str, Any]:
    return {"hazard": codec.encode(hazard)}


def _known(act: Acting, hazard: Hazard) -> Entry:
    found = one(act.conn, act.settings.site, key_of(hazard.drug, hazard.form))
    if found is None:
        raise RuntimeError("the entry that was just written is not there")
    return found


def history(conn: Connection, site: str, hazard: Hazard) -> tuple[tuple[datetime, str, Kept], ...]:
    """Return every line the site wrote of a drug in a form, newest first: when, who, what."""
    mine = (
        (hazardous_drug.c.site == site)
        & (hazardous_drug.c.drug == hazard.drug)
        & (hazardous_drug.c.form == hazard.form)
    )
    rows = conn.execute(select(hazardous_drug).where(mine).order_by(hazardous_drug.c.version.desc()))
    return tuple((row.at, row.who, codec.decode(Kept, canonical.parse(row.body))) for row in rows)


def review(act: Acting, name: str, licence: str, note: str) -> None:
    """Keep that the whole list was reviewed (R38)."""
    if len(note.strip()) < LEAST_WORDS:
        raise NotEnteredError("Say what you compared the list with.")
    before = last_review(act.conn, act.settings.site)
    if before is not None and before.name == name and on(before.at, act.settings.zone) == on(act.at, act.settings.zone):
        raise NotEnteredError("You reviewed it today already.")
    told = {"name": name, "licence": licence, "note": note.strip()}
    append_row(act.conn, hazard_review, {"site": act.settings.site, "at": act.at, "who": act.who, **told})
    act.write("hazard_list_reviewed", told)


def last_review(conn: Connection, site: str) -> Review | None:
    """Return the newest review of the list, or None."""
    mine = select(hazard_review).where(hazard_review.c.site == site).order_by(hazard_review.c.seq.desc()).limit(1)
    row = conn.execute(mine).one_or_none()
    return None if row is None else Review(row.at, row.name, row.licence, row.note)


def review_due(last: Review | None, at: datetime, zone: ZoneInfo) -> str:
    """Say that the list is due for review at the site, or nothing (R38)."""
    return review_alert(on(last.at, zone) if last else None, on(at, zone))


def alerts(entries: Iterable[Entry], today: date) -> tuple[str, ...]:
    """Return what quality assurance must see to, a line an entry."""
    found = ((one, one.handled(today).alert) for one in entries)
    return tuple(f"{one.hazard.drug}, {one.hazard.form}: {alert}" for one, alert in found if alert)


def on(day: datetime, zone: ZoneInfo) -> date:
    """Return the day of a moment at the site."""
    return day.astimezone(zone).date()

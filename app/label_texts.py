"""Who has signed the label texts of a language at a site: two people, one a pharmacist, over the very texts that stand (U1, U2).

Each signature is a line of the equipment's history, chained like every other one. It is for the texts of then: any change of
them, by a release or by an edit of the file, asks for two new ones.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import Connection, select

from app.catalogue import beginning
from app.catalogue.hazards import Acting, Signer
from app.catalogue.signing import Signed, why_not
from app.record import canonical, codec
from app.stations import register
from app.stations.tables import equipment_event
from labels import ENGLISH
from labels.language import catalogue

SIGNED = "label texts signed"
"""What a line says."""


class NotSignedError(ValueError):
    """The texts cannot be signed; the text says why."""


@dataclass(frozen=True)
class Standing:
    """What the people of a site have put their names to, of the texts as they stand."""

    signed: tuple[Signed, ...] = ()
    """Nobody, one, or the two who have signed."""
    effective_on: date | None = None
    """The day at the site from which the texts count, as the first who signed wrote it."""

    def begins(self, zone: tzinfo) -> datetime | None:
        """Return from when the texts are confirmed; None while a signature is missing."""
        if len(self.signed) < 2 or self.effective_on is None:
            return None
        return beginning.begins(self.effective_on, self.signed[-1].by.at, zone)


def over_of(language: str, texts: str, day: date) -> str:
    """Return what a signature is over: the texts, by their sum, from a day on."""
    return hashlib.sha256(f"label texts {language} {texts} {day.isoformat()}".encode()).hexdigest()


def standing(conn: Connection, site: str, language: str) -> Standing:
    """Return who has signed the texts of a language as they stand now."""
    mine = (equipment_event.c.equipment == _name(site, language), equipment_event.c.what == SIGNED)
    rows = conn.execute(select(equipment_event.c.detail).where(*mine).order_by(equipment_event.c.seq)).scalars()
    told: list[Any] = [canonical.parse(row) for row in rows]
    said = [one for one in told if one["texts"] == catalogue(language).digest]
    if not said:
        return Standing()
    signed = tuple(codec.decode(Signed, canonical.parse(one["signed"])) for one in said)
    return Standing(signed, date.fromisoformat(said[0]["effective_on"]))


def confirmed(conn: Connection, site: str, language: str, at: datetime, zone: tzinfo) -> str:
    """Return the sum of a language's texts where two people have signed them and their day has come; empty where not."""
    if language == ENGLISH:
        return ""
    begins = standing(conn, site, language).begins(zone)
    return catalogue(language).digest if begins is not None and begins <= at else ""


def sign(act: Acting, language: str, signer: Signer, over: str, day: date, *, pharmacist: bool) -> None:
    """Keep a signature over the texts as they stand. Raises NotSignedError for a third, or for other texts than were seen."""
    texts, before = catalogue(language), standing(act.conn, act.settings.site, language)
    if texts.trouble:
        raise NotSignedError(f"No label is printed by these texts: {texts.trouble}. Nothing was signed.")
    if len(before.signed) >= 2:
        raise NotSignedError("Two people have signed these texts.")
    day = before.effective_on or day
    new = Signed(signer, pharmacist)
    if says := why_not(before.signed, new, over=over, digest=over_of(language, texts.digest, day)):
        raise NotSignedError(says)
    detail = {
        "texts": texts.digest,
        "effective_on": day.isoformat(),
        "signed": canonical.dump(codec.encode(new)).decode(),
    }
    register.note(
        act.conn, _name(act.settings.site, language), SIGNED, at=act.at, who=act.who, station="", detail=detail
    )
    told = {"language": language, "name": signer.name, "against": signer.against, "over": over}
    act.write("label_texts_signed", told)


def _name(site: str, language: str) -> str:
    return f"label texts {site} {language}"

"""A form about a person, read before anything is written: whoever writes knows of no request."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from flask import request

from app.people.accounts import NotDoneError
from app.people.badges import badge_code
from app.web.house import house

KEPT_FIELDS = (
    "user", "name", "licence", "states", "until", "identity_checked_by", "why", "code", "assessor", "hours", "issuer",
    "subject", "sites", "everywhere", "evidence", "number", "issuer", "issued", "plan", "item", "part", "route", "on", "trainer",
    "passed", "result", "oncology", "accredited",
)  # fmt: skip
"""Fields of a refused form that come back filled in; never a secret."""
ONE_OF_MANY = ("credential", "subject", "badge", "paper")
"""Fields that say which passkey, link, badge or credential is meant, where there is a form for each."""


@dataclass(frozen=True)
class Form:
    """What was filled in, and what the site says of such things."""

    fields: Mapping[str, str]
    """By name."""
    roles: tuple[str, ...]
    """Those that are ticked."""
    zone: tzinfo
    """The site's, in which days end."""
    badge_life: timedelta
    """After which a badge is tried again."""
    digest: str = ""
    """SHA-256 of the file that came with it, in hexadecimal; empty for none. The file itself is not kept."""

    def text(self, name: str) -> str:
        return self.fields.get(name, "")

    def states(self) -> tuple[str, ...]:
        """Read states as they are typed: IL, WI or IL WI."""
        return tuple(self.text("states").upper().replace(",", " ").split())

    def sites(self) -> tuple[str, ...]:
        """Read codes of sites as they are typed: MAIN, EAST; none for every site, which has to be said and not left out."""
        named = tuple(self.text("sites").upper().replace(",", " ").split())
        if bool(named) == bool(self.text("everywhere")):
            raise NotDoneError("Write the codes of their sites, or tick every site: one of the two.")
        return named

    def until(self) -> datetime | None:
        """Return the end of the last day in the site's zone; None for an empty field. Raises NotDoneError for no day."""
        text = self.text("until").strip()
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise NotDoneError(f"{text} is no day. Write it as 2027-06-30.") from None
        return datetime.combine(day, time.max, self.zone)

    def day(self, name: str, else_says: str) -> datetime:
        """Return the beginning of a day in the site's zone. Raises NotDoneError with these words for no day."""
        try:
            return datetime.combine(date.fromisoformat(self.text(name).strip()), time.min, self.zone)
        except ValueError:
            raise NotDoneError(else_says) from None

    def hours(self) -> timedelta:
        """Return how long; nothing for what is no number of hours."""
        text = self.text("hours").strip()
        return timedelta(hours=int(text)) if text.isascii() and text.isdecimal() and len(text) < 4 else timedelta()

    def badge(self) -> str:
        """Return the code of the badge that was scanned or typed. Raises NotDoneError where it is none."""
        code = badge_code(self.text("badge"))
        if code is None:
            raise NotDoneError("This is not a badge. Scan the badge itself, or type the number below its code.")
        return code

    def kept(self) -> dict[str, str]:
        """Return what a refused form comes back with."""
        return {name: self.fields[name] for name in KEPT_FIELDS if name in self.fields} | {
            "roles": " ".join(self.roles)
        }

    def which(self) -> str:
        """Say which passkey, link or badge it is about; empty where there is one form for all."""
        return next((self.fields[name] for name in ONE_OF_MANY if name in self.fields), "")


def read_form() -> Form:
    rooms = house()
    roles = tuple(request.form.getlist("roles"))
    given = request.files.get("document")
    content = given.read() if given is not None else b""
    digest = hashlib.sha256(content).hexdigest() if content else ""
    return Form(request.form.to_dict(), roles, rooms.settings.zone, rooms.door.policy.badge_life, digest)

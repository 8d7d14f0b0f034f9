"""Sender profiles as stored data: a draft, its trial on messages, the signatures over it, and the version they make of it.

A draft reads nothing. Signed by two people, one of them a pharmacist, it is the next version from its day on. Until the
first version of a name counts, the document that the settings name counts for it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from app.catalogue import beginning
from app.catalogue.hazards import Acting, Signer
from app.interfaces.profile import Profile, read_profile
from app.interfaces.profile_checks import placed, wrong_in
from app.interfaces.tables import sender_profile as kept
from app.interfaces.tables import sender_profile_draft as drafted
from app.record import canonical, codec
from app.record.running import append_row

LEAST_WORDS = 4
"""Letters that a reason must have."""


class NotProfileError(ValueError):
    """The draft cannot be kept or signed; the text says why and what to do instead."""


@dataclass(frozen=True)
class Trial:
    """What a draft was tried on before it may be signed."""

    at: datetime
    """UTC."""
    who: str
    """Person id."""
    pasted: int
    """Messages pasted in."""
    real: int
    """Messages that had come from this sender."""
    otherwise: int
    """How many of them it reads otherwise than the version that counts."""


@dataclass(frozen=True)
class Draft:
    """What a row of the table holds."""

    name: str
    """Name of the profile."""
    version: int
    """The version that it becomes."""
    document: str
    """JSON text of the profile."""
    effective_on: date
    """From the beginning of this day at the site, or from the second signature if that is later."""
    why: str
    """Why it is new or changes."""
    author: str
    """Person id of who wrote it last."""
    tried: Trial | None = None
    """Its newest trial; None before the first: it cannot be signed."""
    signed: tuple[Signer, ...] = ()
    """Who has signed just this."""
    pharmacist_signed: bool = False
    """Whether one of them is a pharmacist."""

    @property
    def digest(self) -> str:
        """What a signature is over: all but the trials and the signatures themselves."""
        said = canonical.dump(codec.encode(_unsigned(self)))
        return hashlib.sha256(said).hexdigest()


@dataclass(frozen=True)
class Version:
    """One signed version."""

    name: str
    """Name of the profile."""
    version: int
    """Counts up; kept with every message and order read by it."""
    document: str
    """JSON text."""
    signed_by: tuple[str, ...]
    """Printed names."""
    effective_from: datetime
    """From when it counts, UTC."""

    @property
    def profile(self) -> Profile:
        """The profile."""
        return read_profile(self.document)

    @property
    def faults(self) -> tuple[str, ...]:
        """What the program of today holds against it, each with its line; such a version reads nothing."""
        return tuple(placed(self.document, one) for one in wrong_in(self.document))


def versions(conn: Connection, name: str) -> tuple[Version, ...]:
    """Return every signed version of a profile, newest first."""
    rows = conn.execute(select(kept).where(kept.c.name == name).order_by(kept.c.version.desc()))
    return tuple(_version(row.body, row.effective_from) for row in rows)


def _version(body: str, effective_from: datetime) -> Version:
    said: Any = canonical.parse(body)
    return Version(said["name"], said["version"], said["document"], tuple(said["signed_by"]), effective_from)


def counting(conn: Connection, name: str, at: datetime) -> Version | None:
    """Return the version that counts at a moment; None where the document of the settings still does."""
    return next((one for one in versions(conn, name) if one.effective_from <= at), None)


def names(conn: Connection) -> tuple[str, ...]:
    """Return the names of all stored profiles and drafts."""
    found = (conn.execute(select(table.c.name).distinct()).scalars() for table in (kept, drafted))
    return tuple(sorted({name for rows in found for name in rows}))


def open_draft(conn: Connection, name: str) -> Draft | None:
    """Return the draft of a profile that is not a version yet, or None."""
    newest = select(func.max(drafted.c.seq)).where(drafted.c.name == name).scalar_subquery()
    body = conn.execute(select(drafted.c.body).where(drafted.c.seq == newest)).scalar_one_or_none()
    if body is None:
        return None
    found = codec.decode(Draft, canonical.parse(body))
    known = versions(conn, name)
    return found if not known or found.version > known[0].version else None


def keep(act: Acting, name: str, document: str, effective_on: date, why: str, filed: Profile | None) -> Draft:
    """Keep a draft in place of the one before, untried and unsigned; `filed` is what the settings name under this name.

    Raises NotProfileError for what cannot be right.
    """
    standing = versions(act.conn, name)
    version = max(standing[0].version if standing else 0, filed.version if filed else 0) + 1
    text = _numbered(document, version)
    if faults := wrong_in(text):
        raise NotProfileError(" ".join(faults))
    if read_profile(text).name != name:
        raise NotProfileError(f"The document names another profile than {name}.")
    if len(why.strip()) < LEAST_WORDS:
        raise NotProfileError("Say why: what the sender has changed, or what it was read in.")
    if standing and _numbered(standing[0].document, version) == text:
        raise NotProfileError("Nothing of it is different from the newest version.")
    _in_turn(act, standing, effective_on)
    draft = Draft(name, version, text, effective_on, why.strip(), act.who)
    old = open_draft(act.conn, name)
    if old is not None and replace(_unsigned(old), author=act.who) == draft:
        raise NotProfileError("Nothing of it is different from the draft.")
    _write(act, draft)
    _note(act, "sender_profile_drafted", draft, {"why": draft.why, "digest": draft.digest})
    return draft


def _numbered(document: str, version: int) -> str:
    """Return the document with its version, laid out one way."""
    try:
        said = json.loads(document)
        return json.dumps({**said, "version": version}, ensure_ascii=False, indent=1)
    except (ValueError, TypeError) as trouble:
        raise NotProfileError(f"The document is not JSON: {trouble}.") from trouble


def tried(act: Acting, name: str, over: str, trial: Trial) -> Draft:
    """Keep that the draft was tried; signatures over it stay. Raises NotProfileError where it changed meanwhile."""
    draft = replace(_draft(act.conn, name, over), tried=trial)
    _write(act, draft)
    said = {"over": over, "pasted": trial.pasted, "real": trial.real, "otherwise": trial.otherwise}
    _note(act, "sender_profile_tried", draft, said)
    return draft


def _draft(conn: Connection, name: str, over: str) -> Draft:
    draft = open_draft(conn, name)
    if draft is None:
        raise NotProfileError("There is no draft of it.")
    if over != draft.digest:
        raise NotProfileError("The draft changed since this page was drawn. Look at it again. Nothing was done.")
    return draft


def sign(act: Acting, name: str, signer: Signer, over: str, pharmacist: bool) -> Version | None:
    """Keep a signature over the draft; the second, of somebody else, makes it the next version and returns that.

    `pharmacist` says whether this signer is one: of the two at least one is. Raises NotProfileError.
    """
    draft = _draft(act.conn, name, over)
    _in_turn(act, versions(act.conn, name), draft.effective_on)
    if draft.tried is None or not draft.tried.pasted + draft.tried.real:
        raise NotProfileError("Try the draft on messages first: nobody signs what was never seen to read one.")
    if any(one.person == signer.person for one in draft.signed):
        raise NotProfileError("You have signed this draft. Somebody else signs it the second time.")
    if any(one.name.casefold() == signer.name.casefold() for one in draft.signed):
        raise NotProfileError("Somebody of the same printed name has signed it. Two names are wanted.")
    if len(signer.against.strip()) < LEAST_WORDS:
        raise NotProfileError("Say what you compared it with.")
    if draft.signed and not (pharmacist or draft.pharmacist_signed):
        raise NotProfileError("One of the two who sign is a pharmacist. Nothing was signed.")
    draft = replace(draft, signed=(*draft.signed, signer), pharmacist_signed=pharmacist or draft.pharmacist_signed)
    _write(act, draft)
    said = {"name": signer.name, "licence": signer.licence, "against": signer.against, "over": over}
    _note(act, "sender_profile_signed", draft, said)
    return _made(act, draft) if len(draft.signed) == 2 else None


def _in_turn(act: Acting, known: tuple[Version, ...], day: date) -> None:
    if early := beginning.too_early(known, day, act.at, act.settings.zone):
        raise NotProfileError(early)


def _unsigned(draft: Draft) -> Draft:
    return replace(draft, tried=None, signed=(), pharmacist_signed=False)


def _made(act: Acting, draft: Draft) -> Version:
    begins = beginning.begins(draft.effective_on, act.at, act.settings.zone)
    signed_by = [one.name for one in draft.signed]
    said = {"name": draft.name, "version": draft.version, "document": draft.document, "signed_by": signed_by}
    row = {"name": draft.name, "version": draft.version, "body": canonical.dump(said).decode()}
    append_row(act.conn, kept, {**row, "effective_from": begins})
    _note(act, "sender_profile_effective", draft, {"effective_from": begins.isoformat(), "signed_by": signed_by})
    return Version(draft.name, draft.version, draft.document, tuple(signed_by), begins)


def _write(act: Acting, draft: Draft) -> None:
    body = canonical.dump(codec.encode(draft)).decode()
    append_row(act.conn, drafted, {"name": draft.name, "body": body, "at": act.at, "who": act.who})


def _note(act: Acting, kind: str, draft: Draft, data: Mapping[str, object]) -> None:
    told = {"profile": draft.name, "version": draft.version, **data}
    act.write(kind, told)

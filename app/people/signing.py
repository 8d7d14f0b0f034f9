"""Signatures: one person puts their name to one thing, with badge and PIN or name and password (R52, Q18 to Q26)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.people import accounts, badges, lockouts, sessions
from app.people.accounts import Person
from app.people.door import Door, Refused, check, settle
from app.people.policy import Policy
from app.people.secrets import Kind
from app.people.sessions import Session
from workflows.evidence import Assertion


@dataclass(frozen=True)
class Given:
    """What the person gave in order to sign."""

    private: str
    """PIN or password."""
    public: str = ""
    """Badge as scanned, or user name as typed; may stay empty where the private component alone suffices."""


@dataclass(frozen=True)
class SignedAs:
    """A signature that may go into an event, as a printout will show it."""

    person: str
    """Person id."""
    name: str
    """Printed name (Q18)."""
    licence: str
    """Licence number, or empty."""
    meaning: str
    """e.g. "approved for release"."""
    over_digest: str
    """Digest of what was shown and signed (Q19, Q26), hex."""
    method: str
    """pin, password or passkey."""
    components: tuple[str, ...]
    """What was given: badge and pin, user name and password, the private one alone (Q20), passkey and user verification."""
    at: datetime
    """When, by the server's clock."""
    session: str
    """Session id, or empty for a second person."""
    assertion: Assertion | None = None
    """A passkey's answer, whole."""


@dataclass(frozen=True)
class SignRefused:
    """Not signed. The text says why and what to do."""

    says: str
    """For the person."""
    both_needed: bool = False
    """True when badge or user name has to be given as well."""
    locked_until: datetime | None = None
    """End of the lock, where there is one."""


def needs_both(session: Session, at: datetime, policy: Policy) -> bool:
    """Both components at a session's first signing and after a pause; lock and change open a new session (Q20, Q21)."""
    last = session.signed_last
    return session.signed_both is None or last is None or at - last >= policy.signing_pause


def sign(
    door: Door,
    person_id: str,
    given: Given,
    *,
    session: Session,
    station: str,
    meaning: str,
    over_digest: str,
    at: datetime,
) -> SignedAs | SignRefused:
    """Ask again who it is, and return the signature for the event. Call it before the command, never inside a write.

    A signature is refused when the session is locked, ended, another person's or another station's, when both
    components are needed and one is missing or another's, and after five wrong tries.
    """
    kind: Kind = "pin" if session.method == "badge and PIN" else "password"
    if trouble := session_trouble(session, person_id, station, at, door.policy):
        return SignRefused(trouble)
    if not over_digest or not meaning.strip():
        return SignRefused("There is nothing here to sign. Load the page again.")
    both = needs_both(session, at, door.policy)
    if both and not given.public.strip():
        name = "your badge" if kind == "pin" else "your user name"
        return SignRefused(
            f"Give {name} as well: it is the first signature since you signed in or paused.", both_needed=True
        )
    where = station or f"desk/{session.id}"
    named = bool(given.public.strip())
    checked = check(
        door,
        lambda conn: accounts.by_id(conn, person_id),
        kind,
        given.private,
        station=where,
        purpose="signature",
        at=at,
        fits=lambda conn, signer: _is_theirs(conn, given.public, signer, kind),
    )

    def work(conn: Connection) -> SignedAs | SignRefused:
        settled = settle(conn, door, checked, at)
        if isinstance(settled, Refused):
            if settled.locked_until is not None:
                sessions.lock(door.act(conn, person_id, at, station), session, why="too many wrong signatures")
            return SignRefused(settled.says, both_needed=both, locked_until=settled.locked_until)
        now = sessions.by_id(conn, session.id)
        if now is None or session_trouble(now, person_id, station, at, door.policy):
            return SignRefused("Your session has ended meanwhile. Sign in again.")
        sessions.note_signature(conn, session.id, at=at, both=named)
        return _signature(settled, meaning, over_digest, kind, named, at, session.id)

    return door.store.write(work)


def second_person(
    door: Door, badge: str, pin: str, *, not_person: str, station: str, meaning: str, over_digest: str, at: datetime
) -> SignedAs | SignRefused:
    """A witness signs this one command with badge and PIN; the session stays whose it is (Q23, R29)."""
    code = badges.badge_code(badge)
    if code is None:
        return SignRefused("This is not a badge. The second person scans their own badge.", both_needed=True)
    checked = check(door, lambda conn: badges.holder(conn, code), "pin", pin, station=station, purpose="witness", at=at)

    def work(conn: Connection) -> SignedAs | SignRefused:
        settled = settle(conn, door, checked, at)
        if isinstance(settled, Refused):
            return SignRefused(settled.says, both_needed=True, locked_until=settled.locked_until)
        if settled.id == not_person:
            lockouts.note(conn, settled.id, station, purpose="witness", outcome="same person", at=at)
            return SignRefused("The second person must be somebody else.", both_needed=True)
        return _signature(settled, meaning, over_digest, "pin", True, at, "")

    return door.store.write(work)


def note_missing_right(conn: Connection, person_id: str, station: str, what: str, *, at: datetime) -> None:
    """Keep an act that was denied for want of a right (Q7)."""
    lockouts.note(conn, person_id, station, purpose=what, outcome="no right", at=at)


def session_trouble(session: Session, person_id: str, station: str, at: datetime, policy: Policy) -> str | None:
    """Say why this session signs nothing now, or None (Q21)."""
    if session.person != person_id:
        return "The person signed in here is somebody else. Sign in yourself, then sign."
    if not session.is_open() or session.due_to_lock(at, policy) or session.due_to_end(at, policy):
        return "Your session is locked or has ended. Sign in again, then sign."
    if session.station != station:
        return "You signed in at another station. Sign in here, then sign."
    return None


def _is_theirs(conn: Connection, public: str, signer: Person, kind: Kind) -> bool:
    """Whether the badge or user name given, if any, is the signer's own."""
    if not public.strip():
        return True
    if kind == "password":
        named = accounts.by_user(conn, public)
    else:
        code = badges.badge_code(public)
        named = badges.holder(conn, code) if code else None
    return named is not None and named.id == signer.id


def _signature(
    person: Person, meaning: str, over: str, kind: Kind, named: bool, at: datetime, session: str
) -> SignedAs:
    public = "badge" if kind == "pin" else "user name"
    return SignedAs(
        person=person.id, name=person.name, licence=person.licence, meaning=meaning, over_digest=over, method=kind,
        components=(public, kind) if named else (kind,), at=at, session=session,
    )  # fmt: skip
